/*
 * HTTP/1.1 over TLS: handshakes, names, protocols, bytes in both directions,
 * and the ends of connections.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/tls_client.h"
#include "support/tls_files.h"

enum {
	UNEXPECTED_MESSAGE = 10,
	HANDSHAKE_FAILURE = 40,
	PROTOCOL_VERSION = 70,
	UNRECOGNIZED_NAME = 112,
	NO_APPLICATION_PROTOCOL = 120,
};

static struct server s;
static struct tls_files f;

static void
serve(const char *conf)
{
	tls_files_serve(&f, &s, conf);
}

static void
stop(void)
{
	server_stop(&s);
	tls_files_free(&f);
}

static void
get(struct tls_client *c, const char *path, const char *body)
{
	struct response r;

	tls_client_get(c, path, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, body);
	response_free(&r);
}

/* ---- handshakes ---------------------------------------------------------- */

#define REFUSE                                                                 \
	TLS_CONF_WITH(TLS_ALL ", \"unknown_name\": \"refuse\"", TLS_TIMEOUTS)
#define NEW TLS_CONF_WITH(TLS_ALL ", \"min_version\": \"1.3\"", TLS_TIMEOUTS)
#define FEW                                                                    \
	TLS_CONF_WITH(TLS_ALL                                                  \
		", \"ciphers\": \"ECDHE-RSA-AES256-GCM-SHA384\"",              \
		TLS_TIMEOUTS)
#define WEAK                                                                   \
	"AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"

/* serial 0: the handshake fails with this alert. */
static const struct {
	const char *conf;
	struct tls_client_offer offer;
	long serial;
	int alert;
} shakes[] = {
	{ TLS_CONF, { .name = "localhost" }, TLS_SITE, -1 },
	{ TLS_CONF, { .name = "LocalHost" }, TLS_SITE, -1 },
	{ TLS_CONF, { .name = "" }, TLS_SITE, -1 },
	{ TLS_CONF, { .name = "alt.example" }, TLS_ALT, -1 },
	{ TLS_CONF, { .name = "a.wild.example" }, TLS_WILD, -1 },
	{ TLS_CONF, { .name = "a.b.wild.example" }, TLS_SITE, -1 },
	{ TLS_CONF, { .name = "unknown.example" }, TLS_SITE, -1 },
	{ REFUSE, { .name = "unknown.example" }, 0, UNRECOGNIZED_NAME },
	{ REFUSE, { .name = "alt.example" }, TLS_ALT, -1 },
	{ REFUSE, { .name = "" }, TLS_SITE, -1 },
	{ TLS_CONF, { .version = TLS1_2_VERSION }, TLS_SITE, -1 },
	{ TLS_CONF, { .version = TLS1_3_VERSION }, TLS_SITE, -1 },
	{ TLS_CONF, { .version = TLS1_1_VERSION, .ciphers = WEAK }, 0,
		PROTOCOL_VERSION },
	{ NEW, { .version = TLS1_2_VERSION }, 0, PROTOCOL_VERSION },
	{ NEW, { .version = TLS1_3_VERSION }, TLS_SITE, -1 },
	{ TLS_CONF,
		{ .version = TLS1_2_VERSION,
			.ciphers = "ECDHE-RSA-AES128-GCM-SHA256" },
		TLS_RSA, -1 },
	{ TLS_CONF,
		{ .version = TLS1_2_VERSION,
			.ciphers = "ECDHE-RSA-AES128-GCM-SHA256:"
				   "ECDHE-ECDSA-AES128-GCM-SHA256" },
		TLS_SITE, -1 },
	{ TLS_CONF, { .version = TLS1_2_VERSION, .ciphers = WEAK }, 0,
		HANDSHAKE_FAILURE },
	{ FEW,
		{ .version = TLS1_2_VERSION,
			.ciphers = "ECDHE-RSA-AES256-GCM-SHA384" },
		TLS_RSA, -1 },
	{ FEW,
		{ .version = TLS1_2_VERSION,
			.ciphers = "ECDHE-RSA-AES128-GCM-SHA256" },
		0, HANDSHAKE_FAILURE },
	{ TLS_CONF, { .alpn = "http/1.1" }, TLS_SITE, -1 },
	{ TLS_CONF, { .alpn = "spdy/9" }, 0, NO_APPLICATION_PROTOCOL },
	{ TLS_CONF, { .alpn = "H2" }, 0, NO_APPLICATION_PROTOCOL },
};

START_TEST(handshake_ends_as_it_must)
{
	struct tls_client c;

	serve(shakes[_i].conf);
	if (shakes[_i].serial != 0) {
		tls_client_open(&c, s.tls_port, &shakes[_i].offer);
		ck_assert_int_eq(tls_client_serial(&c), shakes[_i].serial);
		get(&c, "/hello.txt", "hello\n");
	} else {
		ck_assert(!tls_client_try_open(
			&c, s.tls_port, &shakes[_i].offer));
		ck_assert_int_eq(c.alert, shakes[_i].alert);
		ck_assert(server_log_has(
			&s, "while performing the TLS handshake", DEADLINE));
	}
	tls_client_close(&c);
	stop();
}
END_TEST

START_TEST(client_may_not_renegotiate)
{
	struct tls_client_offer offer = { .version = TLS1_2_VERSION };
	struct tls_client c;

	serve(TLS_CONF);
	tls_client_open(&c, s.tls_port, &offer);
	get(&c, "/hello.txt", "hello\n");
	SSL_renegotiate(c.ssl);
	for (int i = 0; i < 100 && SSL_do_handshake(c.ssl) != 1; i++)
		poll(&(struct pollfd){ .fd = c.fd, .events = POLLIN }, 1, 10);
	ck_assert_int_eq(c.alert, SSL_AD_NO_RENEGOTIATION);
	tls_client_close(&c);
	stop();
}
END_TEST

/* Nothing that a client sends in place of a handshake ends a worker. */
static const struct {
	const char *bytes;
	size_t len;
	const char *answer; /* the start of it; "": an alert or an end */
} openings[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "HTTP/1.1 400 " },
	{ "BREW / HTTP/1.1\r\n", 0, "HTTP/1.1 400 " },
	{ "p", 0, "HTTP/1.1 400 " },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, "HTTP/1.1 400 " },
	{ "\0\0\0\0\0\0\0\0\0\0\0\0", 12, "" },
	{ "\x16\x03\x01\xff\xff", 5, "" },
	{ "\x16\x03\x01\x00\x00\x16\x03\x01\x00\x00", 10, "" },
	{ "\x17\x03\x03\x00\x05hello", 10, "" },
	{ "\x15\x03\x03\x00\x02\x02\x28", 7, "" },
	{ "\x80\x2e\x01\x00\x02", 5, "" },
	{ "\xff\xff\xff\xff\xff\xff", 6, "" },
};

START_TEST(other_bytes_than_a_handshake_are_refused)
{
	const char *answer = openings[_i].answer;
	struct client c;

	serve(TLS_CONF);
	client_open(&c, s.tls_port);
	/* The connection is watched by then. */
	ck_assert(client_is_silent(&c, _i % 2 == 0 ? 50 : 0));
	client_send(&c, openings[_i].bytes,
		openings[_i].len > 0 ? openings[_i].len
				     : strlen(openings[_i].bytes));
	client_finish_sending(&c);
	if (*answer != '\0') {
		ck_assert(client_hears(
			&c, "the request came in plain HTTP", DEADLINE));
		ck_assert(strncmp(c.bytes, answer, strlen(answer)) == 0);
		ck_assert(server_log_has(&s,
			"request in clear at an address with TLS", DEADLINE));
	} else {
		client_discard(&c, 100, DEADLINE);
		ck_assert(c.at_eof || client_is_gone(&c, DEADLINE));
	}
	client_close(&c);
	stop();
}
END_TEST

START_TEST(client_hello_at_a_plain_address_is_named_in_the_log)
{
	struct tls_client c;

	serve(TLS_CONF);
	ck_assert(!tls_client_try_open(&c, s.port, NULL));
	tls_client_close(&c);
	ck_assert(server_log_has(
		&s, "handshake at an address without TLS", DEADLINE));
	stop();
}
END_TEST

#define HASTY                                                                  \
	TLS_CONF_WITH(TLS_ALL,                                                 \
		"\"timeouts\": {\"drain_delay\": \"0s\", \"handshake\": "      \
		"\"700ms\"}")

/* The bytes of a slow client do not extend its time. */
START_TEST(slow_handshake_is_ended)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03"
				    "\x03";
	int64_t began;
	struct client c;

	serve(HASTY);
	began = deadline_now();
	client_open(&c, s.tls_port);
	if (_i == 1)
		for (size_t i = 0; i < 200 && !c.at_eof; i++) {
			client_send(&c, i < sizeof(hello) ? hello + i : "x", 1);
			if (!client_is_silent(&c, 50))
				break;
		}
	ck_assert(client_is_gone(&c, DEADLINE));
	ck_assert_int_ge(deadline_now() - began, 650);
	ck_assert_int_lt(deadline_now() - began, 5000);
	ck_assert(server_log_has(&s,
		"the client took too long, while performing the TLS handshake",
		DEADLINE));
	client_close(&c);
	stop();
}
END_TEST

/* ---- bytes --------------------------------------------------------------- */

static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, 65536, 262144,
	1048576, 9000000 };

START_TEST(file_arrives_byte_for_byte)
{
	struct tls_client_offer offer = {
		.version = _i % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION
	};
	char name[32], path[16];
	struct tls_client c;
	struct response r;

	serve(TLS_CONF);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		char *bytes = server_pattern(sizes[i]);

		snprintf(name, sizeof(name), "www/%zu", sizes[i]);
		server_file(&s, name, bytes, sizes[i]);
		free(bytes);
	}
	tls_client_open(&c, s.tls_port, &offer);
	for (size_t i = 0; i < 2 * ROWS(sizes); i++) {
		size_t size = sizes[i % ROWS(sizes)];
		char *bytes = server_pattern(size);

		snprintf(path, sizeof(path), "/%zu", size);
		tls_client_get(&c, path, &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_uint_eq(r.len, size);
		ck_assert(size == 0 || memcmp(r.body, bytes, size) == 0);
		response_free(&r);
		free(bytes);
	}
	tls_client_close(&c);
	stop();
}
END_TEST

enum { PIPELINED = 300 };

/* More requests than one record, one read or one write holds. */
START_TEST(pipelined_requests_are_answered_in_order)
{
	char *text = NULL;
	size_t size;
	FILE *all = open_memstream(&text, &size);
	struct tls_client c;
	struct response r;

	serve(TLS_CONF);
	server_text(&s, "www/other.txt", "other\n");
	for (int i = 0; i < PIPELINED; i++)
		fprintf(all,
			"GET /%s.txt HTTP/1.1\r\nHost: localhost\r\n"
			"X-Padding: %0200d\r\n\r\n",
			i % 3 == 0 ? "other" : "hello", i);
	fclose(all);
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_send(&c, text, size);
	for (int i = 0; i < PIPELINED; i++) {
		tls_client_recv(&c, &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, i % 3 == 0 ? "other\n" : "hello\n");
		response_free(&r);
	}
	tls_client_close(&c);
	free(text);
	stop();
}
END_TEST

/* Each byte of a request is a record of its own. */
START_TEST(request_may_come_in_any_pieces)
{
	static const char text[] =
		"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct tls_client c;
	struct response r;

	serve(TLS_CONF);
	tls_client_open(&c, s.tls_port, NULL);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		tls_client_send(&c, text + i, 1);
	tls_client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	tls_client_close(&c);
	stop();
}
END_TEST

/* The client reads nothing for a while: the server's socket is full. */
START_TEST(client_that_reads_late_gets_all)
{
	enum { LARGE = 6000000, EACH = 3 };
	char *bytes = server_pattern(LARGE);
	struct tls_client c;
	struct response r;

	serve(TLS_CONF);
	server_file(&s, "www/large.bin", bytes, LARGE);
	tls_client_open(&c, s.tls_port, NULL);
	for (int i = 0; i < EACH; i++)
		tls_client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: "
				   "localhost\r\n\r\n");
	poll(NULL, 0, 300);
	for (int i = 0; i < EACH; i++) {
		tls_client_recv(&c, &r);
		ck_assert_uint_eq(r.len, LARGE);
		ck_assert(memcmp(r.body, bytes, LARGE) == 0);
		response_free(&r);
	}
	tls_client_close(&c);
	free(bytes);
	stop();
}
END_TEST

/* ---- ends ---------------------------------------------------------------- */

START_TEST(last_response_is_followed_by_close_notify)
{
	struct tls_client c;
	struct response r;

	serve(TLS_CONF);
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_say(&c, "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n"
			   "Connection: close\r\n\r\n");
	tls_client_recv(&c, &r);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	ck_assert(tls_client_is_closed(&c, DEADLINE));
	tls_client_close(&c);
	stop();
}
END_TEST

#define IMPATIENT                                                              \
	TLS_CONF_WITH(TLS_ALL, "\"timeouts\": {\"drain_delay\": \"0s\", "      \
			       "\"idle\": \"300ms\"}")

START_TEST(idle_connection_is_closed_with_close_notify)
{
	struct tls_client c;

	serve(IMPATIENT);
	tls_client_open(&c, s.tls_port, NULL);
	get(&c, "/hello.txt", "hello\n");
	ck_assert(tls_client_is_closed(&c, DEADLINE));
	tls_client_close(&c);
	stop();
}
END_TEST

/* A request that ends with close_notify, and with a FIN alone in its body. */
START_TEST(end_of_the_client_is_noticed)
{
	struct tls_client c;
	struct response r;

	serve(TLS_CONF);
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_say(
		&c, "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
	tls_client_say_end(&c);
	tls_client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	tls_client_close(&c);

	tls_client_open(&c, s.tls_port, NULL);
	tls_client_say(&c, "POST /live/count HTTP/1.1\r\nHost: localhost\r\n"
			   "Content-Length: 100\r\n\r\nhalf");
	poll(NULL, 0, 50);
	shutdown(c.fd, SHUT_WR);
	tls_client_close(&c);
	ck_assert(server_log_has(&s,
		"the client went away without a TLS close_notify, while "
		"reading the request body",
		DEADLINE));
	stop();
}
END_TEST

START_TEST(access_log_tells_version_and_name)
{
	struct tls_client_offer offer = { .name = "alt.example",
		.version = TLS1_2_VERSION };
	struct tls_client c;

	serve(TLS_CONF);
	tls_client_open(&c, s.tls_port, &offer);
	get(&c, "/hello.txt", "hello\n");
	tls_client_close(&c);
	ck_assert(server_file_has(&s, "access.log",
		"\"tls_version\":\"TLSv1.2\",\"tls_name\":\"alt.example\","
		"\"tls_client\":null",
		DEADLINE));
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ handshake_ends_as_it_must, ROWS(shakes) },
		{ client_may_not_renegotiate, 1 },
		{ other_bytes_than_a_handshake_are_refused, ROWS(openings) },
		{ client_hello_at_a_plain_address_is_named_in_the_log, 1 },
		{ slow_handshake_is_ended, 2 },
		{ file_arrives_byte_for_byte, 2 },
		{ pipelined_requests_are_answered_in_order, 1 },
		{ request_may_come_in_any_pieces, 1 },
		{ client_that_reads_late_gets_all, 1 },
		{ last_response_is_followed_by_close_notify, 1 },
		{ idle_connection_is_closed_with_close_notify, 1 },
		{ end_of_the_client_is_noticed, 1 },
		{ access_log_tells_version_and_name, 1 },
	};

	return harness_run("tls", tests, ROWS(tests));
}
