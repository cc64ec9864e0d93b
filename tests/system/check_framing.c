/*
 * Where a message ends is never guessed (RFC 9112 2 to 7, 11.2): one error
 * answer, then a close, and nothing that followed is carried out.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define LIMITS                                                                 \
	"\"limits\": {\"head\": \"8k\", \"request_line\": \"4k\","             \
	" \"field\": \"4k\", \"fields\": 50}"

static struct server s;

/* A second request that must not be answered. */
static const char smuggled[] = "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n";

#define GET  "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

static const struct {
	const char *text;
	int status;
} bad[] = {
	/* 2.2, 2.3, 3: the request line */
	{ "GET / HTTP/1.1\nHost: a\n\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a\n\r\n", 400 },
	{ "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400 },
	{ "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "GET / a HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "GET /\r\n\r\n", 400 },
	{ "GET / http/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400 },
	{ "GET / HTTP/11\r\nHost: a\r\n\r\n", 400 },
	{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
	{ "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505 },
	{ "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501 },
	{ "GET hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	{ "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
	/* 3.2: Host */
	{ GET "\r\n", 400 },
	{ GET "Host: a\r\nHost: a\r\n\r\n", 400 },
	{ GET "Host: a b\r\n\r\n", 400 },
	{ GET "Host: a/b\r\n\r\n", 400 },
	{ GET "Host: u@a\r\n\r\n", 400 },
	{ GET "Host: a:x\r\n\r\n", 400 },
	{ "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 400 },
	/* 5: field lines */
	{ GET "Host: a\r\nX : b\r\n\r\n", 400 },
	{ GET "Host: a\r\nX: b\r\n c\r\n\r\n", 400 },
	{ GET " Host: a\r\n\r\n", 400 },
	{ GET "Host: a\r\nX\r\n\r\n", 400 },
	{ GET "Host: a\r\n: b\r\n\r\n", 400 },
	{ GET "Host: a\r\nX: b\x01\r\n\r\n", 400 },
	{ GET "Host: a\r\nX: b\rY: c\r\n\r\n", 400 },
	{ GET "Host: a\r\nX{: b\r\n\r\n", 400 },
	/* 6.1 to 6.3: the length of the body */
	{ POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400 },
	{ POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400 },
	{ POST "Content-Length: 5, 5\r\n\r\nhello", 400 },
	{ POST "Content-Length: +5\r\n\r\nhello", 400 },
	{ POST "Content-Length: -5\r\n\r\nhello", 400 },
	{ POST "Content-Length: 0x5\r\n\r\nhello", 400 },
	{ POST "Content-Length: 5 5\r\n\r\nhello", 400 },
	{ POST "Content-Length:\r\n\r\nhello", 400 },
	{ POST "Content-Length: 18446744073709551621\r\n\r\nhello", 413 },
	{ POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
	       "0\r\n\r\n",
		400 },
	{ POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
	       "0\r\n\r\n",
		400 },
	{ POST "Transfer-Encoding: chunked\r\n"
	       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		400 },
	{ POST "Transfer-Encoding: identity\r\n\r\n", 400 },
	{ POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501 },
	{ POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400 },
	{ POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400 },
	{ POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400 },
	{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		400 },
};

/* After the answer: EOF, no second answer and no reset that eats the first. */
static void
assert_refused(struct client *c, int status, const char *what)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_msg(
		r.status == status, "%d, not %d: %s", r.status, status, what);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	ck_assert_msg(client_is_eof(c, DEADLINE), "no close after: %s", what);
}

START_TEST(a_malformed_request_is_refused_and_nothing_after_it_is_done)
{
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF_WITH(LIMITS));
	client_open(&c, s.port);
	client_say(&c, smuggled);
	client_say(&c, bad[_i].text);
	client_say(&c, smuggled);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	assert_refused(&c, bad[_i].status, bad[_i].text);
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *what;
	const char *before;
	size_t count; /* of 'a' or of field lines */
	const char *after;
	int status;
} large[] = {
	{ "a long target", "GET /", 4096, " HTTP/1.1\r\nHost: a\r\n\r\n", 414 },
	{ "a long target without an end", "GET /", 9000, "", 414 },
	{ "a long field", GET "Host: a\r\nX: ", 4096, "\r\n\r\n", 431 },
	{ "a long field without an end", GET "Host: a\r\nX: ", 9000, "", 431 },
	{ "a long method", "", 9000, " / HTTP/1.1\r\n\r\n", 400 },
};

START_TEST(a_head_over_a_limit_is_refused)
{
	char text[16384];
	size_t len = strlen(large[_i].before);
	struct response r;
	struct client c;

	server_serve(&s, SERVER_CONF_WITH(LIMITS));
	memcpy(text, large[_i].before, len);
	memset(text + len, 'a', large[_i].count);
	strcpy(text + len + large[_i].count, large[_i].after);
	client_open(&c, s.port);
	client_say(&c, text);
	client_recv(&c, &r);
	/* Of a long method, any 4xx is true. */
	ck_assert_msg(r.status == large[_i].status ||
			      (large[_i].status == 400 && r.status / 100 == 4),
		"%s: %d, not %d", large[_i].what, r.status, large[_i].status);
	response_free(&r);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
	struct client c;

	server_serve(&s, SERVER_CONF_WITH(LIMITS));
	client_open(&c, s.port);
	client_say(&c, GET "Host: a\r\n");
	for (int i = 0; i < 50; i++)
		client_say(&c, "X: y\r\n");
	client_say(&c, "\r\n");
	assert_refused(&c, 431, "51 fields");
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* The fields that are allowed, all of them, in a head just below its limit. */
START_TEST(a_head_just_below_the_limits_is_served)
{
	char text[8192];
	size_t len;
	struct response r;

	server_serve(&s, SERVER_CONF_WITH(LIMITS));
	len = (size_t)snprintf(
		text, sizeof(text), "GET /hello.txt HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 49; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"X-%d: %0130d\r\n", i, i);
	snprintf(text + len, sizeof(text) - len, "\r\n");
	client_ask(s.port, text, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* ---- bodies ------------------------------------------------------------- */

#define LENGTH(n) "Content-Length: " #n "\r\n\r\n"
#define CHUNKED   "Transfer-Encoding: chunked\r\n\r\n"

static const char *const good_bodies[] = {
	LENGTH(0),
	LENGTH(5) "hello",
	LENGTH(36) "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	CHUNKED "0\r\n\r\n",
	CHUNKED "5\r\nhello\r\n0\r\n\r\n",
	CHUNKED "5;a=b\r\nhello\r\n0\r\n\r\n",
	CHUNKED "5;a=\"b\"\r\nhello\r\n0\r\n\r\n",
	CHUNKED "00A\r\n0123456789\r\n0a\r\n0123456789\r\n000\r\n\r\n",
	CHUNKED "0\r\nX: y\r\nZ: a\r\n\r\n",
	CHUNKED "24\r\nGET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n\r\n"
		"0\r\n\r\n",
};

/* A static file takes no body: it is read, and the connection goes on. */
START_TEST(the_request_after_a_body_is_the_next_one)
{
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_say(&c, POST);
	client_say(&c, good_bodies[_i]);
	client_say(&c, smuggled);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 405);
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello\n");
	response_free(&r);
	ck_assert(client_is_silent(&c, 20));
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const char *const bad_bodies[] = {
	"x\r\n",
	"\r\n",
	"-1\r\nhello\r\n0\r\n\r\n",
	"0x5\r\nhello\r\n0\r\n\r\n",
	" 5\r\nhello\r\n0\r\n\r\n",
	"5 5\r\nhello\r\n0\r\n\r\n",
	"5\nhello\r\n0\r\n\r\n",
	"5\r\nhello!\r\n0\r\n\r\n",
	"5\r\nhello\n0\r\n\r\n",
	"5\r\nhell\r\n0\r\n\r\n",
	"5\r\nhello\r\n0\r\nX : y\r\n\r\n",
	"5\r\nhello\r\n0\r\nX\r\n\r\n",
	"5;\x01\r\nhello\r\n0\r\n\r\n",
	"5;a=b\nhello\r\n0\r\n\r\n",
	"10000000000000000\r\nhello\r\n0\r\n\r\n",
	"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
};

/*
 * 405 may have been said before the body was read; then the close alone says
 * that it was bad.  In no case is the request behind it answered.
 */
START_TEST(nothing_after_a_malformed_body_is_done)
{
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_say(&c, POST CHUNKED);
	client_say(&c, bad_bodies[_i]);
	client_say(&c, smuggled);
	client_recv(&c, &r);
	ck_assert_msg(r.status == 400 || r.status == 405, "%d", r.status);
	response_free(&r);
	if (!client_is_eof(&c, DEADLINE)) {
		client_recv(&c, &r);
		ck_assert_int_eq(r.status, 400);
		response_free(&r);
		ck_assert(client_is_eof(&c, DEADLINE));
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_body_over_the_limit_is_refused)
{
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF_WITH("\"limits\": {\"body\": \"1k\"}"));
	client_open(&c, s.port);
	client_say(&c, POST "Content-Length: 1099511627776\r\n\r\n");
	client_recv(&c, &r);
	ck_assert_msg(r.status == 413 || r.status == 405, "%d", r.status);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* RFC 9110 10.1.1: no body is asked for when it is not wanted. */
START_TEST(a_client_that_waits_for_100_gets_the_refusal)
{
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_say(&c, POST "Expect: 100-continue\r\n" LENGTH(5));
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 405);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_malformed_request_is_refused_and_nothing_after_it_is_done,
			ROWS(bad) },
		{ a_head_over_a_limit_is_refused, ROWS(large) },
		{ too_many_fields_are_refused, 1 },
		{ a_head_just_below_the_limits_is_served, 1 },
		{ the_request_after_a_body_is_the_next_one, ROWS(good_bodies) },
		{ nothing_after_a_malformed_body_is_done, ROWS(bad_bodies) },
		{ a_body_over_the_limit_is_refused, 1 },
		{ a_client_that_waits_for_100_gets_the_refusal, 1 },
	};

	return harness_run("framing", tests, ROWS(tests));
}
