/*
 * What modules and balancers do, over TLS: uploads, streams, WebSockets, the
 * scheme, a PROXY header before the handshake.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/live_server.h"
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

/* ---- modules ------------------------------------------------------------- */

/* The body comes back while it is still sent, so both directions are full. */
START_TEST(upload_comes_back_byte_for_byte)
{
	enum { SIZE = 900000, PART = 30000 };
	char *bytes = server_pattern(SIZE), head[128];
	struct tls_client c;
	struct response r;

	tls_files_serve(&f, &s, TLS_CONF);
	tls_client_open(&c, s.tls_port, NULL);
	snprintf(head, sizeof(head),
		"POST /live/pour HTTP/1.1\r\nHost: localhost\r\n"
		"Content-Length: %d\r\n\r\n",
		SIZE);
	tls_client_say(&c, head);
	for (int at = 0; at < SIZE; at += PART) {
		tls_client_send(&c, bytes + at, PART);
		tls_client_fill(&c, deadline_in(0));
	}
	tls_client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.len, SIZE);
	ck_assert(memcmp(r.body, bytes, SIZE) == 0);
	response_free(&r);
	tls_client_close(&c);
	free(bytes);
	stop();
}
END_TEST

START_TEST(deferred_answer_and_the_request_behind_it_arrive)
{
	struct tls_client c;
	struct response r;

	tls_files_serve(&f, &s, TLS_CONF);
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_say(&c,
		"GET /live/later?ms=100 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	poll(NULL, 0, 30);
	tls_client_say(
		&c, "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
	tls_client_recv(&c, &r);
	ck_assert_str_eq(r.body, "later\n");
	response_free(&r);
	tls_client_recv(&c, &r);
	ck_assert_str_eq(r.body, "hello\n");
	response_free(&r);
	tls_client_close(&c);
	stop();
}
END_TEST

/* Waits for bytes that hold this text. */
static void
hear(struct tls_client *c, const char *text)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (c->len == 0 ||
		memmem(c->bytes, c->len, text, strlen(text)) == NULL)
		ck_assert_msg(tls_client_fill(c, deadline) == CLIENT_OK,
			"%s does not come", text);
}

/* By close_notify, and by a FIN without it. */
START_TEST(stream_hears_that_its_client_has_gone)
{
	struct tls_client c;

	tls_files_serve(&f, &s, TLS_CONF_WITH(TLS_ALL, TLS_TIMEOUTS));
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_say(
		&c, "GET /live/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear(&c, "event: hello");
	if (_i == 0)
		tls_client_say_end(&c);
	tls_client_close(&c);
	ck_assert(server_log_has(&s, "while handling the request", DEADLINE));
	stop();
}
END_TEST

START_TEST(websocket_is_spoken)
{
	/* "ping!" and a close with 1000, masked by zeros. */
	static const char text[] = "\x81\x85\0\0\0\0ping!";
	static const char end[] = "\x88\x82\0\0\0\0\x03\xe8";
	struct tls_client c;

	tls_files_serve(&f, &s, TLS_CONF);
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_say(&c,
		"GET /live/ws HTTP/1.1\r\nHost: localhost\r\n"
		"Connection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	hear(&c, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	tls_client_send(&c, text, sizeof(text) - 1);
	hear(&c, "ping!");
	tls_client_send(&c, end, sizeof(end) - 1);
	hear(&c, "\x88\x02\x03\xe8");
	tls_client_close(&c);
	stop();
}
END_TEST

/* ---- the scheme ---------------------------------------------------------- */

#define REDIRECT                                                               \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\", {\"address\": "    \
	"\"127.0.0.1:$TLS\", \"tls\": {" TLS_SITE_ONLY "}}], "                 \
	"\"trusted\": [\"127.0.0.1\"]," TLS_TIMEOUTS ","                       \
	"\"sites\": [{\"routes\": [{\"path\": \"/*\", "                        \
	"\"redirect\": \"$scheme://$host/x\"}]}]}"

static const struct {
	bool is_tls;
	const char *fields, *location;
} schemes[] = {
	{ false, "", "http://localhost/x" },
	{ true, "", "https://localhost/x" },
	{ false, "X-Forwarded-Proto: https\r\n", "https://localhost/x" },
	{ true, "X-Forwarded-Proto: http\r\n", "http://localhost/x" },
	{ true, "X-Forwarded-For: 192.0.2.1\r\n", "https://localhost/x" },
};

START_TEST(scheme_is_that_of_the_client)
{
	char text[256];
	struct tls_client c;
	struct response r;

	tls_files_serve(&f, &s, REDIRECT);
	snprintf(text, sizeof(text),
		"GET /a HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
		schemes[_i].fields);
	if (schemes[_i].is_tls) {
		tls_client_open(&c, s.tls_port, NULL);
		tls_client_say(&c, text);
		tls_client_recv(&c, &r);
		tls_client_close(&c);
	} else {
		client_ask(s.port, text, &r);
	}
	ck_assert_str_eq(response_field(&r, "Location"), schemes[_i].location);
	response_free(&r);
	stop();
}
END_TEST

/* An absolute https target comes over TLS as it should. */
START_TEST(absolute_https_target_is_served)
{
	struct tls_client c;
	struct response r;

	tls_files_serve(&f, &s, TLS_CONF);
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_say(&c, "GET https://localhost/hello.txt HTTP/1.1\r\n"
			   "Host: localhost\r\n\r\n");
	tls_client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	tls_client_close(&c);
	stop();
}
END_TEST

/* ---- a PROXY header ------------------------------------------------------ */

#define PROXY                                                                  \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\", {\"address\": "    \
	"\"127.0.0.1:$TLS\", \"proxy_protocol\": \"required\", "               \
	"\"tls\": {" TLS_SITE_ONLY "}}], "                                     \
	"\"trusted\": [\"127.0.0.1\"]," TLS_TIMEOUTS ","                       \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\", "               \
	"\"format\": \"json\"}, \"error\": {\"level\": "                       \
	"\"info\"}}," SERVER_SITES "}"
#define HEADER "PROXY TCP4 192.0.2.7 198.51.100.2 12345 443\r\n"

START_TEST(proxy_header_comes_before_the_handshake)
{
	struct tls_client_offer offer = { .first = HEADER };
	struct tls_client c;
	struct response r;

	tls_files_serve(&f, &s, PROXY);
	tls_client_open(&c, s.tls_port, &offer);
	tls_client_get(&c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	tls_client_close(&c);
	ck_assert(server_file_has(
		&s, "access.log", "\"client\":\"192.0.2.7\"", DEADLINE));
	ck_assert(server_file_has(
		&s, "access.log", "\"tls_version\":\"TLSv1.3\"", DEADLINE));
	stop();
}
END_TEST

/* In pieces; then a handshake that is none. */
START_TEST(proxy_header_may_come_in_pieces)
{
	struct client c;

	tls_files_serve(&f, &s, PROXY);
	client_open(&c, s.tls_port);
	for (size_t i = 0; HEADER[i] != '\0'; i++) {
		client_send(&c, &HEADER[i], 1);
		ck_assert(client_is_silent(&c, 3));
	}
	client_say(&c, "GET / HTTP/1.1\r\n\r\n");
	ck_assert(client_hears(&c, "came in plain HTTP", DEADLINE));
	client_close(&c);
	ck_assert(server_log_has(&s,
		"refused 192.0.2.7: request in clear at an address with TLS",
		DEADLINE));
	stop();
}
END_TEST

START_TEST(handshake_without_the_proxy_header_is_refused)
{
	struct tls_client c;

	tls_files_serve(&f, &s, PROXY);
	ck_assert(!tls_client_try_open(&c, s.tls_port, NULL));
	tls_client_close(&c);
	ck_assert(
		server_log_has(&s, "PROXY header: it was not sent", DEADLINE));
	stop();
}
END_TEST

/* ---- floods -------------------------------------------------------------- */

START_TEST(flood_of_key_updates_is_ended)
{
	struct tls_client_offer offer = { .version = TLS1_3_VERSION };
	struct tls_client c, other;
	struct response r;

	tls_files_serve(&f, &s, TLS_CONF);
	tls_client_open(&c, s.tls_port, &offer);
	tls_client_get(&c, "/hello.txt", &r);
	response_free(&r);
	for (int i = 0; i < 5000; i++) {
		SSL_key_update(c.ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
		if (SSL_do_handshake(c.ssl) != 1)
			break;
	}
	ck_assert(server_log_has(&s, "generation 1 serves", DEADLINE));
	ck_assert(!tls_client_is_silent(&c, DEADLINE));
	tls_client_close(&c);
	tls_client_open(&other, s.tls_port, NULL);
	tls_client_get(&other, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	tls_client_close(&other);
	stop();
}
END_TEST

/* A key update now and then is fine. */
START_TEST(key_updates_between_requests_are_taken)
{
	struct tls_client_offer offer = { .version = TLS1_3_VERSION };
	struct tls_client c;
	struct response r;

	tls_files_serve(&f, &s, TLS_CONF);
	tls_client_open(&c, s.tls_port, &offer);
	for (int i = 0; i < 200; i++) {
		SSL_key_update(c.ssl, SSL_KEY_UPDATE_REQUESTED);
		tls_client_get(&c, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
	tls_client_close(&c);
	stop();
}
END_TEST

/* All are let in, some later than others. */
START_TEST(burst_of_handshakes_is_served)
{
	enum { MANY = 100 };
	static struct tls_client clients[MANY];
	static struct client raw[MANY];
	struct response r;

	tls_files_serve(&f, &s, TLS_CONF);
	for (int i = 0; i < MANY; i++)
		client_open(&raw[i], s.tls_port);
	for (int i = 0; i < MANY; i++)
		tls_client_open(&clients[i], s.tls_port, NULL);
	for (int i = 0; i < MANY; i++) {
		tls_client_get(&clients[i], "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
		tls_client_close(&clients[i]);
		client_close(&raw[i]);
	}
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ upload_comes_back_byte_for_byte, 1 },
		{ deferred_answer_and_the_request_behind_it_arrive, 1 },
		{ stream_hears_that_its_client_has_gone, 2 },
		{ websocket_is_spoken, 1 },
		{ scheme_is_that_of_the_client, ROWS(schemes) },
		{ absolute_https_target_is_served, 1 },
		{ proxy_header_comes_before_the_handshake, 1 },
		{ proxy_header_may_come_in_pieces, 1 },
		{ handshake_without_the_proxy_header_is_refused, 1 },
		{ flood_of_key_updates_is_ended, 1 },
		{ key_updates_between_requests_are_taken, 1 },
		{ burst_of_handshakes_is_served, 1 },
	};

	return harness_run("tls_modules", tests, ROWS(tests));
}
