/*
 * What goes with a connection of HTTP/2 from one worker to another: windows,
 * identifiers, counts, and what the client does not know.
 * SPDX-License-Identifier: MIT
 */
#include <nghttp2/nghttp2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/http2_deploy.h"
#include "support/test_deadline.h"

enum { WINDOW = 1024 * 1024 };

static struct deploy d;

/* ---- what is handed over ------------------------------------------------- */

/* Reads the content of a stream, gives no window back, and stops after so many
 * bytes. */
static void
read_content(uint32_t id, size_t len)
{
	struct http2_frame f;
	size_t got = 0;

	while (got < len) {
		ck_assert(deploy_read_frame(&d, &f));
		if (f.type == HTTP2_DATA && f.id == id)
			got += f.len;
	}
	ck_assert_uint_eq(got, len);
}

/* The client lets the server send 65,535 bytes in all. */
START_TEST(the_window_of_the_client_is_handed_over)
{
	static const unsigned char step[4] = { 0, 0, 0x86, 0xa1 }; /* 34,465 */

	deploy_begin(&d, DRAIN("20s"));
	deploy_ask(&d, 1, "/small");
	read_content(1, DEPLOY_SMALL);
	deploy_reload(&d);
	deploy_follow(&d);
	deploy_ask(&d, 3, "/large");
	read_content(3, 65535 - DEPLOY_SMALL);
	ck_assert(client_is_silent(&d.c.tcp, 100));
	http2_client_send(&d.c, HTTP2_WINDOW_UPDATE, 0, 0, step, sizeof(step));
	read_content(3, DEPLOY_LARGE - (65535 - DEPLOY_SMALL));
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

static void
upload(uint32_t id)
{
	char *bytes = server_pattern(DEPLOY_SMALL);
	struct http2_response r;

	http2_client_request(&d.c, id, "POST", "/echo", "", 0);
	for (size_t at = 0; at < DEPLOY_SMALL; at += DEPLOY_SMALL / 4)
		http2_client_send(&d.c, HTTP2_DATA,
			at + DEPLOY_SMALL / 4 == DEPLOY_SMALL ? HTTP2_END_STREAM
							      : 0,
			id, bytes + at, DEPLOY_SMALL / 4);
	http2_client_response(&d.c, id, &r);
	ck_assert_uint_eq(r.len, DEPLOY_SMALL);
	ck_assert_int_eq(memcmp(r.body, bytes, r.len), 0);
	deploy_assert_generation(&r, d.generation);
	http2_response_free(&r);
	free(bytes);
}

/* Its window is what it was when it had sent nothing. */
START_TEST(the_window_of_the_server_is_opened_again)
{
	deploy_begin(&d, DRAIN("20s"));
	upload(1);
	upload(3);
	ck_assert_int_lt(d.c.window, WINDOW);
	deploy_reload(&d);
	deploy_follow(&d);
	ck_assert(client_has(&d.c.tcp, 13, DEADLINE));
	upload(5);
	ck_assert_int_eq(d.c.window, WINDOW - DEPLOY_SMALL);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* RFC 9113 6.9: it was received, and takes from the window of the connection
 * until that is opened again. */
START_TEST(content_that_no_handler_takes_opens_the_window_again)
{
	enum { STREAMS = 30, PART = 15000 };
	static const unsigned char cancel[4] = { 0, 0, 0, HTTP2_CANCEL };
	char *part = server_pattern(PART);
	uint32_t id = 1;

	deploy_begin(&d, DRAIN("20s"));
	for (int i = 0; i < STREAMS; i++, id += 2) {
		http2_client_request(&d.c, id, "PUT", "/takes/slow", "", 0);
		for (int k = 0; k < 4; k++)
			http2_client_send(&d.c, HTTP2_DATA, 0, id, part, PART);
		http2_client_send(&d.c, HTTP2_RST_STREAM, 0, id, cancel, 4);
		deploy_get(&d, id += 2);
	}
	free(part);
	ck_assert_int_ge(d.c.window, WINDOW / 2);
	deploy_end(&d);
}
END_TEST

/* SETTINGS_HEADER_TABLE_SIZE, which the client's decoder follows. */
static void
set_table_size(unsigned size)
{
	const unsigned char payload[] = { 0, 1, 0, 0,
		(unsigned char)(size >> 8), (unsigned char)size };
	struct http2_frame f;

	http2_client_send(&d.c, HTTP2_SETTINGS, 0, 0, payload, sizeof(payload));
	nghttp2_hd_inflate_change_table_size(d.c.inflater, size);
	do
		ck_assert(deploy_read_frame(&d, &f));
	while (f.type != HTTP2_SETTINGS || (f.flags & HTTP2_ACK) == 0);
}

/* RFC 7541 4.2: no block has told the client of the larger table yet. */
START_TEST(the_table_of_the_client_is_one_that_it_knows)
{
	deploy_begin(&d, DRAIN("20s"));
	deploy_get(&d, 1);
	set_table_size(0);
	deploy_get(&d, 3);
	set_table_size(4096);
	deploy_reload(&d);
	deploy_follow(&d);
	for (uint32_t id = 5; id <= 11; id += 2)
		deploy_get(&d, id);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* Frames for streams that the new worker has never seen. */
static const struct {
	enum http2_type type;
	const char *payload;
	size_t len;
} late[] = {
	{ HTTP2_WINDOW_UPDATE, "\0\0\1\0", 4 },
	{ HTTP2_PRIORITY, "\0\0\0\0\x10", 5 },
	{ HTTP2_RST_STREAM, "\0\0\0\x08", 4 },
};

START_TEST(frames_for_streams_of_the_old_worker_are_ignored)
{
	deploy_begin(&d, DRAIN("20s"));
	deploy_get(&d, 1);
	deploy_reload(&d);
	deploy_follow(&d);
	for (size_t i = 0; i < ROWS(late); i++)
		http2_client_send(
			&d.c, late[i].type, 0, 1, late[i].payload, late[i].len);
	deploy_get(&d, 3);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* It has refused the content, some of which was on its way. */
START_TEST(content_for_a_stream_that_was_reset_is_ignored)
{
	struct http2_response r;
	struct http2_frame f;
	char part[1000] = "";

	deploy_begin(&d, DRAIN("20s") "\"limits\": {\"body\": 10},");
	http2_client_request(
		&d.c, 1, "POST", "/echo", "content-length: 3000\n", 0);
	http2_client_response(&d.c, 1, &r);
	ck_assert_int_eq(r.status, 413);
	http2_response_free(&r);
	do
		ck_assert(http2_client_read(&d.c, &f));
	while (f.type != HTTP2_RST_STREAM);
	deploy_reload(&d);
	deploy_follow(&d);
	http2_client_send(&d.c, HTTP2_DATA, 0, 1, part, sizeof(part));
	http2_client_send(
		&d.c, HTTP2_DATA, HTTP2_END_STREAM, 1, part, sizeof(part));
	deploy_get(&d, 3);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

START_TEST(limits_requests_per_connection_counts_over_a_reload)
{
	deploy_begin(&d,
		DRAIN("20s") "\"limits\": {\"requests_per_connection\": 3},");
	deploy_get(&d, 1);
	deploy_get(&d, 3);
	deploy_reload(&d);
	deploy_follow(&d);
	deploy_get(&d, 5);
	ck_assert_int_eq(http2_client_goaway(&d.c), HTTP2_NO_ERROR);
	deploy_end(&d);
}
END_TEST

/* The client has not answered the PING between the two GOAWAY frames. */
START_TEST(a_connection_that_ends_does_not_move)
{
	struct http2_frame f;
	int64_t began;

	deploy_begin(&d,
		DRAIN("20s") "\"limits\": {\"requests_per_connection\": 1},");
	deploy_ask(&d, 1, "/live/endless");
	do
		ck_assert(http2_client_read(&d.c, &f));
	while (d.c.ngoaways < 1);
	began = deadline_now();
	deploy_reload(&d);
	http2_client_send(&d.c, HTTP2_PING, 0, 0, "12345678", 8);
	do {
		ck_assert(http2_client_read(&d.c, &f));
		ck_assert_int_ne(f.type, HTTP2_SETTINGS);
	} while (d.c.ngoaways < 2);
	ck_assert_int_lt(deadline_now() - began, 5000);
	deploy_end(&d);
}
END_TEST

/* ---- field blocks ------------------------------------------------------- */

/* GET /hello.txt, and "x-a: b" by the table's newest entry. */
static const char refers[] = "\x82\x86\1\1a\4\x0a/hello.txt\xbe";
static const char enters[] = "\x82\x86\1\1a\4\x0a/hello.txt\x40\3x-a\1b";

static void
send_block(uint32_t id, const char *block, size_t len)
{
	http2_client_send(&d.c, HTTP2_HEADERS,
		HTTP2_END_HEADERS | HTTP2_END_STREAM, id, block, len);
}

/* RFC 7541 4.2 forbids it.  What it asks while streams finish is served, and it
 * stays with the old worker. */
START_TEST(a_client_that_keeps_its_table_stays)
{
	struct http2_frame f;

	deploy_begin(&d, DRAIN("2s"));
	send_block(1, enters, sizeof(enters) - 1);
	deploy_assert_response(&d, 1, "hello\n", 1);
	deploy_reload(&d);
	deploy_wait_for_table(&d, 0);
	deploy_ask(&d, 3, "/live/later?ms=100");
	deploy_acknowledge(&d);
	send_block(5, refers, sizeof(refers) - 1);
	deploy_assert_response(&d, 5, "hello\n", 1);
	while (d.c.ngoaways < 2)
		ck_assert(deploy_read_frame(&d, &f));
	deploy_end(&d);
}
END_TEST

/* When it has moved, it is told that the request can be sent again. */
START_TEST(a_client_that_keeps_its_table_is_told_which_requests_were_not_served)
{
	struct http2_frame f;

	deploy_begin(&d, DRAIN("20s"));
	send_block(1, enters, sizeof(enters) - 1);
	deploy_assert_response(&d, 1, "hello\n", 1);
	deploy_reload(&d);
	deploy_follow(&d);
	send_block(3, refers, sizeof(refers) - 1);
	do
		ck_assert(deploy_read_frame(&d, &f));
	while (f.type != HTTP2_GOAWAY);
	ck_assert_int_eq(memcmp(f.payload, "\0\0\0\1", 4), 0);
	deploy_end(&d);
}
END_TEST

/* Some clients do not tell the size of their table, and never refer to it. */
START_TEST(a_client_without_a_table_moves)
{
	deploy_begin(&d, DRAIN("20s"));
	for (uint32_t id = 1; id < 9; id += 2) {
		send_block(id, enters, sizeof(enters) - 1);
		deploy_assert_response(&d, id, "hello\n", d.generation);
		deploy_reload(&d);
		deploy_follow(&d);
	}
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* Others tell that it is empty, and that it is not any more. */
START_TEST(a_client_that_empties_its_table_fills_it_again)
{
	static const char empties[] = "\x20\x82\x86\1\1a\4\x0a/hello.txt";
	static const char fills[] = "\x3f\xe1\x1f\x82\x86\1\1a\4\x0a"
				    "/hello.txt\x40\3x-a\1b";

	deploy_begin(&d, DRAIN("20s"));
	send_block(1, enters, sizeof(enters) - 1);
	deploy_assert_response(&d, 1, "hello\n", 1);
	deploy_reload(&d);
	deploy_read_until_table(&d, 0);
	send_block(3, empties, sizeof(empties) - 1);
	deploy_read_until_table(&d, DEPLOY_TABLE);
	deploy_assert_response(&d, 3, "hello\n", 2);
	send_block(5, fills, sizeof(fills) - 1);
	deploy_assert_response(&d, 5, "hello\n", 2);
	send_block(7, refers, sizeof(refers) - 1);
	deploy_assert_response(&d, 7, "hello\n", 2);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_window_of_the_client_is_handed_over, 1 },
		{ the_window_of_the_server_is_opened_again, 1 },
		{ content_that_no_handler_takes_opens_the_window_again, 1 },
		{ the_table_of_the_client_is_one_that_it_knows, 1 },
		{ frames_for_streams_of_the_old_worker_are_ignored, 1 },
		{ content_for_a_stream_that_was_reset_is_ignored, 1 },
		{ limits_requests_per_connection_counts_over_a_reload, 1 },
		{ a_connection_that_ends_does_not_move, 1 },
		{ a_client_that_keeps_its_table_stays, 1 },
		{ a_client_that_keeps_its_table_is_told_which_requests_were_not_served,
			1 },
		{ a_client_without_a_table_moves, 1 },
		{ a_client_that_empties_its_table_fills_it_again, 1 },
	};

	return harness_run("http2_handover", tests, ROWS(tests));
}
