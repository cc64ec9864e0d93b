/*
 * SPDX-License-Identifier: MIT
 */
#include "support/tls_files.h"

#include <stdio.h>
#include <unistd.h>

static void
write_pair(struct tls_files *f, struct server *s, const char *name,
	struct test_certificate *c)
{
	const struct test_certificate *chain[] = { c, &f->inter, NULL };
	char path[128];

	snprintf(path, sizeof(path), "%s/%s.crt", s->dir, name);
	test_certificate_write(path, chain);
	snprintf(path, sizeof(path), "%s/%s.key", s->dir, name);
	test_key_write(path, c);
}

static void
make_servers(struct tls_files *f, struct server *s)
{
	test_certificate_make(&f->ca, NULL,
		&(struct test_certificate_spec){
			.subject = "root", .is_ca = true });
	test_certificate_make(&f->inter, &f->ca,
		&(struct test_certificate_spec){
			.subject = "intermediate", .is_ca = true });
	test_certificate_make(&f->site, &f->inter,
		&(struct test_certificate_spec){
			.names = "DNS:localhost,IP:127.0.0.1",
			.serial = TLS_SITE });
	test_certificate_make(&f->rsa, &f->inter,
		&(struct test_certificate_spec){ .names = "DNS:localhost",
			.kind = TEST_RSA,
			.serial = TLS_RSA });
	test_certificate_make(&f->alt, &f->inter,
		&(struct test_certificate_spec){
			.names = "DNS:alt.example", .serial = TLS_ALT });
	test_certificate_make(&f->wild, &f->inter,
		&(struct test_certificate_spec){
			.names = "DNS:*.wild.example", .serial = TLS_WILD });
	write_pair(f, s, "site", &f->site);
	write_pair(f, s, "rsa", &f->rsa);
	write_pair(f, s, "alt", &f->alt);
	write_pair(f, s, "wild", &f->wild);
}

static void
make_clients(struct tls_files *f, struct server *s)
{
	const struct test_certificate *chain[] = { &f->client_ca, NULL };
	char path[128];

	test_certificate_make(&f->client_ca, NULL,
		&(struct test_certificate_spec){
			.subject = "clients", .is_ca = true });
	test_certificate_make(&f->client, &f->client_ca,
		&(struct test_certificate_spec){ .subject = "the client",
			.names = "DNS:client.example,URI:spiffe://example/x,"
				 "IP:192.0.2.1",
			.usage = "clientAuth" });
	test_certificate_make(&f->expired, &f->client_ca,
		&(struct test_certificate_spec){
			.usage = "clientAuth", .begins_in = -9, .days = -2 });
	test_certificate_make(&f->revoked, &f->client_ca,
		&(struct test_certificate_spec){
			.usage = "clientAuth", .serial = 77 });
	test_certificate_make(&f->stranger, NULL,
		&(struct test_certificate_spec){ .usage = "clientAuth" });
	snprintf(path, sizeof(path), "%s/clients.pem", s->dir);
	test_certificate_write(path, chain);
	snprintf(path, sizeof(path), "%s/clients.crl", s->dir);
	test_crl_write(path, &f->client_ca, &f->revoked, 9);
}

void
tls_files_make(struct tls_files *f, struct server *s)
{
	make_servers(f, s);
	make_clients(f, s);
}

void
tls_files_free(struct tls_files *f)
{
	struct test_certificate *all[] = { &f->ca, &f->inter, &f->site, &f->rsa,
		&f->alt, &f->wild, &f->client_ca, &f->client, &f->expired,
		&f->revoked, &f->stranger };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		test_certificate_free(all[i]);
}

void
tls_files_renew(
	struct tls_files *f, struct server *s, long serial, const char *name)
{
	struct test_certificate renewed;

	test_certificate_make(&renewed, &f->inter,
		&(struct test_certificate_spec){
			.names = "DNS:localhost", .serial = serial });
	write_pair(f, s, name, &renewed);
	test_certificate_free(&renewed);
}

void
tls_files_serve(struct tls_files *f, struct server *s, const char *conf)
{
	server_init(s);
	tls_files_make(f, s);
	server_text(s, "www/index.html", "<p>home</p>\n");
	server_text(s, "www/hello.txt", "hello\n");
	server_start(s, conf);
}
