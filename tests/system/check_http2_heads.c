/*
 * Heads of HTTP/2 requests and responses as they stand in frames.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/http2_client.h"
#include "support/server.h"

enum { LONG_VALUE = 3 * HTTP2_FRAME_MAX };

/* Joins the frames of a head (RFC 9113 6.10); returns how many there were. */
static unsigned
read_block(struct http2_client *c, char *block, size_t *len)
{
	struct http2_frame f;
	unsigned n = 0;

	do {
		ck_assert(http2_client_read(c, &f));
		if (n == 0 && f.type != HTTP2_HEADERS)
			continue;
		ck_assert_int_eq(
			f.type, n == 0 ? HTTP2_HEADERS : HTTP2_CONTINUATION);
		ck_assert_uint_eq(f.id, 1);
		memcpy(block + *len, f.payload, f.len);
		*len += f.len;
		n++;
	} while (n == 0 || !(f.flags & HTTP2_END_HEADERS));
	return n;
}

START_TEST(a_long_head_takes_several_frames)
{
	static char conf[LONG_VALUE + 512], value[LONG_VALUE + 1];
	static char block[LONG_VALUE + 2 * HTTP2_FRAME_MAX];
	struct http2_client c;
	struct server s;
	size_t len = 0;

	memset(value, '~', LONG_VALUE); /* longer in the code of Huffman */
	snprintf(conf, sizeof(conf),
		"{\"workers\": 1, \"timeouts\": {\"drain_delay\": \"0s\"}, "
		"\"listen\": [{\"address\": "
		"\"127.0.0.1:$PORT\", \"protocols\": [\"http/1.1\", \"h2\"]}],"
		"\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": "
		"\"$ROOT\"}, {\"path\": \"/hello.txt\", \"root\": \"$ROOT\","
		"\"headers\": {\"set\": {\"x-a\": \"%s\"}}}]}]}",
		value);
	server_serve(&s, conf);
	http2_client_open(&c, s.port);
	http2_client_request(&c, 1, "HEAD", "/hello.txt", "", HTTP2_END_STREAM);
	ck_assert_uint_eq(read_block(&c, block, &len), 4);
	ck_assert_ptr_nonnull(memmem(block, len, value, LONG_VALUE));
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- requests that come again ---------------------------------------------
 */

#define FILES                                                                  \
	"{\"workers\": 1, \"timeouts\": {\"drain_delay\": \"0s\"}, "           \
	"\"listen\": [{\"address\": \"127.0.0.1:$PORT\", "                     \
	"\"protocols\": [\"http/1.1\", \"h2\"]}]," SERVER_SITES "}"

/* Field blocks in their order (RFC 7541), and what they get: GET http and the
 * authority "a". */
#define GET "\x82\x86\x01\1a"

static const struct {
	const char *block, *content; /* content NULL: the stream is reset */
} asked[] = {
	{ GET "\x04\6/a.txt", "a" },
	{ GET "\x04\6/a.txt", "a" },
	{ GET "\x04\6/a.txt", "a" },
	{ GET "\x04\6/a.txt", "a" },
	{ GET "\x04\6/b.txt", "b" },
	{ GET "\x04\6/a.txt", "a" },
	{ GET "\x44\6/b.txt", "b" }, /* it is added to the table */
	{ GET "\xbe", "b" },
	{ GET "\xbe", "b" },
	{ GET "\xbe", "b" },
	{ GET "\xbe", "b" },
	{ GET "\x44\6/a.txt", "a" }, /* the same index is another field */
	{ GET "\xbe", "a" },
	{ GET "\xbe", "a" },
	{ GET "\xbe", "a" },
	{ GET "\xbf", "b" },
	{ GET "\xbe\xbe", NULL },
	{ GET "\xbe\xbe", NULL },
	{ GET "\xbe\xbe", NULL },
	{ GET "\xbe", "a" },
	{ GET "\xbe", "a" },
};

enum { ASKED = sizeof(asked) / sizeof(asked[0]) };

static void
ask(struct http2_client *c, int i)
{
	http2_client_send(c, HTTP2_HEADERS,
		HTTP2_END_STREAM | HTTP2_END_HEADERS, (uint32_t)(2 * i + 1),
		asked[i].block, strlen(asked[i].block));
}

static void
assert_answer(struct http2_client *c, int i)
{
	struct http2_response r;

	http2_client_response(c, (uint32_t)(2 * i + 1), &r);
	ck_assert_msg(r.is_reset == (asked[i].content == NULL), "%d: reset", i);
	if (!r.is_reset)
		ck_assert_str_eq(r.body, asked[i].content);
	http2_response_free(&r);
}

START_TEST(a_block_that_comes_again_means_what_the_table_says)
{
	struct http2_client c;
	struct server s;

	server_init(&s);
	server_file(&s, "www/a.txt", "a", 1);
	server_file(&s, "www/b.txt", "b", 1);
	server_start(&s, FILES);
	http2_client_open(&c, s.port);
	for (int i = 0; i < ASKED; i++) {
		ask(&c, i);
		assert_answer(&c, i);
	}
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

/* Adds the content of a frame to that of its stream; true at its end. */
static bool
take_content(const struct http2_frame *f, char content[ASKED][8])
{
	char *of_stream = content[f->id / 2];

	if (f->type == HTTP2_RST_STREAM)
		return true;
	if (f->type != HTTP2_DATA)
		return false;
	ck_assert_uint_lt(strlen(of_stream) + f->len, 8);
	memcpy(of_stream + strlen(of_stream), f->payload, f->len);
	return (f->flags & HTTP2_END_STREAM) != 0;
}

START_TEST(blocks_that_come_again_in_one_read_are_taken_in_their_order)
{
	char bytes[2048], *to = bytes, content[ASKED][8] = { "" };
	struct http2_client c;
	struct http2_frame f;
	struct server s;

	server_init(&s);
	server_file(&s, "www/a.txt", "a", 1);
	server_file(&s, "www/b.txt", "b", 1);
	server_start(&s, FILES);
	http2_client_open(&c, s.port);
	for (int i = 0; i < ASKED; i++) {
		const char head[HTTP2_FRAME_HEAD] = { 0, 0,
			(char)strlen(asked[i].block), HTTP2_HEADERS,
			HTTP2_END_STREAM | HTTP2_END_HEADERS, 0, 0, 0,
			(char)(2 * i + 1) };

		to = mempcpy(to, head, sizeof(head));
		to = stpcpy(to, asked[i].block);
	}
	client_send(&c.tcp, bytes, (size_t)(to - bytes));
	for (int ended = 0; ended < ASKED;) {
		ck_assert(http2_client_read(&c, &f));
		ended += f.id % 2 == 1 && take_content(&f, content);
	}
	for (int i = 0; i < ASKED; i++)
		ck_assert_msg(
			strcmp(content[i], asked[i].content == NULL
						   ? ""
						   : asked[i].content) == 0,
			"%d: %s", i, content[i]);
	http2_client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_long_head_takes_several_frames, 1 },
		{ blocks_that_come_again_in_one_read_are_taken_in_their_order,
			1 },
		{ a_block_that_comes_again_means_what_the_table_says, 1 },
	};

	return harness_run("http2_heads", tests, ROWS(tests));
}
