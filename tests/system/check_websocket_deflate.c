/*
 * permessage-deflate (RFC 7692) over real sockets: negotiated where the route
 * says so, and still there when the WebSocket has moved to another worker.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/ws_client.h"

#define CONF                                                                   \
	"{\"workers\": 1, \"control\": \"control\","                           \
	" \"listen\": [\"127.0.0.1:$PORT\"], " SERVER_TIMEOUTS ","             \
	" \"sites\": [{\"routes\": [{\"path\": \"/plain/*\","                  \
	" \"module\": \"" MODULES "/moves.so\","                               \
	" \"config\": {\"generation\": 1}},"                                   \
	" {\"path\": \"/deflate/*\", \"websocket_compress\": true,"            \
	" \"module\": \"" MODULES "/moves.so\","                               \
	" \"config\": {\"generation\": 1}},"                                   \
	" {\"path\": \"/live/*\", \"websocket_compress\": true,"               \
	" \"module\": \"" MODULES "/live.so\"}]}]}"

#define OFFER                                                                  \
	"Sec-WebSocket-Extensions: permessage-deflate; "                       \
	"client_max_window_bits\r\n"
#define HELLO "\xf2\x48\xcd\xc9\xc9\x07" /* RFC 7692 7.2.3.1; and a NUL */

enum { COMPRESSED_TEXT = 0xc1, LONG = 1000 };

static struct server s;

static void
open_with(struct client *c, const char *path, const char *fields, bool is_on)
{
	struct response r;

	client_open(c, s.port);
	ws_ask(c, path, fields);
	client_recv(c, &r);
	ck_assert_int_eq(r.status, 101);
	ck_assert_pstr_eq(response_field(&r, "Sec-WebSocket-Extensions"),
		is_on ? "permessage-deflate; server_no_context_takeover; "
			"client_no_context_takeover"
		      : NULL);
	response_free(&r);
}

START_TEST(it_is_used_where_route_and_client_want_it)
{
	static const struct {
		const char *path, *fields;
		bool is_on;
	} rows[] = {
		{ "/live/ws", OFFER, true },
		{ "/live/ws", "", false },
		{ "/plain/ws", OFFER, false },
	};
	char text[LONG + 1] = "";
	struct ws_frame f;
	struct client c;

	memset(text, 'a', LONG);
	server_serve(&s, CONF);
	for (size_t i = 0; i < ROWS(rows); i++) {
		open_with(&c, rows[i].path, rows[i].fields, rows[i].is_on);
		ws_say(&c, text);
		ws_recv(&c, &f);
		if (rows[i].is_on) {
			ck_assert_int_eq(f.first, COMPRESSED_TEXT);
			ck_assert_uint_lt(f.len, LONG / 10);
		} else {
			ck_assert_int_eq(f.first, WS_TEXT);
		}
		free(f.bytes);
		ws_send(&c, COMPRESSED_TEXT, HELLO, sizeof(HELLO));
		if (rows[i].is_on)
			ws_expect(&c, WS_TEXT, "Hello");
		else
			ws_expect_close(&c, 1002);
		client_close(&c);
	}
	server_stop(&s);
}
END_TEST

START_TEST(bad_data_is_closed_with_1007)
{
	struct client c;

	server_serve(&s, CONF);
	open_with(&c, "/live/ws", OFFER, true);
	ws_send(&c, COMPRESSED_TEXT, "\x06", 1);
	ws_expect_close(&c, 1007);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* The next worker knows of it from the one before, not from its route. */
START_TEST(it_moves_with_the_websocket)
{
	static const char *const paths[] = { "/deflate/ws", "/plain/ws" };
	struct client c[ROWS(paths)];

	server_init(&s);
	server_start(&s, CONF);
	for (size_t i = 0; i < ROWS(paths); i++) {
		open_with(&c[i], paths[i], OFFER, i == 0);
		ws_say(&c[i], "a");
		ws_expect(&c[i], WS_TEXT, "1 of 1");
	}
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "generation 1 gave 2 away", DEADLINE));
	ws_send(&c[0], COMPRESSED_TEXT, HELLO, sizeof(HELLO));
	ws_expect(&c[0], WS_TEXT, "2 of 1");
	ws_send(&c[1], COMPRESSED_TEXT, HELLO, sizeof(HELLO));
	ws_expect_close(&c[1], 1002);
	for (size_t i = 0; i < ROWS(paths); i++)
		client_close(&c[i]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ it_is_used_where_route_and_client_want_it, 0 },
		{ bad_data_is_closed_with_1007, 0 },
		{ it_moves_with_the_websocket, 0 },
	};

	return harness_run("websocket_deflate", tests, ROWS(tests));
}
