/*
 * SPDX-License-Identifier: MIT
 */
#include "support/ws_client.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test_deadline.h"

void
ws_ask(struct client *c, const char *path, const char *fields)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
		path, fields);
	client_say(c, text);
}

void
ws_open(struct client *c, int port, const char *path)
{
	struct response r;

	client_open(c, port);
	ws_ask(c, path, "");
	client_recv(c, &r);
	ck_assert_int_eq(r.status, 101);
	ck_assert_str_eq(response_field(&r, "Sec-WebSocket-Accept"),
		"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	response_free(&r);
}

void
ws_send(struct client *c, int first, const void *bytes, size_t len)
{
	static const unsigned char key[4] = { 0x37, 0xfa, 0x21, 0x3d };
	unsigned n = len < 126 ? 0 : len < 65536 ? 2 : 8;
	unsigned char *frame = malloc(len + 14), *to = frame;

	ck_assert_ptr_nonnull(frame);
	*to++ = (unsigned char)first;
	*to++ = (unsigned char)(0x80 | (n == 0 ? len : n == 2 ? 126 : 127));
	for (unsigned i = 0; i < n; i++)
		*to++ = (unsigned char)((uint64_t)len >> 8 * (n - 1 - i));
	for (int i = 0; i < 4; i++)
		*to++ = key[i];
	for (size_t i = 0; i < len; i++)
		*to++ = ((const unsigned char *)bytes)[i] ^ key[i % 4];
	client_send(c, (char *)frame, (size_t)(to - frame));
	free(frame);
}

void
ws_say(struct client *c, const char *text)
{
	ws_send(c, WS_TEXT, text, strlen(text));
}

static size_t
length_at(const char *bytes, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len = len << 8 | (unsigned char)bytes[i];
	return len;
}

void
ws_recv(struct client *c, struct ws_frame *f)
{
	size_t head = 2;

	*f = (struct ws_frame){ .first = -1 };
	if (!client_has(c, head, DEADLINE)) {
		ck_assert_msg(c->at_eof, "no frame came");
		return;
	}
	f->first = (unsigned char)c->bytes[0];
	f->len = (unsigned char)c->bytes[1];
	ck_assert_msg(f->len <= 127, "the server masks");
	if (f->len >= 126) {
		head += f->len == 126 ? 2 : 8;
		ck_assert(client_has(c, head, DEADLINE));
		f->len = length_at(c->bytes + 2, (unsigned)head - 2);
	}
	ck_assert(client_has(c, head + f->len, DEADLINE));
	f->bytes = malloc(f->len + 1);
	ck_assert_ptr_nonnull(f->bytes);
	memcpy(f->bytes, c->bytes + head, f->len);
	f->bytes[f->len] = '\0';
	client_skip(c, head + f->len);
}

void
ws_expect(struct client *c, int first, const char *text)
{
	struct ws_frame f;

	ws_recv(c, &f);
	ck_assert_int_eq(f.first, first);
	ck_assert_str_eq(f.bytes, text);
	free(f.bytes);
}

void
ws_expect_close(struct client *c, int code)
{
	struct ws_frame f;

	ws_recv(c, &f);
	ck_assert_int_eq(f.first, WS_CLOSE);
	ck_assert_uint_ge(f.len, 2);
	ck_assert_int_eq((int)length_at(f.bytes, 2), code);
	free(f.bytes);
	ck_assert(client_is_eof(c, DEADLINE));
}
