/*
 * What a TLS client brings along: a certificate of its own, and a ticket for an
 * earlier session.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/conf.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/tls_client.h"
#include "support/tls_files.h"

static struct server s;
static struct tls_files f;

static void
stop(void)
{
	server_stop(&s);
	tls_files_free(&f);
}

/* Whether a GET is answered, in TLS 1.3 the first word on a client's
 * certificate; its status, or 0. */
static int
ask(struct tls_client *c, const char *host)
{
	char text[256];
	struct response r;
	int status = 0;

	snprintf(text, sizeof(text),
		"GET /hello.txt HTTP/1.1\r\nHost: %s\r\n\r\n", host);
	tls_client_say(c, text);
	if (tls_client_try_recv(c, &r) == CLIENT_OK)
		status = r.status;
	response_free(&r);
	return status;
}

/* ---- certificates of clients --------------------------------------------- */

#define CLIENT(members)                                                        \
	TLS_CONF_WITH(TLS_ALL                                                  \
		", \"client\": {\"ca\": \"$DIR/clients.pem\"" members "}",     \
		TLS_TIMEOUTS)
#define CRL    ", \"crl\": \"$DIR/clients.crl\""
#define ACCEPT ", \"verify\": \"accept\""

enum {
	CERTIFICATE_REVOKED = 44,
	CERTIFICATE_EXPIRED = 45,
	UNKNOWN_CA = 48,
	CERTIFICATE_REQUIRED = 116,
	HANDSHAKE_FAILURE = 40,
};

/* status 0: refused, with this alert. */
static const struct {
	const char *conf;
	const struct test_certificate *certificate;
	int version;
	const char *host;
	int status, alert;
} visits[] = {
	{ CLIENT(""), &f.client, 0, "localhost", 200, -1 },
	{ CLIENT(""), &f.client, TLS1_2_VERSION, "localhost", 200, -1 },
	{ CLIENT(""), NULL, 0, "localhost", 0, CERTIFICATE_REQUIRED },
	{ CLIENT(""), NULL, TLS1_2_VERSION, "localhost", 0, HANDSHAKE_FAILURE },
	{ CLIENT(""), &f.stranger, 0, "localhost", 0, UNKNOWN_CA },
	{ CLIENT(""), &f.expired, 0, "localhost", 0, CERTIFICATE_EXPIRED },
	{ CLIENT(""), &f.revoked, 0, "localhost", 200, -1 },
	{ CLIENT(CRL), &f.revoked, 0, "localhost", 0, CERTIFICATE_REVOKED },
	{ CLIENT(CRL), &f.client, 0, "localhost", 200, -1 },
	{ CLIENT(ACCEPT), NULL, 0, "localhost", 200, -1 },
	{ CLIENT(ACCEPT), &f.client, 0, "localhost", 200, -1 },
	{ CLIENT(ACCEPT), &f.stranger, 0, "localhost", 0, UNKNOWN_CA },
	{ CLIENT(ACCEPT), &f.expired, 0, "localhost", 0, CERTIFICATE_EXPIRED },
	{ CLIENT(ACCEPT CRL), &f.revoked, 0, "localhost", 0,
		CERTIFICATE_REVOKED },
	/* A host that no certificate of the address has. */
	{ CLIENT(""), &f.client, 0, "alt.example:443", 200, -1 },
	{ CLIENT(""), &f.client, 0, "a.wild.example", 200, -1 },
	{ CLIENT(""), &f.client, 0, "127.0.0.1", 200, -1 },
	{ CLIENT(""), &f.client, 0, "other.example", 421, -1 },
	{ CLIENT(ACCEPT), NULL, 0, "other.example", 421, -1 },
	{ TLS_CONF, NULL, 0, "other.example", 200, -1 },
};

START_TEST(certificate_of_a_client_decides)
{
	struct tls_client_offer offer = { .version = visits[_i].version };
	struct tls_client c;
	int status = 0;

	tls_files_serve(&f, &s, visits[_i].conf);
	offer.certificate = visits[_i].certificate;
	if (tls_client_try_open(&c, s.tls_port, &offer))
		status = ask(&c, visits[_i].host);
	ck_assert_int_eq(status, visits[_i].status);
	ck_assert_int_eq(c.alert, visits[_i].alert);
	tls_client_close(&c);
	stop();
}
END_TEST

START_TEST(subject_of_a_client_is_in_the_access_log)
{
	struct tls_client_offer offer = { .certificate = &f.client };
	struct tls_client c;

	tls_files_serve(&f, &s, CLIENT(""));
	tls_client_open(&c, s.tls_port, &offer);
	ck_assert_int_eq(ask(&c, "localhost"), 200);
	tls_client_close(&c);
	ck_assert(server_file_has(&s, "access.log",
		"\"tls_name\":\"localhost\",\"tls_client\":\"CN=the client\"",
		DEADLINE));
	stop();
}
END_TEST

static void
expect_fact(const struct response *r, const char *name, const char *value)
{
	char line[256];

	snprintf(line, sizeof(line), "%s %s\n", name, value);
	ck_assert_msg(
		strstr(r->body, line) != NULL, "no %s in %s", line, r->body);
}

/* A session that was resumed knows its client as well. */
START_TEST(modules_know_the_connection_and_its_client)
{
	struct tls_client_offer offer = { .certificate = &f.client,
		.version = TLS1_3_VERSION };
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[65];
	struct tls_client c;
	struct response r;
	unsigned len;

	tls_files_serve(&f, &s, CLIENT(""));
	ck_assert_int_eq(
		X509_digest(f.client.x, EVP_sha256(), digest, &len), 1);
	for (unsigned i = 0; i < 32; i++)
		snprintf(hex + (size_t)2 * i, 3, "%02x", digest[i]);
	for (int i = 0; i < 2; i++) {
		tls_client_open(&c, s.tls_port, &offer);
		tls_client_get(&c, "/live/tls", &r);
		expect_fact(&r, "protocol", "HTTP/1.1");
		expect_fact(&r, "version", "TLSv1.3");
		expect_fact(&r, "cipher", "TLS_AES_128_GCM_SHA256");
		expect_fact(&r, "name", "localhost");
		expect_fact(&r, "subject", "CN=the client");
		expect_fact(&r, "sha256", hex);
		expect_fact(&r, "first", "DNS:client.example");
		expect_fact(&r, "second", "URI:spiffe://example/x");
		expect_fact(&r, "third", "IP:192.0.2.1");
		response_free(&r);
		if (offer.session == NULL) {
			offer.session = c.session;
			c.session = NULL;
		}
		tls_client_close(&c);
	}
	SSL_SESSION_free(offer.session);
	stop();
}
END_TEST

START_TEST(modules_are_told_of_no_certificate_where_there_is_none)
{
	struct tls_client_offer offer = { .name = "" };
	struct tls_client c;
	struct response r;

	tls_files_serve(&f, &s, CLIENT(ACCEPT));
	tls_client_open(&c, s.tls_port, &offer);
	tls_client_get(&c, "/live/tls", &r);
	expect_fact(&r, "name", "none");
	expect_fact(&r, "subject", "none");
	expect_fact(&r, "sha256", "none");
	expect_fact(&r, "first", "none");
	response_free(&r);
	tls_client_close(&c);
	client_ask(s.port, "GET /live/tls HTTP/1.0\r\nHost: localhost\r\n\r\n",
		&r);
	expect_fact(&r, "protocol", "HTTP/1.0");
	expect_fact(&r, "version", "none");
	expect_fact(&r, "subject", "none");
	response_free(&r);
	stop();
}
END_TEST

/* ---- tickets ------------------------------------------------------------- */

static void
reload(const char *conf)
{
	struct program_result r;

	server_configure(&s, conf);
	program_run(&(struct program){ .cwd = s.dir },
		(const char *const[]){ "prong", "reload", "-c", s.file, NULL },
		&r);
	ck_assert_msg(r.status == 0, "%s", r.err);
}

static void
upgrade(void)
{
	struct program_result r;

	program_run(&(struct program){ .cwd = s.dir },
		(const char *const[]){ "prong", "upgrade", "-c", s.file, NULL },
		&r);
	ck_assert_msg(r.status == 0, "%s", r.err);
}

/* Opens a connection and keeps its session. */
static SSL_SESSION *
take_session(const struct tls_client_offer *offer)
{
	SSL_SESSION *session;
	struct tls_client c;

	tls_client_open(&c, s.tls_port, offer);
	ck_assert_int_eq(SSL_session_reused(c.ssl), 0);
	ck_assert_int_eq(ask(&c, "localhost"), 200);
	ck_assert_ptr_nonnull(c.session);
	session = c.session;
	c.session = NULL;
	tls_client_close(&c);
	return session;
}

/* Is the session resumed?  In any case the request is answered.  A new ticket
 * takes the place of the one that was used (RFC 8446 C.4). */
static bool
resumes(const struct tls_client_offer *offer, SSL_SESSION **session)
{
	struct tls_client_offer again = *offer;
	struct tls_client c;
	bool is_reused;

	again.session = *session;
	tls_client_open(&c, s.tls_port, &again);
	is_reused = SSL_session_reused(c.ssl);
	ck_assert_int_eq(ask(&c, "localhost"), 200);
	if (c.session != NULL) {
		SSL_SESSION_free(*session);
		*session = c.session;
		c.session = NULL;
	}
	tls_client_close(&c);
	return is_reused;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

enum { TIMES = 12 }; /* so that each worker is met */

START_TEST(session_is_resumed_by_every_worker_and_after_a_reload)
{
	struct tls_client_offer offer = { .version = versions[_i] };
	SSL_SESSION *session;

	tls_files_serve(&f, &s, TLS_CONF);
	session = take_session(&offer);
	for (int i = 0; i < TIMES; i++)
		ck_assert(resumes(&offer, &session));
	reload(TLS_CONF);
	for (int i = 0; i < TIMES; i++)
		ck_assert(resumes(&offer, &session));
	SSL_SESSION_free(session);
	stop();
}
END_TEST

/* The new master has the old one's secret. */
START_TEST(session_is_resumed_after_an_upgrade)
{
	struct tls_client_offer offer = { .version = versions[_i] };
	pid_t pids[PROC_CHILDREN];
	SSL_SESSION *session;

	tls_files_serve(&f, &s, TLS_CONF);
	session = take_session(&offer);
	upgrade();
	for (int i = 0; i < TIMES; i++)
		ck_assert(resumes(&offer, &session));
	SSL_SESSION_free(session);
	server_wait(&s, 0);
	ck_assert_uint_eq(proc_children(getpid(), pids), 1);
	s.pid = pids[0];
	stop();
}
END_TEST

#define SHARED(path)                                                           \
	TLS_CONF_WITH(                                                         \
		TLS_ALL ", \"ticket_keys\": \"$DIR/" path "\"", TLS_TIMEOUTS)

/* Two keys in the order of the letters, of such bytes. */
static void
write_keys(const char *path, const char *letters)
{
	char bytes[CONF_TICKET_KEY], text[2 * BASE64_LEN(sizeof(bytes)) + 4];
	size_t len = 0;

	for (; *letters != '\0'; letters++) {
		memset(bytes, *letters, sizeof(bytes));
		base64_encode(text + len, bytes, sizeof(bytes));
		len += BASE64_LEN(sizeof(bytes));
		text[len++] = '\n';
	}
	text[len] = '\0';
	server_text(&s, path, text);
}

static const struct {
	const char *keys;
	bool is_resumed;
} key_files[] = {
	{ "a", true },
	{ "ab", true },
	{ "ba", true },
	{ "b", false },
};

/* Another server of the fleet, on another port. */
START_TEST(session_is_resumed_where_the_keys_are_shared)
{
	struct tls_client_offer offer = { .version = versions[_i % 2] };
	SSL_SESSION *session;

	server_init(&s);
	tls_files_make(&f, &s);
	server_text(&s, "www/hello.txt", "hello\n");
	write_keys("keys", "a");
	server_start(&s, SHARED("keys"));
	session = take_session(&offer);
	stop();
	server_init(&s);
	tls_files_make(&f, &s);
	server_text(&s, "www/hello.txt", "hello\n");
	write_keys("keys", key_files[_i / 2].keys);
	server_start(&s, SHARED("keys"));
	ck_assert_int_eq(
		resumes(&offer, &session), key_files[_i / 2].is_resumed);
	SSL_SESSION_free(session);
	stop();
}
END_TEST

/* A ticket does not get around what is asked of clients. */
static const struct {
	const char *before, *after;
	bool is_resumed;
} rules[] = {
	{ CLIENT(""), CLIENT(""), true },
	{ TLS_CONF, CLIENT(""), false },
	{ CLIENT(ACCEPT), CLIENT(""), false },
	{ CLIENT(""), CLIENT(CRL), false },
	{ CLIENT(""), TLS_CONF, false },
};

START_TEST(ticket_is_bound_to_the_rules_for_clients)
{
	struct tls_client_offer offer = { .version = TLS1_3_VERSION };
	int64_t deadline = clock_now_ms() + DEADLINE;
	SSL_SESSION *session;

	tls_files_serve(&f, &s, rules[_i].before);
	offer.certificate = &f.client;
	session = take_session(&offer);
	reload(rules[_i].after);
	/* A worker of before may still take connections for a moment. */
	while (resumes(&offer, &session) != rules[_i].is_resumed)
		ck_assert_int_lt(clock_now_ms(), deadline);
	SSL_SESSION_free(session);
	stop();
}
END_TEST

static int
count_in_log(const char *text)
{
	char *log = server_read(&s, "access.log"), *at = log;
	int n = 0;

	for (; (at = strstr(at, text)) != NULL; at++)
		n++;
	free(log);
	return n;
}

/* The subject comes from the ticket. */
START_TEST(client_of_a_resumed_session_is_known)
{
	struct tls_client_offer offer = { .version = versions[_i],
		.certificate = &f.client };
	int64_t deadline = deadline_in(DEADLINE);
	SSL_SESSION *session;

	tls_files_serve(&f, &s, CLIENT(""));
	session = take_session(&offer);
	ck_assert(resumes(&offer, &session));
	SSL_SESSION_free(session);
	while (count_in_log("CN=the client") < 2)
		ck_assert(server_tick(&s, deadline));
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ certificate_of_a_client_decides, ROWS(visits) },
		{ subject_of_a_client_is_in_the_access_log, 1 },
		{ modules_know_the_connection_and_its_client, 1 },
		{ modules_are_told_of_no_certificate_where_there_is_none, 1 },
		{ session_is_resumed_by_every_worker_and_after_a_reload,
			ROWS(versions) },
		{ session_is_resumed_after_an_upgrade, ROWS(versions) },
		{ session_is_resumed_where_the_keys_are_shared,
			2 * ROWS(key_files) },
		{ ticket_is_bound_to_the_rules_for_clients, ROWS(rules) },
		{ client_of_a_resumed_session_is_known, ROWS(versions) },
	};

	return harness_run("tls_clients", tests, ROWS(tests));
}
