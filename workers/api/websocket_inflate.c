/*
 * SPDX-License-Identifier: MIT
 */
#include "api/websocket_inflate.h"

#include "api/websocket.h"
#include "api/ws_deflate.h"
#include "common/mem.h"
#include "conn/body_memory.h"

enum { FIRST_SIZE = 512 }; /* bytes */

int
websocket_resize(struct websocket_reader *r, size_t size)
{
	if (r->memory != NULL &&
		body_memory_resize(r->memory, r->size, size) != 0)
		return -1;
	r->bytes = mem_realloc(r->bytes, size);
	r->size = size;
	return 0;
}

void
websocket_inflate_fini(struct websocket_reader *r)
{
	if (r->inflate == NULL)
		return;
	if (r->memory != NULL)
		body_memory_change(r->memory, WS_INFLATE_MEMORY, 0);
	ws_inflate_free(r->inflate);
	r->inflate = NULL;
}

static bool
begin_inflate(struct websocket_reader *r)
{
	if (r->inflate != NULL)
		return true;
	if (r->memory != NULL &&
		body_memory_resize(r->memory, 0, WS_INFLATE_MEMORY) != 0)
		return false;
	r->inflate = ws_inflate_new();
	if (r->inflate == NULL && r->memory != NULL)
		body_memory_change(r->memory, WS_INFLATE_MEMORY, 0);
	return r->inflate != NULL;
}

/* Makes space for a byte at least, and for one more than a message may have. */
static bool
reserve_inflated(struct websocket_reader *r)
{
	size_t limit = r->most < SIZE_MAX - 2 ? r->most + 2 : SIZE_MAX;
	size_t size = r->size < FIRST_SIZE ? FIRST_SIZE : r->size * 2;

	if (r->len + 1 < r->size)
		return true;
	return websocket_resize(r, size < limit ? size : limit) == 0;
}

/* Returns 0, or the close code of the error.  What was inflated before an error
 * is checked first, so that the code does not depend on how the bytes came. */
static int
inflate_bytes(struct websocket_reader *r, const char *bytes, size_t len)
{
	struct ws_inflate_step s = { .in = bytes, .in_len = len };
	bool is_good;
	size_t made;

	do {
		if (!reserve_inflated(r))
			return WEBSOCKET_TRY_AGAIN_LATER;
		s.out = r->bytes + r->len;
		s.room = r->size - r->len - 1;
		is_good = ws_inflate_run(r->inflate, &s);
		made = r->size - r->len - 1 - s.room;
		if (r->message == WEBSOCKET_TEXT &&
			!utf8_take(&r->text, r->bytes + r->len, made))
			return WEBSOCKET_NOT_UTF8;
		r->len += made;
		r->inflated += made;
		if (r->len > r->most)
			return WEBSOCKET_TOO_BIG;
		/* RFC 6455 7.4.1: data that is not consistent. */
		if (!is_good)
			return WEBSOCKET_NOT_UTF8;
	} while (s.in_len > 0 || s.room == 0);
	return 0;
}

int
websocket_inflate_take(
	struct websocket_reader *r, const char *bytes, size_t len)
{
	return begin_inflate(r) ? inflate_bytes(r, bytes, len)
				: WEBSOCKET_TRY_AGAIN_LATER;
}

/* The sender has left these bytes out (RFC 7692 7.2.1, 7.2.2). */
int
websocket_inflate_end(struct websocket_reader *r)
{
	int code;

	if (r->inflate == NULL)
		return 0;
	code = inflate_bytes(r, "\0\0\xff\xff", 4);
	if (code == 0 && !ws_inflate_is_whole(r->inflate))
		code = WEBSOCKET_NOT_UTF8;
	websocket_inflate_fini(r);
	return code;
}
