/*
 * WebSockets over HTTP/2 (RFC 8441): modules speak them as over HTTP/1.1.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/harness.h"
#include "support/http2_client.h"
#include "support/live_server.h"
#include "support/server.h"
#include "support/ws_client.h"

#define CONF(routes)                                                           \
	"{\"workers\": 1, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	"\"protocols\": [\"http/1.1\", \"h2\"]}], \"control\": \"control\","   \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\","                \
	"\"format\": \"json\"}},"                                              \
	"\"timeouts\": {\"drain_delay\": \"0s\"},"                             \
	"\"sites\": [{\"routes\": [" routes                                    \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"
#define MODULE                                                                 \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/fixed\", \"return\": 200, \"text\": \"yes\"},"

#define CONNECT(path)                                                          \
	":method: CONNECT\n:protocol: websocket\n:scheme: http\n"              \
	":authority: localhost\n:path: " path "\n"
#define VERSION_13 "sec-websocket-version: 13\n"

enum { COMPRESSED_TEXT = 0xc1 };

static struct server s;
static struct http2_client c;

static void
start(const char *conf)
{
	server_serve(&s, conf);
	http2_client_open(&c, s.port);
}

static void
stop(void)
{
	http2_client_close(&c);
	server_stop(&s);
}

/* A masked frame as one DATA frame; up to 125 bytes. */
static void
say(int first, const char *bytes, size_t len, unsigned flags)
{
	static const unsigned char key[4] = { 0x37, 0xfa, 0x21, 0x3d };
	unsigned char frame[131] = { (unsigned char)first,
		(unsigned char)(0x80 | len), key[0], key[1], key[2], key[3] };

	for (size_t i = 0; i < len; i++)
		frame[6 + i] = (unsigned char)bytes[i] ^ key[i % 4];
	http2_client_send(&c, HTTP2_DATA, flags, 1, frame, 6 + len);
}

/* The next frame of this type on the stream. */
static void
read_frame(enum http2_type type, struct http2_frame *f)
{
	do
		ck_assert(http2_client_read(&c, f));
	while (f->type != type || (f->id != 1 && type != HTTP2_GOAWAY));
}

static void
expect(int first, const char *bytes, size_t len)
{
	struct http2_frame f;

	read_frame(HTTP2_DATA, &f);
	ck_assert_uint_eq(f.len, 2 + len);
	ck_assert_int_eq(f.payload[0], first);
	ck_assert_int_eq(f.payload[1], (int)len);
	ck_assert_int_eq(memcmp(f.payload + 2, bytes, len), 0);
}

/* The END_STREAM of the server, on an empty DATA frame or another. */
static void
expect_end(void)
{
	struct http2_frame f;

	do
		read_frame(HTTP2_DATA, &f);
	while (!(f.flags & HTTP2_END_STREAM));
}

/* The protocol of the handshake; HEADERS without END_STREAM. */
static void
open_websocket(const char *path, const char *fields)
{
	char all[512];
	struct http2_frame f;

	snprintf(all, sizeof(all), CONNECT("%s") VERSION_13 "%s", path, fields);
	http2_client_headers(&c, 1, all, 0);
	read_frame(HTTP2_HEADERS, &f);
	ck_assert_int_eq(f.payload[0], 0x88); /* :status 200 */
	ck_assert_int_eq(f.flags & HTTP2_END_STREAM, 0);
}

static const char *const paths[] = { "/live/ws", "/live/ws-later" };

START_TEST(messages_go_both_ways_until_the_close)
{
	start(CONF(MODULE));
	open_websocket(paths[_i], "");
	if (_i == 1)
		expect(WS_TEXT, "welcome", 7);
	say(WS_TEXT, "hello", 5, 0);
	expect(WS_TEXT, "hello", 5);
	say(WS_PING, "x", 1, 0);
	expect(WS_PONG, "x", 1);
	say(WS_CLOSE, "\x03\xe8", 2, 0);
	expect(WS_CLOSE, "\x03\xe8", 2);
	expect_end();
	live_assert_counted(&s, "answered 1 gone 0 late 0");
	live_assert_counted(&s, "closes 1 last 1000");
	stop();
}
END_TEST

/* Other streams of the connection are served meanwhile. */
START_TEST(other_streams_are_served_beside_it)
{
	struct http2_response r;

	start(CONF(MODULE));
	open_websocket("/live/ws", "");
	http2_client_get(&c, 3, "/hello.txt", &r);
	ck_assert_str_eq(r.body, "hello\n");
	http2_response_free(&r);
	say(WS_TEXT, "hello", 5, 0);
	expect(WS_TEXT, "hello", 5);
	stop();
}
END_TEST

static const struct {
	enum http2_type type;
	unsigned flags;
	const char *payload;
	size_t len;
} ends[] = {
	{ HTTP2_DATA, HTTP2_END_STREAM, "", 0 },
	{ HTTP2_RST_STREAM, 0, "\0\0\0\x08", 4 },
};

START_TEST(end_without_a_close_frame_is_told_as_1006)
{
	start(CONF(MODULE));
	open_websocket("/live/ws", "");
	http2_client_send(&c, ends[_i].type, ends[_i].flags, 1,
		ends[_i].payload, ends[_i].len);
	if (ends[_i].type == HTTP2_DATA)
		expect_end();
	live_assert_counted(&s, "closes 1 last 1006");
	stop();
}
END_TEST

/* status 0: the stream is reset with PROTOCOL_ERROR. */
static const struct {
	const char *conf, *fields;
	int status;
} refused[] = {
	{ CONF(MODULE), CONNECT("/live/ws") "sec-websocket-version: 12\n",
		400 },
	{ CONF(MODULE), CONNECT("/live/ws"), 400 },
	{ CONF(MODULE), CONNECT("/hello.txt") VERSION_13, 501 },
	{ CONF(MODULE), CONNECT("/fixed") VERSION_13, 501 },
	{ CONF(MODULE), CONNECT("/live/counters") VERSION_13, 501 },
	{ CONF(MODULE), CONNECT("/live/nothing") VERSION_13, 404 },
	{ CONF(MODULE),
		":method: CONNECT\n:protocol: other\n:scheme: http\n"
		":authority: a\n:path: /live/ws\n",
		501 },
	{ CONF(MODULE),
		":method: CONNECT\n:protocol: websocket\n:scheme: http\n"
		":authority: a\n" VERSION_13,
		0 },
	{ CONF(MODULE),
		":method: GET\n:protocol: websocket\n:scheme: http\n"
		":authority: a\n:path: /live/ws\n" VERSION_13,
		0 },
	{ CONF(MODULE),
		":method: GET\n:scheme: http\n:authority: a\n"
		":path: /live/ws\n" VERSION_13,
		400 },
	{ CONF(""), CONNECT("/hello.txt") VERSION_13, 0 },
};

START_TEST(request_that_opens_none_is_refused)
{
	struct http2_response r;

	start(refused[_i].conf);
	http2_client_headers(&c, 1, refused[_i].fields,
		strstr(refused[_i].fields, "GET") != NULL ? HTTP2_END_STREAM
							  : 0);
	http2_client_response(&c, 1, &r);
	ck_assert_int_eq(r.status, refused[_i].status);
	ck_assert_int_eq(r.is_reset, refused[_i].status == 0);
	if (r.is_reset)
		ck_assert_uint_eq(r.error, HTTP2_PROTOCOL_ERROR);
	http2_response_free(&r);
	http2_client_get(&c, 3, "/hello.txt", &r);
	ck_assert_str_eq(r.body, "hello\n");
	http2_response_free(&r);
	stop();
}
END_TEST

/* Browsers drop WebSockets at a GOAWAY. */
START_TEST(worker_that_leaves_says_1001_before_the_goaway)
{
	struct http2_frame f;

	start(CONF(MODULE));
	open_websocket("/live/ws", "");
	server_signal(&s, SIGTERM);
	do {
		ck_assert(http2_client_read(&c, &f));
		ck_assert_int_ne(f.type, HTTP2_GOAWAY);
	} while (f.type != HTTP2_DATA);
	ck_assert_int_eq(f.payload[0], WS_CLOSE);
	ck_assert_int_eq(memcmp(f.payload + 2, "\x03\xe9", 2), 0);
	read_frame(HTTP2_GOAWAY, &f);
	say(WS_CLOSE, "\x03\xe9", 2, 0);
	expect_end();
	ck_assert_int_eq(http2_client_goaway(&c), HTTP2_NO_ERROR);
	http2_client_close(&c);
	server_finish(&s, 0);
}
END_TEST

/* The connection goes on, with a new worker or with the old one. */
START_TEST(reload_closes_the_websocket_alone)
{
	struct http2_response r;

	start(CONF(MODULE));
	open_websocket("/live/ws", "");
	server_signal(&s, SIGHUP);
	expect(WS_CLOSE, "\x03\xe9", 2);
	say(WS_CLOSE, "\x03\xe9", 2, 0);
	expect_end();
	http2_client_get(&c, 3, "/live/later", &r);
	ck_assert_int_eq(r.status, 200);
	http2_response_free(&r);
	ck_assert_uint_eq(c.ngoaways, 0);
	stop();
}
END_TEST

START_TEST(subprotocol_is_chosen)
{
	struct http2_response r = { 0 };

	start(CONF(MODULE));
	http2_client_headers(&c, 1,
		CONNECT("/live/ws") VERSION_13
		"sec-websocket-protocol: good, better\n",
		0);
	say(WS_CLOSE, "\x03\xe8", 2, HTTP2_END_STREAM);
	http2_client_response(&c, 1, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_ptr_nonnull(
		strstr(r.fields, "sec-websocket-protocol: better\n"));
	ck_assert_ptr_null(strstr(r.fields, "sec-websocket-accept"));
	ck_assert_ptr_nonnull(strstr(r.fields, "x-way: at once\n"));
	http2_response_free(&r);
	stop();
}
END_TEST

/* RFC 7692 7.2.3.1: "Hello". */
#define HELLO "\xf2\x48\xcd\xc9\xc9\x07\0"

/* As over HTTP/1.1; a message that would not get smaller is sent as it is. */
START_TEST(messages_are_compressed_where_route_and_client_want_it)
{
	enum { LONG = 100 };
	static const char *const offers[] = { "",
		"sec-websocket-extensions: permessage-deflate; "
		"client_max_window_bits\n" };
	char text[LONG];
	struct http2_frame f;

	memset(text, 'a', LONG);
	start(CONF("{\"path\": \"/live/*\", \"websocket_compress\": true,"
		   " \"module\": \"" MODULES "/live.so\"},"));
	open_websocket("/live/ws", offers[_i]);
	say(WS_TEXT, text, LONG, 0);
	read_frame(HTTP2_DATA, &f);
	ck_assert_int_eq(f.payload[0], _i == 0 ? WS_TEXT : COMPRESSED_TEXT);
	ck_assert_uint_eq(f.len, 2 + (unsigned)f.payload[1]);
	if (_i == 0)
		ck_assert_uint_eq(f.len, 2 + LONG);
	else
		ck_assert_uint_lt(f.len, LONG / 2);
	say(COMPRESSED_TEXT, HELLO, sizeof(HELLO) - 1, 0);
	if (_i == 0)
		expect(WS_CLOSE, "\x03\xea", 2);
	else
		expect(WS_TEXT, "Hello", 5);
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ messages_go_both_ways_until_the_close, ROWS(paths) },
		{ other_streams_are_served_beside_it, 1 },
		{ end_without_a_close_frame_is_told_as_1006, ROWS(ends) },
		{ request_that_opens_none_is_refused, ROWS(refused) },
		{ worker_that_leaves_says_1001_before_the_goaway, 1 },
		{ reload_closes_the_websocket_alone, 1 },
		{ subprotocol_is_chosen, 1 },
		{ messages_are_compressed_where_route_and_client_want_it, 2 },
	};

	return harness_run("http2_websocket", tests, ROWS(tests));
}
