/*
 * HTTP/2 by prior knowledge (RFC 9113): what is served, and what is refused.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/http2_client.h"
#include "support/server.h"

#define CONF_H2(limits)                                                        \
	"{\"workers\": 1, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	"\"protocols\": [\"http/1.1\", \"h2\"]}]," limits                      \
	"\"timeouts\": {\"drain_delay\": \"0s\"},"                             \
	"\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"},"   \
	"{\"path\": \"/echo\", \"module\": \"" SHIPPED_MODULES                 \
	"/echo.so\"}]}]}"

/* ---- what is served ------------------------------------------------------ */

static const struct {
	const char *method, *path, *fields;
	int status;
	const char *field; /* of the response, or "" */
	const char *body;
} served[] = {
	{ "GET", "/hello.txt", "", 200, "content-length: 6\n", "hello\n" },
	{ "HEAD", "/hello.txt", "", 200, "content-length: 6\n", "" },
	{ "GET", "/hello.txt", "range: bytes=1-3\n", 206,
		"content-range: bytes 1-3/6\n", "ell" },
	{ "GET", "/hello.txt", "range: bytes=9-\n", 416,
		"content-range: bytes */6\n", NULL },
	{ "GET", "/hello.txt", "if-none-match: *\n", 304, "etag: ", "" },
	{ "GET", "/nothing", "", 404, "", NULL },
	{ "OPTIONS", "*", "", 204, "", "" },
	{ "BREW", "/hello.txt", "", 501, "", NULL },
	{ "DELETE", "/hello.txt", "", 405, "allow: ", NULL },
	{ "GET", "/hello.txt", "expect: 200-maybe\n", 417, "", NULL },
	{ "GET", "/hello.txt#x", "", 400, "", NULL },
};

START_TEST(a_file_is_served_as_with_http1)
{
	struct server s;
	struct http2_client c;
	struct http2_response r;

	server_serve(&s, CONF_H2(""));
	http2_client_open(&c, s.port);
	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		uint32_t id = (uint32_t)(2 * i + 1);

		http2_client_request(&c, id, served[i].method, served[i].path,
			served[i].fields, HTTP2_END_STREAM);
		http2_client_response(&c, id, &r);
		ck_assert_msg(!r.is_reset, "row %zu: error %u", i, r.error);
		ck_assert_msg(r.status == served[i].status, "row %zu: %d", i,
			r.status);
		ck_assert_msg(strstr(r.fields, served[i].field) != NULL,
			"row %zu: %s", i, r.fields);
		if (served[i].body != NULL)
			ck_assert_str_eq(r.body, served[i].body);
		ck_assert_ptr_null(strstr(r.fields, "connection: "));
		http2_response_free(&r);
	}
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* Larger than all windows, and than what is queued in a turn. */
START_TEST(large_files_come_as_windows_open)
{
	static const size_t sizes[] = { 20000, 300000, 3000000 };
	struct server s;
	struct http2_client c;
	struct http2_response r;
	uint32_t id = 1;
	char *bytes;

	server_init(&s);
	for (size_t i = 0; i < 3; i++) {
		bytes = server_pattern(sizes[i]);
		server_file(&s,
			i == 0   ? "www/0"
			: i == 1 ? "www/1"
				 : "www/2",
			bytes, sizes[i]);
		free(bytes);
	}
	server_start(&s, CONF_H2(""));
	http2_client_open(&c, s.port);
	for (size_t i = 0; i < 3; i++, id += 2) {
		bytes = server_pattern(sizes[i]);
		http2_client_get(&c, id,
			i == 0   ? "/0"
			: i == 1 ? "/1"
				 : "/2",
			&r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_uint_eq(r.len, sizes[i]);
		ck_assert_int_eq(memcmp(r.body, bytes, r.len), 0);
		http2_response_free(&r);
		free(bytes);
	}
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* What it had queued leaves nothing behind for the next connection. */
START_TEST(a_client_that_leaves_in_the_middle_harms_no_other)
{
	enum { SIZE = 3000000 };
	static const unsigned char step[4] = { 0, 0x1e, 0x84, 0x80 };
	struct server s;
	struct http2_client c;
	struct http2_response r;
	struct http2_frame f;
	char *bytes = server_pattern(SIZE);

	server_init(&s);
	server_file(&s, "www/large", bytes, SIZE);
	server_text(&s, "www/hello.txt", "hello\n");
	server_start(&s, CONF_H2(""));
	for (int i = 0; i < 4; i++) {
		http2_client_open(&c, s.port);
		http2_client_send(&c, HTTP2_WINDOW_UPDATE, 0, 0, step, 4);
		http2_client_request(
			&c, 1, "GET", "/large", "", HTTP2_END_STREAM);
		http2_client_send(&c, HTTP2_WINDOW_UPDATE, 0, 1, step, 4);
		do
			ck_assert(http2_client_read(&c, &f));
		while (f.type != HTTP2_DATA);
		http2_client_close(&c);
		http2_client_open(&c, s.port);
		http2_client_get(&c, 1, "/hello.txt", &r);
		ck_assert_str_eq(r.body, "hello\n");
		http2_response_free(&r);
		http2_client_close(&c);
	}
	free(bytes);
	server_stop(&s);
}
END_TEST

START_TEST(http1_is_spoken_beside_it)
{
	struct server s;
	struct client c;
	struct response r;

	server_serve(&s, CONF_H2(""));
	client_open(&c, s.port);
	client_get(&c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* RFC 9113 8.1: content is taken as windows allow. */
START_TEST(an_upload_is_echoed)
{
	enum { PART = 16384, PARTS = 3 };
	struct server s;
	struct http2_client c;
	struct http2_response r;
	char *bytes = server_pattern((size_t)PART * PARTS);

	server_serve(&s, CONF_H2(""));
	http2_client_open(&c, s.port);
	http2_client_request(&c, 1, "POST", "/echo", "", 0);
	for (int i = 0; i < PARTS; i++)
		http2_client_send(&c, HTTP2_DATA,
			i == PARTS - 1 ? HTTP2_END_STREAM : 0, 1,
			bytes + (size_t)PART * (size_t)i, PART);
	http2_client_response(&c, 1, &r);
	ck_assert_int_eq(r.status, 200);
	http2_response_free(&r);
	http2_client_get(&c, 3, "/hello.txt", &r);
	ck_assert_str_eq(r.body, "hello\n");
	http2_response_free(&r);
	free(bytes);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- what is refused ----------------------------------------------------- */

#define PSEUDO ":method: GET\n:scheme: http\n:authority: a\n:path: /hello.txt\n"

static const struct {
	const char *fields;
	int status; /* 0: the stream is reset with PROTOCOL_ERROR */
} refused[] = {
	{ PSEUDO "host: b\n", 0 },
	{ PSEUDO "connection: close\n", 0 },
	{ PSEUDO "transfer-encoding: chunked\n", 0 },
	{ PSEUDO "te: gzip\n", 0 },
	{ PSEUDO "Upper: x\n", 0 },
	{ PSEUDO "x y: z\n", 0 },
	{ PSEUDO "x: a\rb\n", 0 },
	{ PSEUDO ":path: /\n", 0 },
	{ PSEUDO "x: y\n:authority: a\n", 0 },
	{ PSEUDO ":status: 200\n", 0 },
	{ PSEUDO "content-length: 5\n", 0 },
	{ ":method: GET\n:scheme: http\n:authority: a\n", 0 },
	{ ":method: GET\n:scheme: ftp\n:authority: a\n:path: /\n", 0 },
	{ ":method: GET\n:scheme: http\n:authority: a\n:path: hello.txt\n", 0 },
	{ ":method: GET\n:scheme: http\n:path: /hello.txt\n", 0 },
	{ ":method: GET\n:scheme: http\n:authority: u@a\n:path: /\n", 400 },
	{ ":method: CONNECT\n:authority: a:1\n", 501 },
	{ PSEUDO "host: A\n", 200 },
};

START_TEST(a_malformed_request_ends_its_stream_alone)
{
	struct server s;
	struct http2_client c;
	struct http2_response r;

	server_serve(&s, CONF_H2(""));
	http2_client_open(&c, s.port);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		uint32_t id = (uint32_t)(2 * i + 1);

		http2_client_headers(
			&c, id, refused[i].fields, HTTP2_END_STREAM);
		http2_client_response(&c, id, &r);
		ck_assert_msg(r.is_reset == (refused[i].status == 0),
			"row %zu: %d", i, r.status);
		ck_assert_msg(!r.is_reset || r.error == HTTP2_PROTOCOL_ERROR,
			"row %zu: error %u", i, r.error);
		ck_assert_int_eq(r.status, refused[i].status);
		http2_response_free(&r);
	}
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

static const struct {
	enum http2_type type;
	unsigned flags;
	uint32_t id;
	const char *payload;
	size_t len;
	unsigned times;
	enum http2_error error;
} frames[] = {
	{ HTTP2_PING, 0, 0, "12345678", 8, 5000, HTTP2_ENHANCE_YOUR_CALM },
	{ HTTP2_SETTINGS, 0, 0, "", 0, 5000, HTTP2_ENHANCE_YOUR_CALM },
	{ HTTP2_PRIORITY, 0, 3, "\0\0\0\0\0", 5, 5000,
		HTTP2_ENHANCE_YOUR_CALM },
	{ HTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\1", 4, 5000,
		HTTP2_ENHANCE_YOUR_CALM },
	{ (enum http2_type)99, 0, 0, "", 0, 5000, HTTP2_ENHANCE_YOUR_CALM },
	{ HTTP2_PING, 0, 0, "1234567", 7, 1, HTTP2_FRAME_SIZE_ERROR },
	{ HTTP2_PING, 0, 1, "12345678", 8, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_DATA, 0, 1, "x", 1, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_DATA, 0, 0, "x", 1, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_HEADERS, 4, 2, "\x82", 1, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_HEADERS, 4, 1, "\xff\xff\xff", 3, 1, HTTP2_COMPRESSION_ERROR },
	{ HTTP2_PUSH_PROMISE, 4, 1, "\0\0\0\2\x82", 5, 1,
		HTTP2_PROTOCOL_ERROR },
	{ HTTP2_CONTINUATION, 4, 1, "\x82", 1, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_PRIORITY, 0, 0, "\0\0\0\0\0", 5, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_RST_STREAM, 0, 1, "\0\0\0\0", 4, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\0", 4, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff", 4, 1,
		HTTP2_FLOW_CONTROL_ERROR },
};

START_TEST(a_frame_that_must_not_come_ends_the_connection)
{
	struct server s;
	struct http2_client c;

	server_serve(&s, CONF_H2(""));
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		http2_client_open(&c, s.port);
		for (unsigned n = 0; n < frames[i].times; n++)
			http2_client_send(&c, frames[i].type, frames[i].flags,
				frames[i].id, frames[i].payload, frames[i].len);
		ck_assert_msg(http2_client_goaway(&c) == frames[i].error,
			"row %zu", i);
		http2_client_close(&c);
	}
	server_stop(&s);
}
END_TEST

/* CVE-2023-44487; limits.resets. */
START_TEST(rapid_resets_end_the_connection)
{
	static const unsigned char cancel[4] = { 0, 0, 0, HTTP2_CANCEL };
	struct server s;
	struct http2_client c;

	server_serve(&s, CONF_H2("\"limits\": {\"resets\": 20},"));
	http2_client_open(&c, s.port);
	for (uint32_t id = 1; id < 400; id += 2) {
		http2_client_request(
			&c, id, "GET", "/hello.txt", "", HTTP2_END_STREAM);
		http2_client_send(
			&c, HTTP2_RST_STREAM, 0, id, cancel, sizeof(cancel));
	}
	ck_assert_int_eq(http2_client_goaway(&c), HTTP2_ENHANCE_YOUR_CALM);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* Fields over limits.head are answered with 431, and the connection stays. */
START_TEST(too_many_fields_are_answered_with_431)
{
	struct server s;
	struct http2_client c;
	struct http2_response r;
	char fields[20000] = "", *to = fields;

	for (int i = 0; i < 200; i++)
		to += sprintf(to, "x-%03d: %050d\n", i, i);
	server_serve(&s, CONF_H2("\"limits\": {\"head\": \"4k\"},"));
	http2_client_open(&c, s.port);
	http2_client_request(
		&c, 1, "GET", "/hello.txt", fields, HTTP2_END_STREAM);
	http2_client_response(&c, 1, &r);
	ck_assert(r.is_reset || r.status == 431);
	http2_response_free(&r);
	http2_client_get(&c, 3, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	http2_response_free(&r);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- the end of a connection --------------------------------------------- */

START_TEST(an_idle_connection_ends_with_goaway)
{
	struct server s;
	struct http2_client c;

	server_serve(&s,
		"{\"workers\": 1, \"listen\": [{\"address\": "
		"\"127.0.0.1:$PORT\", \"protocols\": "
		"[\"http/1.1\", \"h2\"]}], \"timeouts\": "
		"{\"idle\": \"1s\", \"drain_delay\": \"0s\"}," SERVER_SITES
		"}");
	http2_client_open(&c, s.port);
	ck_assert_int_eq(http2_client_goaway(&c), HTTP2_NO_ERROR);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* RFC 9113 6.8: two steps; requests that come between them are served. */
static void
check_end(struct http2_client *c)
{
	struct http2_response r;
	struct http2_frame f;

	do
		ck_assert(http2_client_read(c, &f));
	while (f.type != HTTP2_GOAWAY);
	ck_assert_int_eq(memcmp(f.payload, "\x7f\xff\xff\xff", 4), 0);
	http2_client_get(c, 1, "/hello.txt", &r); /* answers the PING, too */
	ck_assert_str_eq(r.body, "hello\n");
	http2_response_free(&r);
	ck_assert_int_eq(http2_client_goaway(c), HTTP2_NO_ERROR);
}

/* The client acknowledges no SETTINGS; half of timeouts.drain is the wait for
 * that. */
#define CONF_HASTY                                                             \
	"{\"workers\": 1, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	"\"protocols\": [\"http/1.1\", \"h2\"]}],"                             \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"drain\": "                  \
	"\"8s\"}," SERVER_SITES "}"

static const int ends[] = { SIGHUP, SIGTERM };

START_TEST(a_worker_that_leaves_ends_in_two_steps)
{
	struct server s;
	struct http2_client c;
	struct http2_frame f;

	server_serve(&s, CONF_HASTY);
	http2_client_open(&c, s.port);
	ck_assert(http2_client_read(&c, &f));
	ck_assert_int_eq(f.type, HTTP2_SETTINGS);
	server_signal(&s, ends[_i]);
	check_end(&c);
	http2_client_close(&c);
	if (ends[_i] == SIGTERM)
		server_finish(&s, 0);
	else
		server_stop(&s);
}
END_TEST

START_TEST(limits_requests_per_connection_ends_in_two_steps)
{
	struct server s;
	struct http2_client c;
	struct http2_response r;

	server_serve(
		&s, CONF_H2("\"limits\": {\"requests_per_connection\": 2},"));
	http2_client_open(&c, s.port);
	for (uint32_t id = 1; id <= 3; id += 2) {
		http2_client_get(&c, id, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		http2_response_free(&r);
	}
	ck_assert_int_eq(http2_client_goaway(&c), HTTP2_NO_ERROR);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* RFC 9113 9.1 allows it: an idle connection has nothing to lose. */
START_TEST(the_oldest_idle_connection_makes_room)
{
	enum { ROOM = 4 };
	struct server s;
	struct http2_client clients[ROOM + 1];
	struct http2_response r;

	server_serve(&s, CONF_H2("\"limits\": {\"connections\": 4},"));
	for (int i = 0; i <= ROOM; i++) {
		/* One that has just been answered is not idle yet. */
		ck_assert(i < ROOM ||
			  client_is_silent(&clients[ROOM - 1].tcp, 200));
		http2_client_open(&clients[i], s.port);
		http2_client_get(&clients[i], 1, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		http2_response_free(&r);
	}
	ck_assert_int_eq(http2_client_goaway(&clients[0]), HTTP2_NO_ERROR);
	for (int i = 1; i <= ROOM; i++) {
		http2_client_get(&clients[i], 3, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		http2_response_free(&r);
		ck_assert_uint_eq(clients[i].ngoaways, 0);
	}
	for (int i = 0; i <= ROOM; i++)
		http2_client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_file_is_served_as_with_http1, 1 },
		{ large_files_come_as_windows_open, 1 },
		{ a_client_that_leaves_in_the_middle_harms_no_other, 1 },
		{ http1_is_spoken_beside_it, 1 },
		{ an_upload_is_echoed, 1 },
		{ a_malformed_request_ends_its_stream_alone, 1 },
		{ a_frame_that_must_not_come_ends_the_connection, 1 },
		{ rapid_resets_end_the_connection, 1 },
		{ too_many_fields_are_answered_with_431, 1 },
		{ an_idle_connection_ends_with_goaway, 1 },
		{ a_worker_that_leaves_ends_in_two_steps, ROWS(ends) },
		{ limits_requests_per_connection_ends_in_two_steps, 1 },
		{ the_oldest_idle_connection_makes_room, 1 },
	};

	return harness_run("http2", tests, ROWS(tests));
}
