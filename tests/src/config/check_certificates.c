/*
 * Every fault of a certificate, a key, a client CA and a revocation list is an
 * error or a warning that names file and place.
 * SPDX-License-Identifier: MIT
 */
#include "config/certificates.h"

#include <check.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "config/certificate_report.h"
#include "config/load.h"
#include "support/harness.h"
#include "support/test_certificate.h"

static char dir[64];
static struct test_certificate root, inter, other_root, leaf, rsa, weak, sha1,
	nameless, expired, soon, future, client, ed25519;

static char *
path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	chmod(path_of(name), 0600);
}

#define CHAIN(name, ...)                                                       \
	test_certificate_write(path_of(name),                                  \
		(const struct test_certificate *[]){ __VA_ARGS__, NULL })

static void
make_certificates(void)
{
	const struct {
		struct test_certificate *c;
		const struct test_certificate *by;
		struct test_certificate_spec spec;
	} rows[] = {
		{ &root, NULL, { .subject = "root", .is_ca = true } },
		{ &other_root, NULL, { .subject = "root", .is_ca = true } },
		{ &inter, &root, { .subject = "inter", .is_ca = true } },
		{ &leaf, &inter,
			{ .names = "DNS:A.example,DNS:*.b.example,"
				   "IP:127.0.0.1,email:x@y.example" } },
		{ &rsa, &inter,
			{ .names = "DNS:a.example", .kind = TEST_RSA } },
		{ &ed25519, &inter,
			{ .names = "DNS:e.example", .kind = TEST_ED25519 } },
		{ &weak, &inter,
			{ .names = "DNS:a.example", .kind = TEST_RSA_1024 } },
		{ &sha1, &inter,
			{ .names = "DNS:a.example", .is_sha1 = true } },
		{ &nameless, &inter, { .subject = "a.example" } },
		{ &expired, &inter,
			{ .names = "DNS:a.example",
				.begins_in = -9,
				.days = -3 } },
		{ &soon, &inter, { .names = "DNS:a.example", .days = 3 } },
		{ &future, &inter,
			{ .names = "DNS:a.example", .begins_in = 2 } },
		{ &client, &inter,
			{ .names = "DNS:a.example", .usage = "clientAuth" } },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		test_certificate_make(rows[i].c, rows[i].by, &rows[i].spec);
}

static void
write_pair(const char *name, struct test_certificate *c)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.crt", name);
	CHAIN(file, c, &inter);
	snprintf(file, sizeof(file), "%s.key", name);
	test_key_write(path_of(file), c);
}

static void
write_encrypted_key(void)
{
	FILE *f = fopen(path_of("encrypted.key"), "we");

	PEM_write_PrivateKey(f, leaf.key, EVP_aes_128_cbc(),
		(const unsigned char *)"x", 1, NULL, NULL);
	fclose(f);
	chmod(path_of("encrypted.key"), 0600);
}

static void
write_der(void)
{
	FILE *f = fopen(path_of("der"), "we");

	i2d_X509_fp(f, leaf.x);
	fclose(f);
}

static void
write_files(void)
{
	write_pair("leaf", &leaf);
	write_pair("rsa", &rsa);
	write_pair("ed25519", &ed25519);
	write_pair("weak", &weak);
	write_pair("sha1", &sha1);
	write_pair("nameless", &nameless);
	write_pair("expired", &expired);
	write_pair("soon", &soon);
	write_pair("future", &future);
	write_pair("client", &client);
	CHAIN("root.crt", &root);
	CHAIN("other.crt", &other_root);
	CHAIN("alone.crt", &leaf);
	CHAIN("whole.crt", &leaf, &inter, &root);
	CHAIN("reversed.crt", &inter, &leaf);
	CHAIN("gap.crt", &leaf, &root);
	CHAIN("forged.crt", &leaf, &inter, &other_root);
	test_key_write(path_of("open.key"), &leaf);
	chmod(path_of("open.key"), 0644);
	test_key_write(path_of("group.key"), &leaf);
	chmod(path_of("group.key"), 0640);
	write_encrypted_key();
	write_der();
	write_file("text", "nothing of the kind\n");
	write_file("empty", "");
	write_file("broken.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n"
				 "-----END CERTIFICATE-----\n");
	write_file("broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
				 "-----END PRIVATE KEY-----\n");
	write_file("cut.key", "-----BEGIN PRIVATE KEY-----\nMIG");
	test_crl_write(path_of("good.crl"), &root, NULL, 9);
	test_crl_write(path_of("expired.crl"), &root, NULL, -1);
	test_crl_write(path_of("foreign.crl"), &other_root, NULL, 9);
	ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
}

static void
set_up(void)
{
	strcpy(dir, "/tmp/certificates.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	make_certificates();
	write_files();
}

static void
tear_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Reads a configuration with these members of "tls"; '@' stands for the
 * directory.  The errors are for free(3). */
static struct conf *
load_tls(const char *members, char **errors)
{
	char text[4096];
	size_t size, len = (size_t)snprintf(text, sizeof(text),
			     "{\"listen\":[{\"address\":\"*:443\",\"tls\":{");
	struct conf *conf;
	FILE *f = open_memstream(errors, &size);

	for (; *members != '\0'; members++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s",
			*members == '@' ? (int)strlen(dir) : 1,
			*members == '@' ? dir : members);
	len += (size_t)snprintf(text + len, sizeof(text) - len,
		"}}],\"sites\":[{\"routes\":[{\"path\":\"/*\",\"root\":"
		"\"/\"}]}]}");
	conf = config_parse("c.json", text, len, f);
	fclose(f);
	return conf;
}

#define PAIR(chain, key) "{\"chain\":\"@/" chain "\",\"key\":\"@/" key "\"}"
#define ONE(chain, key)  "\"certificates\":[" PAIR(chain, key) "]"
#define CLIENT(ca)       ONE("leaf.crt", "leaf.key") ",\"client\":{" ca "}"

static const struct {
	const char *tls, *error;
} faults[] = {
	{ "", "c.json:1:37: error: listen[0].tls: \"certificates\" is "
	      "missing" },
	{ "\"certificates\":[]", "must be a list of one or more objects" },
	{ ONE("none", "leaf.key"),
		"chain: cannot read @/none: No such file or directory; correct "
		"the path" },
	{ ONE("leaf.crt", "none"), "key: cannot read @/none: No such file" },
	{ ONE("", "leaf.key"), "@/ is not a regular file" },
	{ ONE("fifo", "leaf.key"), "chain: @/fifo is not a regular file" },
	{ ONE("empty", "leaf.key"), "chain: @/empty is empty" },
	{ ONE("text", "leaf.key"),
		"chain: @/text holds no certificate in PEM" },
	{ ONE("der", "leaf.key"),
		"chain: @/der is DER, not PEM; convert it: openssl x509" },
	{ ONE("leaf.key", "leaf.crt"),
		"chain: @/leaf.key holds no certificate, but the other one of "
		"the pair" },
	{ ONE("leaf.key", "leaf.crt"),
		"key: @/leaf.crt holds no private key, but the other one" },
	{ ONE("broken.crt", "leaf.key"),
		"chain: @/broken.crt: certificate 1 cannot be decoded" },
	{ ONE("leaf.crt", "text"), "key: @/text holds no private key" },
	{ ONE("leaf.crt", "broken.key"),
		"key: @/broken.key: the private key cannot be decoded" },
	{ ONE("leaf.crt", "cut.key"), "key: @/cut.key" },
	{ ONE("leaf.crt", "encrypted.key"),
		"key: @/encrypted.key is encrypted" },
	{ ONE("leaf.crt", "rsa.key"),
		"key: @/rsa.key does not fit the certificate in @/leaf.crt" },
	{ ONE("reversed.crt", "leaf.key"),
		"chain: @/reversed.crt: certificate 2 (/CN=test) did not issue "
		"certificate 1 (/CN=inter)" },
	{ ONE("reversed.crt", "leaf.key"),
		"key: @/leaf.key fits certificate 2 of @/reversed.crt" },
	{ ONE("gap.crt", "leaf.key"),
		"certificate 2 (/CN=root) did not issue" },
	{ ONE("forged.crt", "leaf.key"),
		"certificate 3 (/CN=root) did not issue certificate 2" },
	{ ONE("nameless.crt", "nameless.key"),
		"chain: @/nameless.crt names no host" },
	{ ONE("weak.crt", "weak.key"),
		"chain: @/weak.crt: the key of certificate 1 (/CN=test) is too "
		"weak" },
	{ ONE("sha1.crt", "sha1.key"), "is signed with a weak hash" },
	{ "\"certificates\":[" PAIR("leaf.crt", "leaf.key") "," PAIR(
		  "leaf.crt", "leaf.key") "]",
		"certificates[1]: is never used: certificates[0] has its "
		"names" },
	{ ONE("leaf.crt", "leaf.key") ",\"ciphers\":\"AES128-SHA\"",
		"ciphers: \"AES128-SHA\" is not supported; known are TLS_" },
	{ ONE("leaf.crt", "leaf.key") ",\"groups\":\"X25519:\"",
		"groups: \"\" is not supported" },
	{ ONE("leaf.crt", "leaf.key") ",\"min_version\":\"1.1\"",
		"min_version: must be one of \"1.2\", \"1.3\"" },
	{ CLIENT(""), "client: \"ca\" is missing" },
	{ CLIENT("\"ca\":\"@/none\""), "client.ca: cannot read @/none" },
	{ CLIENT("\"ca\":\"@/alone.crt\""),
		"client.ca: @/alone.crt: certificate 1 (/CN=test) is not one "
		"of a CA" },
	{ CLIENT("\"ca\":\"@/text\""), "client.ca: @/text holds no cert" },
	{ CLIENT("\"ca\":\"@/root.crt\",\"crl\":\"@/none\""),
		"client.crl: cannot read" },
	{ CLIENT("\"ca\":\"@/root.crt\",\"crl\":\"@/root.crt\""),
		"client.crl: @/root.crt holds no revocation list" },
	{ CLIENT("\"ca\":\"@/root.crt\",\"crl\":\"@/foreign.crl\""),
		"client.crl: @/foreign.crl: the revocation list was not "
		"issued" },
};

/* Replaces '@' by the directory; for free(3). */
static char *
expand(const char *text)
{
	char *all = NULL;
	size_t size;
	FILE *f = open_memstream(&all, &size);

	for (; *text != '\0'; text++)
		if (*text == '@')
			fputs(dir, f);
		else
			fputc(*text, f);
	fclose(f);
	return all;
}

START_TEST(fault_is_an_error_with_its_place)
{
	char *errors, *want = expand(faults[_i].error);
	struct conf *conf = load_tls(faults[_i].tls, &errors);

	ck_assert_ptr_null(conf);
	ck_assert_msg(
		strstr(errors, want) != NULL, "%s is not in %s", want, errors);
	ck_assert_msg(strncmp(errors, "c.json:1:", 9) == 0, "%s", errors);
	free(errors);
	free(want);
}
END_TEST

static const struct {
	const char *tls, *warning;
} warnings[] = {
	{ ONE("expired.crt", "expired.key"),
		"listen[0].tls.certificates[0].chain: @/expired.crt expired 2 "
		"days ago; renew it" },
	{ ONE("soon.crt", "soon.key"), "@/soon.crt expires in 3 days" },
	{ ONE("future.crt", "future.key"), "@/future.crt is not yet valid" },
	{ ONE("client.crt", "client.key"), "is not meant for a server" },
	{ ONE("leaf.crt", "open.key"),
		"certificates[0].key: @/open.key may be read by everyone (mode "
		"0644): chmod 600" },
	{ ONE("leaf.crt", "group.key"),
		"@/group.key may be read by its group" },
	{ CLIENT("\"ca\":\"@/root.crt\",\"crl\":\"@/expired.crl\""),
		"client.crl: @/expired.crl: the revocation list has expired" },
};

START_TEST(what_still_works_is_a_warning)
{
	char *errors, *want = expand(warnings[_i].warning);
	struct conf *conf = load_tls(warnings[_i].tls, &errors);

	ck_assert_str_eq(errors, "");
	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(conf->nwarnings, 1);
	ck_assert_msg(strstr(conf->warnings[0].text, want) != NULL, "%s",
		conf->warnings[0].text);
	ck_assert_uint_eq(conf->warnings[0].line, 1);
	conf_free(conf);
	free(errors);
	free(want);
}
END_TEST

static const char *const good[] = {
	ONE("leaf.crt", "leaf.key"),
	ONE("alone.crt", "leaf.key"),
	ONE("whole.crt", "leaf.key"),
	ONE("ed25519.crt", "ed25519.key"),
	"\"certificates\":[" PAIR("leaf.crt", "leaf.key") "," PAIR(
		"rsa.crt", "rsa.key") "]",
	CLIENT("\"ca\":\"@/root.crt\",\"crl\":\"@/good.crl\""),
	CLIENT("\"ca\":\"@/root.crt\",\"crl\":null,\"verify\":\"accept\""),
	ONE("leaf.crt", "leaf.key") ",\"client\":null",
};

START_TEST(good_files_are_taken)
{
	char *errors;
	struct conf *conf = load_tls(good[_i], &errors);

	ck_assert_str_eq(errors, "");
	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(conf->nwarnings, 0);
	conf_free(conf);
	free(errors);
}
END_TEST

static const struct {
	int64_t left; /* seconds */
	const char *text;
} ends[] = {
	{ 5 * 86400 + 9, "in 5 days" },
	{ 2 * 86400 - 1, "in 1 day" },
	{ 86400 - 1, "within a day" },
	{ -1, "less than a day ago" },
	{ -86400, "1 day ago" },
	{ -3 * 86400, "3 days ago" },
};

START_TEST(the_end_of_a_certificate_is_told_in_days)
{
	const struct conf_certificate c = { .not_after = 1800000000 };
	char text[CERTIFICATE_END];

	certificate_tell_end(&c, c.not_after - ends[_i].left, text);
	ck_assert_str_eq(text, ends[_i].text);
}
END_TEST

START_TEST(certificate_tells_its_names_key_and_end)
{
	char *errors, *report = NULL;
	struct conf *conf = load_tls(ONE("leaf.crt", "leaf.key"), &errors);
	const struct conf_certificate *c;
	size_t size;
	FILE *f = open_memstream(&report, &size);

	ck_assert_ptr_nonnull(conf);
	c = &conf->listen[0].tls->certificates.all[0];
	ck_assert_str_eq(c->names[0], "a.example");
	ck_assert_str_eq(c->names[1], "*.b.example");
	ck_assert_str_eq(c->names[2], "127.0.0.1");
	ck_assert_ptr_null(c->names[3]);
	ck_assert_str_eq(c->key_kind, "ECDSA P-256");
	certificate_report(conf, c->not_after - 5 * 86400 - 9, f);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(report,
		"listen[0].tls.certificates[0]: a.example, *.b.example, "
		"127.0.0.1; ECDSA P-256; expires "));
	ck_assert_ptr_nonnull(strstr(report, ", in 5 days\n"));
	conf_free(conf);
	free(report);
	free(errors);
}
END_TEST

/* What is written is what is read again. */
START_TEST(dump_of_tls_is_read_again)
{
	char *errors, *first = NULL, *second = NULL;
	struct conf *conf =
		load_tls(CLIENT("\"ca\":\"@/root.crt\",\"crl\":\"@/good.crl\""),
			&errors);
	size_t size;
	FILE *f = open_memstream(&first, &size);

	config_dump(conf, f);
	fclose(f);
	conf_free(conf);
	conf = config_parse("d.json", first, strlen(first), stderr);
	ck_assert_ptr_nonnull(conf);
	f = open_memstream(&second, &size);
	config_dump(conf, f);
	fclose(f);
	ck_assert_str_eq(first, second);
	conf_free(conf);
	free(first);
	free(second);
	free(errors);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup_all = set_up,
		.teardown_all = tear_down };
	const struct harness_test tests[] = {
		{ fault_is_an_error_with_its_place, ROWS(faults) },
		{ what_still_works_is_a_warning, ROWS(warnings) },
		{ good_files_are_taken, ROWS(good) },
		{ the_end_of_a_certificate_is_told_in_days, ROWS(ends) },
		{ certificate_tells_its_names_key_and_end, 0 },
		{ dump_of_tls_is_read_again, 0 },
	};

	return harness_run_with(&fixture, "certificates", tests, ROWS(tests));
}
