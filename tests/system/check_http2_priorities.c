/*
 * The order of contents over HTTP/2 is that of RFC 9218.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/http2_client.h"
#include "support/server.h"

enum { SIZE = 150000, WINDOW = 65535 };

static struct server s;
static struct http2_client c;

static void
start(void)
{
	char *bytes = server_pattern(SIZE);

	server_init(&s);
	server_file(&s, "www/large", bytes, SIZE);
	free(bytes);
	server_start(&s,
		"{\"workers\": 1, \"listen\": [{\"address\": "
		"\"127.0.0.1:$PORT\", \"protocols\": [\"h2\", \"http/1.1\"]}],"
		"\"timeouts\": {\"drain_delay\": \"0s\"}," SERVER_SITES "}");
	http2_client_open(&c, s.port);
}

static void
ask(uint32_t id, const char *fields)
{
	http2_client_request(&c, id, "GET", "/large", fields, HTTP2_END_STREAM);
}

/* Of streams nothing is held back, but the connection has no window left. */
static void
use_up_window(void)
{
	struct http2_frame f;
	size_t came = 0;

	http2_client_send(&c, HTTP2_SETTINGS, 0, 0, "\0\4\0\x10\0\0", 6);
	ask(1, "");
	while (came < WINDOW) {
		ck_assert(http2_client_read(&c, &f));
		came += f.type == HTTP2_DATA ? f.len : 0;
		if (f.type == HTTP2_SETTINGS && !(f.flags & HTTP2_ACK))
			http2_client_send(
				&c, HTTP2_SETTINGS, HTTP2_ACK, 0, "", 0);
	}
	http2_client_send(&c, HTTP2_RST_STREAM, 0, 1, "\0\0\0\x08", 4);
}

/* All that was sent before has been read. */
static void
wait_for_server(void)
{
	struct http2_frame f;

	http2_client_send(&c, HTTP2_PING, 0, 0, "12345678", 8);
	do
		ck_assert(http2_client_read(&c, &f));
	while (f.type != HTTP2_PING);
}

/* The ids of the streams, one for each change from one to another. */
static void
read_order(char *order, size_t size)
{
	size_t came = 0, len = 0;
	struct http2_frame f;
	uint32_t last = 0;

	http2_client_send(&c, HTTP2_WINDOW_UPDATE, 0, 0, "\0\x10\0\0", 4);
	while (came < (size_t)2 * SIZE) {
		ck_assert(http2_client_read(&c, &f));
		if (f.type != HTTP2_DATA || f.len == 0)
			continue;
		came += f.len;
		if (f.id != last && len + 1 < size)
			order[len++] = (char)('0' + f.id);
		last = f.id;
	}
	order[len] = '\0';
}

static const struct {
	const char *first, *second; /* fields of streams 3 and 5 */
	const char *update;         /* PRIORITY_UPDATE, or NULL */
	size_t len;
	const char *order; /* "": in turns */
} rows[] = {
	{ "", "", NULL, 0, "35" },
	{ "priority: u=6\n", "priority: u=1\n", NULL, 0, "53" },
	{ "priority: u=1\n", "priority: u=6\n", NULL, 0, "35" },
	{ "priority: u=4\n", "", NULL, 0, "53" },
	{ "priority: i\n", "priority: i\n", NULL, 0, "" },
	{ "priority: u=2, i\n", "priority: u=1, i\n", NULL, 0, "53" },
	{ "priority: u=9\n", "", NULL, 0, "35" },
	{ "", "", "\0\0\0\3u=7", 7, "53" },
	{ "priority: u=7\n", "", "\0\0\0\3u=0", 7, "35" },
};

START_TEST(contents_come_by_urgency_and_in_turns)
{
	char order[64];

	start();
	use_up_window();
	ask(3, rows[_i].first);
	ask(5, rows[_i].second);
	if (rows[_i].update != NULL)
		http2_client_send(&c, HTTP2_PRIORITY_UPDATE, 0, 0,
			rows[_i].update, rows[_i].len);
	wait_for_server();
	read_order(order, sizeof(order));
	if (rows[_i].order[0] != '\0')
		ck_assert_str_eq(order, rows[_i].order);
	else
		ck_assert_msg(strlen(order) > 10, "%s", order);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* RFC 9218 7.1: for a stream that is yet to come; and one that is malformed. */
START_TEST(updates_of_idle_streams_are_bounded)
{
	char payload[7] = "\0\0\0\0u=1";
	struct http2_response r;

	start();
	for (int i = 3; i < 40; i += 2) {
		payload[3] = (char)i;
		http2_client_send(&c, HTTP2_PRIORITY_UPDATE, 0, 0, payload, 7);
	}
	http2_client_get(&c, 41, "/large", &r);
	ck_assert_int_eq(r.status, 200);
	http2_response_free(&r);
	http2_client_send(&c, HTTP2_PRIORITY_UPDATE, 0, 5, payload, 7);
	ck_assert_int_eq(http2_client_goaway(&c), HTTP2_PROTOCOL_ERROR);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* RFC 9218 7.1 */
START_TEST(an_update_of_stream_0_ends_the_connection)
{
	start();
	http2_client_send(&c, HTTP2_PRIORITY_UPDATE, 0, 0, "\0\0\0\0u=1", 7);
	ck_assert_int_eq(http2_client_goaway(&c), HTTP2_PROTOCOL_ERROR);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ contents_come_by_urgency_and_in_turns, ROWS(rows) },
		{ updates_of_idle_streams_are_bounded, 1 },
		{ an_update_of_stream_0_ends_the_connection, 1 },
	};

	return harness_run("http2_priorities", tests, ROWS(tests));
}
