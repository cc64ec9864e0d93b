/*
 * Heads of HTTP/2 responses as they stand in frames.
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

int
main(void)
{
	struct harness_test tests[] = {
		{ a_long_head_takes_several_frames, 1 },
	};

	return harness_run("http2_heads", tests, ROWS(tests));
}
