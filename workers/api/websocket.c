/*
 * A frame is judged as soon as the byte that is wrong is here: its first two
 * bytes, then its length, then its content as it comes.
 * SPDX-License-Identifier: MIT
 */
#include "websocket.h"

#include <assert.h>
#include <stdlib.h>

enum {
	FIN = 0x80, /* of the first byte */
	RESERVED = 0x70,
	OPCODE = 0x0f,
	CONTROL = 0x08,
	MASKED = 0x80, /* of the second */
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	MASK = 4,
	KEPT = 512, /* bytes of memory that a message leaves for the next */
};

void
websocket_reader_init(struct websocket_reader *r, size_t most)
{
	*r = (struct websocket_reader){ .most = most, .need = 2 };
}

void
websocket_reader_fini(struct websocket_reader *r)
{
	free(r->bytes);
	r->bytes = NULL;
}

/* ---- what a reader says ------------------------------------------------- */

static void
fail(struct websocket_reader *r, struct websocket_event *e, int code)
{
	r->is_done = true;
	*e = (struct websocket_event){ .what = WEBSOCKET_GOT_ERROR,
		.code = code };
}

bool
websocket_is_code(int code)
{
	if (code >= 1000 && code <= 1014)
		return code != 1004 && code != WEBSOCKET_NO_CODE &&
		       code != WEBSOCKET_ABNORMAL;
	return code >= 3000 && code <= 4999;
}

/* RFC 6455 5.5.1: nothing, or a code and a reason. */
static void
tell_close(struct websocket_reader *r, struct websocket_event *e)
{
	const uint8_t *bytes = (const uint8_t *)r->control;

	r->is_done = true;
	e->code = WEBSOCKET_NO_CODE;
	if (r->control_len == 0)
		return;
	e->code = bytes[0] << 8 | bytes[1];
	e->content.at += 2;
	e->content.len -= 2;
	if (!websocket_is_code(e->code))
		fail(r, e, WEBSOCKET_PROTOCOL_ERROR);
	else if (!utf8_is_valid(e->content.at, e->content.len))
		fail(r, e, WEBSOCKET_NOT_UTF8);
}

static void
tell_control(struct websocket_reader *r, enum websocket_opcode opcode,
	struct websocket_event *e)
{
	r->control[r->control_len] = '\0';
	*e = (struct websocket_event){ .what = WEBSOCKET_GOT_CONTROL,
		.opcode = opcode,
		.content = { r->control, r->control_len } };
	if (opcode == WEBSOCKET_CLOSE)
		tell_close(r, e);
}

static void
tell_message(struct websocket_reader *r, struct websocket_event *e)
{
	if (r->message == WEBSOCKET_TEXT && !utf8_is_whole(&r->text)) {
		fail(r, e, WEBSOCKET_NOT_UTF8);
		return;
	}
	*e = (struct websocket_event){ .what = WEBSOCKET_GOT_MESSAGE,
		.opcode = r->message,
		.content = { r->bytes == NULL ? "" : r->bytes, r->len } };
	if (r->bytes != NULL)
		r->bytes[r->len] = '\0';
	r->message = WEBSOCKET_CONTINUATION;
	r->has_told = true;
}

/* ---- content ------------------------------------------------------------ */

static void
unmask(char *restrict to, const char *restrict from, size_t len,
	const uint8_t *mask, unsigned phase)
{
	uint8_t keys[8];
	uint64_t key, word;

	for (unsigned i = 0; i < sizeof(keys); i++)
		keys[i] = mask[(phase + i) % MASK];
	memcpy(&key, keys, sizeof(key));
	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		word ^= key;
		memcpy(to, &word, sizeof(word));
		from += sizeof(word);
		to += sizeof(word);
	}
	for (size_t i = 0; i < len; i++)
		to[i] = (char)((unsigned char)from[i] ^ keys[i]);
}

/* By what has come, not by what was announced. */
static char *
reserve(struct websocket_reader *r, size_t len)
{
	size_t need = r->len + len;

	if (need >= r->size) {
		r->size = need < KEPT / 2 ? KEPT : need * 2;
		if (r->size > r->len + r->left && r->size > KEPT)
			r->size = r->len + (size_t)r->left + 1;
		r->bytes = realloc(r->bytes, r->size);
		assert(r->bytes != NULL);
	}
	return r->bytes + r->len;
}

/* What the caller was given is his no longer. */
static void
forget_message(struct websocket_reader *r)
{
	r->has_told = false;
	r->len = 0;
	if (r->size <= KEPT)
		return;
	free(r->bytes);
	r->bytes = NULL;
	r->size = 0;
}

static bool
take_data(struct websocket_reader *r, const char *from, size_t len)
{
	char *to = reserve(r, len);

	unmask(to, from, len, r->head + r->need - MASK, r->phase);
	r->len += len;
	return r->message != WEBSOCKET_TEXT || utf8_take(&r->text, to, len);
}

static void
end_frame(struct websocket_reader *r, struct websocket_event *e)
{
	enum websocket_opcode opcode = r->head[0] & OPCODE;

	r->in_content = false;
	r->have = 0;
	r->need = 2;
	if (opcode & CONTROL)
		tell_control(r, opcode, e);
	else if (r->head[0] & FIN)
		tell_message(r, e);
}

static size_t
take_content(struct websocket_reader *r, struct span input,
	struct websocket_event *e)
{
	size_t len = input.len < r->left ? input.len : (size_t)r->left;

	if (r->head[0] & CONTROL) {
		unmask(r->control + r->control_len, input.at, len,
			r->head + r->need - MASK, r->phase);
		r->control_len += (uint8_t)len;
	} else if (len > 0 && !take_data(r, input.at, len)) {
		fail(r, e, WEBSOCKET_NOT_UTF8);
		return len;
	}
	r->phase = (uint8_t)((r->phase + len) % MASK);
	r->left -= len;
	if (r->left == 0)
		end_frame(r, e);
	return len;
}

/* ---- the head ----------------------------------------------------------- */

/* The first two bytes: 0, or the code of what is wrong. */
static int
judge_start(struct websocket_reader *r)
{
	uint8_t opcode = r->head[0] & OPCODE, len = r->head[1] & LENGTH;
	bool is_last = r->head[0] & FIN;

	/* RFC 6455 5.1, 5.2: masked, nothing negotiated. */
	if ((r->head[0] & RESERVED) || !(r->head[1] & MASKED))
		return WEBSOCKET_PROTOCOL_ERROR;
	if (opcode > WEBSOCKET_PONG ||
		(opcode > WEBSOCKET_BINARY && opcode < WEBSOCKET_CLOSE))
		return WEBSOCKET_PROTOCOL_ERROR;
	/* 5.5: a control frame is short and in one piece. */
	if (opcode & CONTROL)
		return is_last && len <= WEBSOCKET_CONTROL &&
				       !(opcode == WEBSOCKET_CLOSE && len == 1)
			       ? 0
			       : WEBSOCKET_PROTOCOL_ERROR;
	/* 5.4: a message begins where none has begun. */
	if ((opcode == WEBSOCKET_CONTINUATION) != (r->message != 0))
		return WEBSOCKET_PROTOCOL_ERROR;
	return 0;
}

/* The whole head. */
static int
judge_length(struct websocket_reader *r)
{
	uint8_t len = r->head[1] & LENGTH;
	unsigned n = len == LENGTH_64 ? 8 : len == LENGTH_16 ? 2 : 0;

	r->left = n == 0 ? len : 0;
	for (unsigned i = 0; i < n; i++)
		r->left = r->left << 8 | r->head[2 + i];
	/* RFC 6455 5.2: the shortest form, and 63 bits. */
	if ((n == 2 && r->left < LENGTH_16) || (n == 8 && r->left < 65536) ||
		r->left >> 63 != 0)
		return WEBSOCKET_PROTOCOL_ERROR;
	if (!(r->head[0] & CONTROL) && r->left > r->most - r->len)
		return WEBSOCKET_TOO_BIG;
	return 0;
}

static void
begin_content(struct websocket_reader *r)
{
	enum websocket_opcode opcode = r->head[0] & OPCODE;

	r->in_content = true;
	r->phase = 0;
	if (opcode & CONTROL) {
		r->control_len = 0;
	} else if (opcode != WEBSOCKET_CONTINUATION) {
		r->message = opcode;
		utf8_init(&r->text);
	}
}

static uint8_t
head_length(const uint8_t *head)
{
	uint8_t len = head[1] & LENGTH;

	return 2 + MASK + (len == LENGTH_64 ? 8 : len == LENGTH_16 ? 2 : 0);
}

static size_t
take_head(struct websocket_reader *r, struct span input,
	struct websocket_event *e)
{
	size_t len = (size_t)(r->need - r->have);
	int code;

	len = input.len < len ? input.len : len;
	memcpy(r->head + r->have, input.at, len);
	r->have += (uint8_t)len;
	if (r->have < r->need)
		return len;
	if (r->need == 2) {
		code = judge_start(r);
		r->need = head_length(r->head);
	} else {
		code = judge_length(r);
		begin_content(r);
	}
	if (code != 0)
		fail(r, e, code);
	else if (r->in_content && r->left == 0)
		end_frame(r, e);
	return len;
}

size_t
websocket_read(struct websocket_reader *r, struct span input,
	struct websocket_event *e)
{
	size_t used = 0;
	struct span rest;

	*e = (struct websocket_event){ .what = WEBSOCKET_GOT_NOTHING };
	if (r->has_told)
		forget_message(r);
	while (used < input.len && e->what == WEBSOCKET_GOT_NOTHING) {
		if (r->is_done)
			return input.len;
		rest = (struct span){ input.at + used, input.len - used };
		used += r->in_content ? take_content(r, rest, e)
				      : take_head(r, rest, e);
	}
	return used;
}

/* ---- writing ------------------------------------------------------------ */

size_t
websocket_head(
	uint8_t to[WEBSOCKET_HEAD], enum websocket_opcode opcode, size_t len)
{
	unsigned n = len < LENGTH_16 ? 0 : len < 65536 ? 2 : 8;

	to[0] = (uint8_t)(FIN | opcode);
	to[1] = (uint8_t)(n == 0 ? len : n == 2 ? LENGTH_16 : LENGTH_64);
	for (unsigned i = 0; i < n; i++)
		to[2 + i] = (uint8_t)((uint64_t)len >> 8 * (n - 1 - i));
	return 2 + n;
}
