/*
 * Abuses of HTTP/2 (RFC 9113 10.5): the connection ends with
 * ENHANCE_YOUR_CALM, others are served, and /metrics counts each under its
 * name.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/http2_client.h"
#include "support/port.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { MANY = 3000 };

static struct server s;
static int admin;

static void
start(void)
{
	char conf[1024], *bytes = server_pattern(200000);

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	server_file(&s, "www/large", bytes, 200000);
	free(bytes);
	admin = port_take();
	snprintf(conf, sizeof(conf),
		"{\"workers\": 1, \"listen\": [{\"address\": "
		"\"127.0.0.1:$PORT\", \"protocols\": [\"h2\", \"http/1.1\"]}],"
		"\"admin\": {\"listen\": \"127.0.0.1:%d\"},"
		"\"limits\": {\"resets\": 20},"
		"\"timeouts\": {\"drain_delay\": \"0s\", \"head\": \"2s\","
		"\"write\": \"1s\"}," SERVER_SITES "}",
		admin);
	server_start(&s, conf);
}

/* ---- attacks ------------------------------------------------------------- */

static void
repeat(struct http2_client *c, enum http2_type type, uint32_t id,
	const void *payload, size_t len)
{
	for (int i = 0; i < MANY; i++)
		http2_client_send(c, type, 0, id, payload, len);
}

static void
send_pings(struct http2_client *c)
{
	repeat(c, HTTP2_PING, 0, "12345678", 8);
}

static void
send_settings(struct http2_client *c)
{
	repeat(c, HTTP2_SETTINGS, 0, "", 0);
}

static void
send_priorities(struct http2_client *c)
{
	repeat(c, HTTP2_PRIORITY, 3, "\0\0\0\0\0", 5);
}

static void
send_priority_updates(struct http2_client *c)
{
	repeat(c, HTTP2_PRIORITY_UPDATE, 0, "\0\0\0\1u=1", 7);
}

static void
send_unknown_frames(struct http2_client *c)
{
	repeat(c, (enum http2_type)99, 0, "", 0);
}

static void
send_window_updates(struct http2_client *c)
{
	repeat(c, HTTP2_WINDOW_UPDATE, 0, "\0\0\0\1", 4);
}

static void
send_empty_data(struct http2_client *c)
{
	http2_client_request(c, 1, "POST", "/hello.txt", "", 0);
	repeat(c, HTTP2_DATA, 1, "", 0);
}

static void
send_continuations(struct http2_client *c)
{
	http2_client_send(c, HTTP2_HEADERS, HTTP2_END_STREAM, 1, "\x82", 1);
	repeat(c, HTTP2_CONTINUATION, 1, "\x86", 1);
}

/* Streams from 1 on, and behind each a frame. */
static void
send_with_each(
	struct http2_client *c, enum http2_type type, const char payload[4])
{
	for (uint32_t id = 1; id < 400; id += 2) {
		http2_client_request(
			c, id, "GET", "/large", "", HTTP2_END_STREAM);
		http2_client_send(c, type, 0, id, payload, 4);
	}
}

static void
reset_streams(struct http2_client *c)
{
	send_with_each(c, HTTP2_RST_STREAM, "\0\0\0\x08");
}

/* Above the maximum of a window (RFC 9113 6.9.1). */
static void
overflow_windows(struct http2_client *c)
{
	send_with_each(c, HTTP2_WINDOW_UPDATE, "\x7f\xff\xff\xff");
}

static void
send_malformed(struct http2_client *c)
{
	for (uint32_t id = 1; id < 400; id += 2)
		http2_client_request(c, id, "GET", "/hello.txt",
			"connection: close\n", HTTP2_END_STREAM);
}

/* One large entry of the table, and many references to it. */
static void
send_hpack_bomb(struct http2_client *c)
{
	enum { VALUE = 3000, REFERENCES = 10000 };
	static unsigned char block[VALUE + REFERENCES + 8];
	unsigned char *to = block;

	*to++ = 0x82;
	*to++ = 0x40;
	*to++ = 1;
	*to++ = 'a';
	*to++ = 127;
	*to++ = 0x80 | ((VALUE - 127) & 0x7f);
	*to++ = (VALUE - 127) >> 7;
	memset(to, 'x', VALUE);
	memset(to + VALUE, 0xbe, REFERENCES);
	http2_client_send(c, HTTP2_HEADERS,
		HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block,
		(size_t)(to - block) + VALUE + REFERENCES);
}

/* RFC 9113 6.5.2: INITIAL_WINDOW_SIZE 0. */
static void
stall(struct http2_client *c)
{
	http2_client_send(c, HTTP2_SETTINGS, 0, 0, "\0\4\0\0\0\0", 6);
	http2_client_request(c, 1, "GET", "/large", "", HTTP2_END_STREAM);
}

static void
leave_block_open(struct http2_client *c)
{
	http2_client_send(c, HTTP2_SETTINGS, HTTP2_ACK, 0, "", 0);
	http2_client_send(c, HTTP2_HEADERS, HTTP2_END_STREAM, 1, "\x82", 1);
}

static void
do_nothing(struct http2_client *c)
{
	(void)c;
}

/* ---- what becomes of them ------------------------------------------------ */

static const struct {
	const char *kind;
	void (*attack)(struct http2_client *);
	enum http2_error error; /* of the GOAWAY; NO_ERROR: no matter */
} attacks[] = {
	{ "ping_flood", send_pings, HTTP2_ENHANCE_YOUR_CALM },
	{ "settings_flood", send_settings, HTTP2_ENHANCE_YOUR_CALM },
	{ "priority_flood", send_priorities, HTTP2_ENHANCE_YOUR_CALM },
	{ "priority_flood", send_priority_updates, HTTP2_ENHANCE_YOUR_CALM },
	{ "unknown_frame_flood", send_unknown_frames, HTTP2_ENHANCE_YOUR_CALM },
	{ "window_update_flood", send_window_updates, HTTP2_ENHANCE_YOUR_CALM },
	{ "empty_data_flood", send_empty_data, HTTP2_ENHANCE_YOUR_CALM },
	{ "continuation_flood", send_continuations, HTTP2_ENHANCE_YOUR_CALM },
	{ "rapid_reset", reset_streams, HTTP2_ENHANCE_YOUR_CALM },
	{ "made_you_reset", overflow_windows, HTTP2_ENHANCE_YOUR_CALM },
	{ "made_you_reset", send_malformed, HTTP2_ENHANCE_YOUR_CALM },
	{ "hpack_bomb", send_hpack_bomb, HTTP2_ENHANCE_YOUR_CALM },
	{ "stalled_window", stall, HTTP2_NO_ERROR },
	{ "slow_head", leave_block_open, HTTP2_ENHANCE_YOUR_CALM },
	{ "settings_timeout", do_nothing, HTTP2_SETTINGS_TIMEOUT },
};

static void
wait_for_count(const char *name, const char *label)
{
	int64_t deadline = clock_now_ms() + DEADLINE;

	while (scrape_sum(admin, name, label) < 1)
		ck_assert_msg(clock_now_ms() < deadline, "%s{%s}", name, label);
}

START_TEST(an_abuse_is_ended_counted_and_logged_under_its_name)
{
	struct http2_client c, other;
	struct http2_response r;
	char label[64];

	start();
	http2_client_open(&other, s.port);
	http2_client_get(&other, 1, "/hello.txt", &r);
	http2_response_free(&r);
	http2_client_open(&c, s.port);
	attacks[_i].attack(&c);
	if (attacks[_i].error != HTTP2_NO_ERROR)
		ck_assert_int_eq(http2_client_goaway(&c), attacks[_i].error);
	http2_client_get(&other, 3, "/hello.txt", &r);
	ck_assert_str_eq(r.body, "hello\n");
	http2_response_free(&r);
	snprintf(label, sizeof(label), "kind=\"%s\"", attacks[_i].kind);
	wait_for_count("prong_http2_abuses_total", label);
	if (attacks[_i].error == HTTP2_ENHANCE_YOUR_CALM)
		wait_for_count("prong_http2_goaways_total",
			"code=\"enhance_your_calm\"");
	snprintf(label, sizeof(label), "abuses the protocol (%s",
		attacks[_i].kind);
	ck_assert(server_log_has(&s, label, DEADLINE));
	http2_client_close(&c);
	http2_client_close(&other);
	server_stop(&s);
}
END_TEST

START_TEST(streams_and_resets_are_counted)
{
	struct http2_client c;
	struct http2_response r;

	start();
	http2_client_open(&c, s.port);
	http2_client_get(&c, 1, "/hello.txt", &r);
	http2_response_free(&r);
	http2_client_request(&c, 3, "POST", "/hello.txt", "", 0);
	http2_client_send(&c, HTTP2_RST_STREAM, 0, 3, "\0\0\0\x08", 4);
	wait_for_count("prong_http2_resets_total", "by=\"client\"");
	ck_assert_int_eq(scrape_sum(admin, "prong_http2_streams_total", ""), 2);
	ck_assert_int_eq(scrape_sum(admin, "prong_http2_streams", ""), 0);
	ck_assert_int_eq(scrape_sum(admin, "prong_http2_connections", ""), 1);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_abuse_is_ended_counted_and_logged_under_its_name,
			ROWS(attacks) },
		{ streams_and_resets_are_counted, 1 },
	};

	return harness_run("http2_abuses", tests, ROWS(tests));
}
