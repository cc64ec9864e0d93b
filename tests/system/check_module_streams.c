/*
 * What a module answers in parts, over real sockets; and clients that vanish
 * meanwhile.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/live_server.h"
#include "support/test_deadline.h"
#include "support/ws_client.h"

#define PATIENT LIVE_CONF("\"drain\": \"20s\"")

static struct server s;

/* ---- in parts ----------------------------------------------------------- */

static const size_t sizes[] = { 0, 1, 8191, 8192, 8193, 1000000, 5000000 };

START_TEST(a_stream_is_chunked_and_complete)
{
	struct client c;
	struct response r;
	char path[64];

	server_serve(&s, PATIENT);
	client_open(&c, s.port);
	snprintf(path, sizeof(path), "/live/stream?size=%zu", sizes[_i]);
	client_get(&c, path, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.len, sizes[_i]);
	ck_assert_uint_eq(strspn(r.body, "x"), sizes[_i]);
	ck_assert_str_eq(response_field(&r, "Transfer-Encoding"), "chunked");
	ck_assert_uint_eq(response_count(&r, "Content-Length"), 0);
	response_free(&r);
	/* The connection persists. */
	client_get_text(&c, "/hello.txt", "hello\n");
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_stream_ends_with_the_connection_in_http_1_0)
{
	struct response r;

	server_serve(&s, PATIENT);
	client_ask(s.port,
		"GET /live/stream?size=20000 HTTP/1.0\r\n"
		"Connection: keep-alive\r\n\r\n",
		&r);
	ck_assert_int_eq(r.status, 200);
	ck_assert(r.until_eof);
	ck_assert_uint_eq(r.len, 20000);
	ck_assert_uint_eq(response_count(&r, "Transfer-Encoding"), 0);
	response_free(&r);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *method, *query;
	int status;
} silent[] = {
	{ "HEAD", "?size=9", 200 },
	{ "GET", "?size=9&status=204", 204 },
	{ "GET", "?size=9&status=304", 304 },
};

START_TEST(a_stream_without_content_ends_at_once)
{
	struct client c;
	struct response r;
	char text[256];

	server_serve(&s, PATIENT);
	client_open(&c, s.port);
	snprintf(text, sizeof(text),
		"%s /live/stream%s HTTP/1.1\r\nHost: a\r\n\r\n",
		silent[_i].method, silent[_i].query);
	client_say(&c, text);
	if (silent[_i].method[0] == 'H')
		client_recv_head(&c, &r);
	else
		client_recv(&c, &r);
	ck_assert_int_eq(r.status, silent[_i].status);
	ck_assert_uint_eq(r.len, 0);
	response_free(&r);
	client_get_text(&c, "/hello.txt", "hello\n");
	client_close(&c);
	live_assert_counted(&s, "open 0 answered 1");
	server_stop(&s);
}
END_TEST

START_TEST(a_write_over_one_mebibyte_is_refused)
{
	struct response r;

	server_serve(&s, PATIENT);
	client_fetch(s.port, "/live/flood", "", &r);
	ck_assert_uint_gt(r.len, 1000 * 1024);
	ck_assert_uint_le(r.len, 1024 * 1024);
	response_free(&r);
	ck_assert(server_log_has(&s, "flood: 127 1 ", DEADLINE));
	server_stop(&s);
}
END_TEST

/* The client takes nothing of the first answer, of many times as much as may
 * wait of the second, until both are made. */
START_TEST(queued_earlier_responses_do_not_reduce_the_limit_of_a_stream)
{
	enum { LARGE = 16 * 1024 * 1024 };
	char *large = calloc(1, LARGE);
	struct client c;
	struct response r;

	ck_assert_ptr_nonnull(large);
	server_serve(&s, PATIENT);
	server_file(&s, "www/large.bin", large, LARGE);
	client_open(&c, s.port);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /live/flood HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(server_log_has(&s, "flood: 127 1 ", DEADLINE));
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, LARGE);
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, 127 * 8192);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
	free(large);
}
END_TEST

START_TEST(a_write_after_the_end_is_refused)
{
	struct client c;

	live_serve(&s, PATIENT, "module live: ");
	client_open(&c, s.port);
	client_get_text(&c, "/live/twice", "once\n");
	client_get_text(&c, "/live/later", "later\n");
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(events_are_formatted_for_browsers)
{
	static const char expected[] = "id: 1\nevent: hello\n"
				       "data: one\ndata: two\ndata: three\n"
				       "data: four\n\n";
	struct client c;

	live_serve(&s, PATIENT, "prong_sse_send()");
	client_open(&c, s.port);
	client_say(&c, "GET /live/events?bad=1 HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(&c, expected, DEADLINE));
	ck_assert(client_hears(&c, "data: \n\n", DEADLINE));
	ck_assert(
		client_hears(&c, "\r\nContent-Type: text/event-stream\r\n", 0));
	ck_assert(client_hears(&c, "\r\nCache-Control: no-store\r\n", 0));
	ck_assert(client_hears(&c, "\r\nX-Accel-Buffering: no\r\n", 0));
	client_close(&c);
	live_assert_counted(&s, "open 0 answered 0 gone 1");
	server_stop(&s);
}
END_TEST

static void (*const leaves[])(struct client *) = { client_close, client_reset };

/* What it sent too early hides its end, and nothing is sent to it. */
START_TEST(a_disconnect_behind_pipelined_input_is_detected)
{
	struct response r;
	struct client c;

	server_serve(&s, LIVE_CONF("\"handler\": \"500ms\""));
	client_open(&c, s.port);
	client_say(&c, "GET /live/endless HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(&c, "begun\n", DEADLINE));
	client_say(&c, "GET");
	client_fetch(s.port, "/hello.txt", "", &r);
	response_free(&r);
	leaves[_i](&c);
	live_assert_counted(&s, "open 0 answered 0 gone 1");
	server_stop(&s);
}
END_TEST

START_TEST(a_stream_is_logged_once_at_its_end)
{
	struct response r;
	struct client c;

	server_serve(&s, PATIENT);
	client_fetch(s.port, "/live/stream?size=3000000", "", &r);
	response_free(&r);
	/* 366 chunks of 8192 bytes and one of 1728, each with its frame. */
	ck_assert(server_file_has(&s, "access.log",
		"\"status\":200,\"bytes\":3002940,", DEADLINE));
	client_open(&c, s.port);
	client_say(&c, "GET /live/endless HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(&c, "begun\n", DEADLINE));
	client_close(&c);
	ck_assert(server_file_has(
		&s, "access.log", "\"complete\":false", DEADLINE));
	server_stop(&s);
}
END_TEST

static const struct {
	size_t len;
	bool is_chunked;
	enum client_result result; /* limits.body is 1 MiB */
} pours[] = {
	{ 1, false, CLIENT_OK },
	{ 1000000, false, CLIENT_OK },
	{ 1000000, true, CLIENT_OK },
	{ 1500000, true, CLIENT_CUT },
};

/* In chunks of the whole length; the last one is missing where it would be
 * too late. */
static void
send_content(struct client *c, const char *bytes, size_t len, bool is_chunked)
{
	char text[256];

	snprintf(text, sizeof(text),
		is_chunked ? "POST /live/pour HTTP/1.1\r\nHost: a\r\n"
			     "Transfer-Encoding: chunked\r\n\r\n%zx\r\n"
			   : "POST /live/pour HTTP/1.1\r\nHost: a\r\n"
			     "Content-Length: %zu\r\n\r\n",
		len);
	client_say(c, text);
	client_send(c, bytes, len);
	if (is_chunked)
		client_say(c, "\r\n0\r\n\r\n");
}

START_TEST(a_response_may_start_while_the_body_arrives)
{
	size_t len = pours[_i].len;
	char *bytes = server_pattern(len);
	struct response r;
	struct client c;

	server_serve(&s, PATIENT);
	client_open(&c, s.port);
	send_content(&c, bytes, len, pours[_i].is_chunked);
	ck_assert_int_eq(client_try_recv(&c, &r, false), pours[_i].result);
	if (pours[_i].result == CLIENT_OK) {
		ck_assert_uint_eq(r.len, len);
		ck_assert_mem_eq(r.body, bytes, len);
		live_assert_counted(&s, "open 0 answered 1");
	} else {
		live_assert_counted(
			&s, "open 0 answered 0 gone 0 late 0 refused 1");
	}
	response_free(&r);
	client_close(&c);
	free(bytes);
	server_stop(&s);
}
END_TEST

/* ---- disconnects -------------------------------------------------------- */

START_TEST(a_client_that_reads_nothing_is_disconnected)
{
	struct client c;

	server_serve(&s, LIVE_CONF("\"write\": \"500ms\""));
	client_open_narrow(&c, s.port, 4096);
	client_say(&c, "GET /live/stream?size=99000000 HTTP/1.1\r\n"
		       "Host: a\r\n\r\n");
	live_assert_counted(&s, "open 0 answered 0 gone 1");
	client_close(&c);
	server_stop(&s);
}
END_TEST

static void (*const ways[])(struct client *) = { client_close, client_reset,
	client_finish_sending };

static const struct {
	const char *path;
	const char *heard; /* before it vanishes; NULL: nothing */
} steps[] = {
	{ "/live/later?ms=9999", NULL },
	{ "/live/hold", NULL },
	{ "/live/endless", NULL },
	{ "/live/endless", "HTTP/1.1 200" },
	{ "/live/endless", "begun" },
	{ "/live/stream?size=999000000", "xxxxxxxx" },
	{ "/live/events", "event: hello" },
	{ "/live/ws", "\r\n\r\n" },
	{ "/live/ws-later", NULL },
	{ "/live/ws-later", "welcome" },
};

START_TEST(a_vanished_client_leaves_nothing_behind)
{
	enum { TIMES = 5 };
	struct client c;

	server_serve(&s, PATIENT);
	for (int i = 0; i < TIMES * (int)ROWS(ways); i++) {
		client_open(&c, s.port);
		ws_ask(&c, steps[_i].path, "");
		live_assert_counted(&s, "open ");
		if (steps[_i].heard != NULL)
			ck_assert(client_hears(&c, steps[_i].heard, DEADLINE));
		ways[i % (int)ROWS(ways)](&c);
		client_discard(&c, 1 << 30, 1);
		live_assert_counted(&s, "open 0");
		client_close(&c);
	}
	ck_assert(server_is_at_rest(&s, DEADLINE));
	server_stop(&s);
}
END_TEST

/* ---- draining workers --------------------------------------------------- */

static void
open_stream(struct client *c, const char *path, const char *heard)
{
	char text[256];

	client_open(c, s.port);
	snprintf(
		text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
	client_say(c, text);
	ck_assert(client_hears(c, heard, DEADLINE));
}

START_TEST(streams_end_cleanly_at_the_end_of_a_drain)
{
	struct client endless, events, held;
	struct response r;

	server_serve(&s, LIVE_CONF("\"drain\": \"2s\""));
	open_stream(&endless, "/live/endless", "begun");
	open_stream(&events, "/live/events", "event: hello");
	client_open(&held, s.port);
	client_say(&held, "GET /live/hold HTTP/1.1\r\nHost: a\r\n\r\n");
	live_assert_counted(&s, "open 3");
	if (_i == 0)
		live_reload(&s);
	else
		server_signal(&s, _i == 1 ? SIGTERM : SIGINT);
	client_recv(&endless, &r);
	ck_assert_str_eq(r.body, "begun\n");
	response_free(&r);
	ck_assert(client_is_eof(&endless, DEADLINE));
	client_recv(&events, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	ck_assert(client_is_eof(&events, DEADLINE));
	client_recv(&held, &r);
	ck_assert_int_eq(r.status, 503);
	response_free(&r);
	client_close(&endless);
	client_close(&events);
	client_close(&held);
	if (_i > 0) {
		server_finish(&s, 0);
		return;
	}
	open_stream(&events, "/live/events", "event: hello");
	client_close(&events);
	ck_assert(server_log_has(&s, "draining: 1", DEADLINE));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_stream_is_chunked_and_complete, ROWS(sizes) },
		{ a_stream_ends_with_the_connection_in_http_1_0, 0 },
		{ a_stream_without_content_ends_at_once, ROWS(silent) },
		{ a_write_over_one_mebibyte_is_refused, 0 },
		{ queued_earlier_responses_do_not_reduce_the_limit_of_a_stream,
			0 },
		{ a_disconnect_behind_pipelined_input_is_detected,
			ROWS(leaves) },
		{ a_write_after_the_end_is_refused, 0 },
		{ events_are_formatted_for_browsers, 0 },
		{ a_stream_is_logged_once_at_its_end, 0 },
		{ a_response_may_start_while_the_body_arrives, ROWS(pours) },
		{ a_client_that_reads_nothing_is_disconnected, 0 },
		{ a_vanished_client_leaves_nothing_behind, ROWS(steps) },
		{ streams_end_cleanly_at_the_end_of_a_drain, 3 },
	};

	return harness_run("module_streams", tests, ROWS(tests));
}
