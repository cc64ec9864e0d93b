/*
 * WebSockets of a module over real sockets: the handshake, messages, closes,
 * and peers that vanish.
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

#define CONF  LIVE_CONF("\"drain\": \"20s\"")
#define HASTY LIVE_CONF("\"drain\": \"20s\", \"write\": \"1s\"")

static struct server s;

START_TEST(a_handshake_response_has_the_fields_of_the_module)
{
	struct client c;
	struct response r;

	server_serve(&s, CONF);
	client_open(&c, s.port);
	ws_ask(&c, "/live/ws", "Sec-WebSocket-Protocol: good, other\r\n");
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 101);
	ck_assert(response_lists(&r, "Connection", "upgrade"));
	ck_assert(response_lists(&r, "Upgrade", "websocket"));
	ck_assert_str_eq(response_field(&r, "Sec-WebSocket-Protocol"), "good");
	ck_assert_str_eq(response_field(&r, "X-Way"), "at once");
	ck_assert_uint_eq(response_count(&r, "Content-Length"), 0);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(an_invalid_handshake_gets_upgrade_instructions)
{
	struct response r;

	server_serve(&s, CONF);
	client_fetch(s.port, "/live/ws", "", &r);
	ck_assert_int_eq(r.status, 426);
	ck_assert_str_eq(response_field(&r, "Sec-WebSocket-Version"), "13");
	ck_assert(response_lists(&r, "Upgrade", "websocket"));
	response_free(&r);
	client_fetch(s.port, "/live/ws",
		"Upgrade: websocket\r\nConnection: upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\n",
		&r);
	ck_assert_int_eq(r.status, 400);
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(messages_are_echoed_whatever_their_length)
{
	static const size_t lengths[] = { 0, 1, 125, 126, 65535, 65536,
		100000 };
	struct client c;
	struct ws_frame f;

	server_serve(&s, CONF);
	ws_open(&c, s.port, "/live/ws");
	for (size_t i = 0; i < ROWS(lengths); i++) {
		char *bytes = server_pattern(lengths[i]);

		ws_send(&c, WS_BINARY, bytes, lengths[i]);
		ws_recv(&c, &f);
		ck_assert_int_eq(f.first, WS_BINARY);
		ck_assert_uint_eq(f.len, lengths[i]);
		ck_assert_mem_eq(f.bytes, bytes, f.len);
		free(f.bytes);
		free(bytes);
	}
	ws_send(&c, 0x01, "frag", 4);
	ws_send(&c, WS_PING, "between", 7);
	ws_send(&c, 0x80, "ments", 5);
	ws_expect(&c, WS_PONG, "between");
	ws_expect(&c, WS_TEXT, "fragments");
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(frames_may_follow_the_handshake_at_once)
{
	struct client c;
	struct response r;

	server_serve(&s, CONF);
	client_open(&c, s.port);
	ws_ask(&c, _i == 0 ? "/live/ws" : "/live/ws-later", "");
	ws_say(&c, "early");
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 101);
	response_free(&r);
	if (_i == 1)
		ws_expect(&c, WS_TEXT, "welcome");
	ws_expect(&c, WS_TEXT, "early");
	client_close(&c);
	live_assert_counted(&s, "open 0");
	server_stop(&s);
}
END_TEST

static const struct {
	int first;
	const char *bytes;
	size_t len;
	int code, told;
} ends[] = {
	{ WS_CLOSE, "\x03\xe8", 2, 1000, 1000 },
	{ WS_CLOSE, "\x0f\xa0why", 5, 4000, 4000 },
	{ WS_CLOSE, "\x03", 1, 1002, 1006 },
	{ WS_CLOSE, "\x03\xed", 2, 1002, 1006 },
	{ 0x83, "", 0, 1002, 1006 },
	{ 0xc1, "", 0, 1002, 1006 },
	{ WS_TEXT, "\xff", 1, 1007, 1006 },
};

START_TEST(a_close_or_protocol_error_of_the_peer_ends_the_websocket)
{
	struct client c;
	char told[64];

	server_serve(&s, CONF);
	ws_open(&c, s.port, "/live/ws");
	ws_send(&c, ends[_i].first, ends[_i].bytes, ends[_i].len);
	ws_expect_close(&c, ends[_i].code);
	client_close(&c);
	snprintf(told, sizeof(told), "closes 1 last %d", ends[_i].told);
	live_assert_counted(&s, told);
	live_assert_counted(&s, "open 0 answered 1 ");
	server_stop(&s);
}
END_TEST

START_TEST(a_close_without_a_code_is_answered_without_one)
{
	struct client c;

	server_serve(&s, CONF);
	ws_open(&c, s.port, "/live/ws");
	ws_send(&c, WS_CLOSE, "", 0);
	ws_expect(&c, WS_CLOSE, "");
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	live_assert_counted(&s, "closes 1 last 1005");
	server_stop(&s);
}
END_TEST

START_TEST(an_overlong_message_is_closed_with_1009)
{
	struct client c;
	char *bytes = server_pattern(100001);

	server_serve(&s, CONF);
	ws_open(&c, s.port, "/live/ws");
	ws_send(&c, WS_BINARY, bytes, 100001);
	ws_expect_close(&c, 1009);
	client_close(&c);
	free(bytes);
	server_stop(&s);
}
END_TEST

START_TEST(a_close_of_the_module_waits_for_the_peer)
{
	struct client c;

	server_serve(&s, CONF);
	ws_open(&c, s.port, "/live/ws");
	ws_say(&c, "close 3001");
	ws_expect(&c, WS_CLOSE,
		"\x0b\xb9"
		"as you say");
	/* Frames after the close are ignored. */
	ws_say(&c, "too late");
	ws_send(&c, WS_PING, "", 0);
	ck_assert(client_is_silent(&c, 50));
	ws_send(&c, WS_CLOSE, "\x0b\xb9", 2);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	live_assert_counted(&s, "closes 1 last 3001");
	server_stop(&s);
}
END_TEST

START_TEST(a_peer_that_never_closes_is_disconnected)
{
	struct client c;

	server_serve(&s, HASTY);
	ws_open(&c, s.port, "/live/ws");
	ws_say(&c, "close 1000");
	ws_expect(&c, WS_CLOSE,
		"\x03\xe8"
		"as you say");
	ck_assert(client_is_eof(&c, DEADLINE));
	live_assert_counted(&s, "open 0");
	live_assert_counted(&s, "closes 1 last 1006");
	client_close(&c);
	server_stop(&s);
}
END_TEST

static void (*const ways[])(struct client *) = { client_close, client_reset,
	client_finish_sending };

START_TEST(a_vanished_peer_is_reported_to_the_module)
{
	struct client c;

	server_serve(&s, CONF);
	ws_open(&c, s.port, "/live/ws");
	ws_send(&c, 0x01, "half", 4);
	ways[_i](&c);
	live_assert_counted(&s, "open 0 answered 0 gone 1");
	live_assert_counted(&s, "closes 1 last 1006");
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_peer_that_reads_nothing_is_disconnected)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct client c;

	server_serve(&s, HASTY);
	client_open_narrow(&c, s.port, 4096);
	ws_ask(&c, "/live/ws", "");
	/* What does not fit into the kernel's buffers waits in ours. */
	while (!live_is_counted(&s, "open 0 answered 0 gone 1")) {
		ck_assert(deadline_left(deadline) > 0);
		ws_say(&c, "flood");
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_draining_worker_closes_with_going_away)
{
	struct client c, d;

	server_serve(&s, CONF);
	ws_open(&c, s.port, "/live/ws");
	if (_i == 0)
		live_reload(&s);
	else
		server_signal(&s, _i == 1 ? SIGTERM : SIGINT);
	ws_expect(&c, WS_CLOSE, "\x03\xe9");
	if (_i == 0) {
		ws_open(&d, s.port, "/live/ws");
		ws_say(&d, "new");
		ws_expect(&d, WS_TEXT, "new");
		client_close(&d);
	}
	ws_send(&c, WS_CLOSE, "\x03\xe9", 2);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	if (_i == 0)
		server_stop(&s);
	else
		server_finish(&s, 0);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_handshake_response_has_the_fields_of_the_module, 0 },
		{ an_invalid_handshake_gets_upgrade_instructions, 0 },
		{ messages_are_echoed_whatever_their_length, 0 },
		{ frames_may_follow_the_handshake_at_once, 2 },
		{ a_close_or_protocol_error_of_the_peer_ends_the_websocket,
			ROWS(ends) },
		{ a_close_without_a_code_is_answered_without_one, 0 },
		{ an_overlong_message_is_closed_with_1009, 0 },
		{ a_close_of_the_module_waits_for_the_peer, 0 },
		{ a_peer_that_never_closes_is_disconnected, 0 },
		{ a_vanished_peer_is_reported_to_the_module, ROWS(ways) },
		{ a_peer_that_reads_nothing_is_disconnected, 0 },
		{ a_draining_worker_closes_with_going_away, 3 },
	};

	return harness_run("websocket_module", tests, ROWS(tests));
}
