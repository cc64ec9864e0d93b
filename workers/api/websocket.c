/*
 * Each error is reported as soon as the offending byte is read: in the first
 * two bytes of a frame, in its length, or in its payload.
 * SPDX-License-Identifier: MIT
 */
#include "api/websocket.h"

#include <stdlib.h>

#include "api/websocket_inflate.h"
#include "common/mem.h"
#include "conn/body_memory.h"

enum {
	FIN = 0x80, /* in the first byte */
	RESERVED = 0x70,
	OPCODE = 0x0f,
	CONTROL = 0x08,
	MASKED = 0x80, /* in the second byte */
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	MASK = 4,
	/* bytes of a message buffer that are kept for the next message */
	KEPT = 512,
	/* bytes that are inflated in a step, to 1032 times as many at most */
	DEFLATED_STEP = 256,
};

void
websocket_reader_init(struct websocket_reader *r, size_t most)
{
	*r = (struct websocket_reader){ .most = most, .need = 2 };
}

/* ---- events ------------------------------------------------------------- */

static void
report_error(struct websocket_reader *r, struct websocket_event *e, int code)
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

/*
 * Reports a close frame: its payload is empty, or a code and a reason (RFC 6455
 * 5.5.1).
 */
static void
report_close(struct websocket_reader *r, struct websocket_event *e)
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
		report_error(r, e, WEBSOCKET_PROTOCOL_ERROR);
	else if (!utf8_is_valid(e->content.at, e->content.len))
		report_error(r, e, WEBSOCKET_NOT_UTF8);
}

static void
report_control(struct websocket_reader *r, enum websocket_opcode opcode,
	struct websocket_event *e)
{
	r->control[r->control_len] = '\0';
	*e = (struct websocket_event){ .what = WEBSOCKET_GOT_CONTROL,
		.opcode = opcode,
		.content = { r->control, r->control_len } };
	if (opcode == WEBSOCKET_CLOSE)
		report_close(r, e);
}

static void
report_message(struct websocket_reader *r, struct websocket_event *e)
{
	if (r->message == WEBSOCKET_TEXT && !utf8_is_whole(&r->text)) {
		report_error(r, e, WEBSOCKET_NOT_UTF8);
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

/* ---- payload ------------------------------------------------------------ */

static void
unmask_bytes(char *restrict to, const char *restrict from, size_t len,
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

/*
 * Makes space for len more bytes; NULL when there is no memory. The buffer
 * grows with the bytes received, not with the announced length.
 */
static char *
reserve_message(struct websocket_reader *r, size_t len)
{
	size_t need = r->len + len, size;

	if (need >= r->size) {
		size = need < KEPT / 2 ? KEPT : need * 2;
		if (size > r->len + r->left && size > KEPT)
			size = r->len + (size_t)r->left + 1;
		if (websocket_resize(r, size) == -1)
			return NULL;
	}
	return r->bytes + r->len;
}

static void
free_message(struct websocket_reader *r)
{
	if (r->memory != NULL)
		body_memory_change(r->memory, r->size, 0);
	free(r->bytes);
	r->bytes = NULL;
	r->size = 0;
}

void
websocket_reader_fini(struct websocket_reader *r)
{
	websocket_inflate_fini(r);
	free_message(r);
}

/* Discards the message that the caller was given in the previous call. */
static void
discard_message(struct websocket_reader *r)
{
	r->has_told = false;
	r->len = 0;
	if (r->size > KEPT)
		free_message(r);
}

/* Returns 0, or the close code of the error. */
static int
take_message_bytes(struct websocket_reader *r, const char *from, size_t len)
{
	char *to = reserve_message(r, len);

	if (to == NULL)
		return WEBSOCKET_TRY_AGAIN_LATER;
	unmask_bytes(to, from, len, r->head + r->need - MASK, r->phase);
	r->len += len;
	return r->message != WEBSOCKET_TEXT || utf8_take(&r->text, to, len)
		       ? 0
		       : WEBSOCKET_NOT_UTF8;
}

static int
take_deflated(struct websocket_reader *r, const char *from, size_t len)
{
	char bytes[DEFLATED_STEP];

	unmask_bytes(bytes, from, len, r->head + r->need - MASK, r->phase);
	return websocket_inflate_take(r, bytes, len);
}

/* ---- frames -------------------------------------------------------------- */

static void
finish_message(struct websocket_reader *r, struct websocket_event *e)
{
	int code = websocket_inflate_end(r);

	if (code != 0)
		report_error(r, e, code);
	else
		report_message(r, e);
}

static void
finish_frame(struct websocket_reader *r, struct websocket_event *e)
{
	enum websocket_opcode opcode = r->head[0] & OPCODE;

	r->in_content = false;
	r->have = 0;
	r->need = 2;
	if (opcode & CONTROL)
		report_control(r, opcode, e);
	else if (r->head[0] & FIN)
		finish_message(r, e);
}

static size_t
take_payload(struct websocket_reader *r, struct span input,
	struct websocket_event *e)
{
	size_t len = input.len < r->left ? input.len : (size_t)r->left;
	int code = 0;

	if (r->head[0] & CONTROL) {
		unmask_bytes(r->control + r->control_len, input.at, len,
			r->head + r->need - MASK, r->phase);
		r->control_len += (uint8_t)len;
	} else if (len > 0 && r->is_deflated) {
		len = len < DEFLATED_STEP ? len : DEFLATED_STEP;
		code = take_deflated(r, input.at, len);
	} else if (len > 0) {
		code = take_message_bytes(r, input.at, len);
	}
	if (code != 0) {
		report_error(r, e, code);
		return len;
	}
	r->phase = (uint8_t)((r->phase + len) % MASK);
	r->left -= len;
	if (r->left == 0)
		finish_frame(r, e);
	return len;
}

/* ---- frame heads --------------------------------------------------------- */

/* True for bits that no extension has defined here (RFC 6455 5.2); RSV1 is for
 * the first frame of a message (RFC 7692 6). */
static bool
has_reserved_bits(const struct websocket_reader *r, uint8_t opcode)
{
	unsigned permitted =
		r->takes_deflate && (opcode == WEBSOCKET_TEXT ||
					    opcode == WEBSOCKET_BINARY)
			? WEBSOCKET_COMPRESSED
			: 0;

	return (r->head[0] & RESERVED & ~permitted) != 0;
}

/* True in a frame of a compressed message. */
static bool
is_deflated_frame(const struct websocket_reader *r)
{
	return (r->head[0] & OPCODE) == WEBSOCKET_CONTINUATION
		       ? r->is_deflated
		       : (r->head[0] & WEBSOCKET_COMPRESSED) != 0;
}

/* Checks the first two bytes. Returns 0, or the close code of the error. */
static int
check_frame_start(struct websocket_reader *r)
{
	uint8_t opcode = r->head[0] & OPCODE, len = r->head[1] & LENGTH;
	bool is_last = r->head[0] & FIN;

	/* Frames of a client are masked (RFC 6455 5.1). */
	if (has_reserved_bits(r, opcode) || !(r->head[1] & MASKED))
		return WEBSOCKET_PROTOCOL_ERROR;
	if (opcode > WEBSOCKET_PONG ||
		(opcode > WEBSOCKET_BINARY && opcode < WEBSOCKET_CLOSE))
		return WEBSOCKET_PROTOCOL_ERROR;
	/* A control frame is short and not fragmented (RFC 6455 5.5). */
	if (opcode & CONTROL)
		return is_last && len <= WEBSOCKET_CONTROL &&
				       !(opcode == WEBSOCKET_CLOSE && len == 1)
			       ? 0
			       : WEBSOCKET_PROTOCOL_ERROR;
	/* A continuation needs a message, and a message must not begin within
	 * another (RFC 6455 5.4). */
	if ((opcode == WEBSOCKET_CONTINUATION) != (r->message != 0))
		return WEBSOCKET_PROTOCOL_ERROR;
	return 0;
}

/*
 * Checks the length in a complete head. Returns 0, or the close code of the
 * error.
 */
static int
check_frame_length(struct websocket_reader *r)
{
	uint8_t len = r->head[1] & LENGTH;
	unsigned n = len == LENGTH_64 ? 8 : len == LENGTH_16 ? 2 : 0;

	r->left = n == 0 ? len : 0;
	for (unsigned i = 0; i < n; i++)
		r->left = r->left << 8 | r->head[2 + i];
	/* The length uses the shortest form and 63 bits (RFC 6455 5.2). */
	if ((n == 2 && r->left < LENGTH_16) || (n == 8 && r->left < 65536) ||
		r->left >> 63 != 0)
		return WEBSOCKET_PROTOCOL_ERROR;
	/* What a compressed frame makes is limited while it is inflated. */
	if (!(r->head[0] & CONTROL) && !is_deflated_frame(r) &&
		r->left > r->most - r->len)
		return WEBSOCKET_TOO_BIG;
	return 0;
}

static void
begin_payload(struct websocket_reader *r)
{
	enum websocket_opcode opcode = r->head[0] & OPCODE;

	r->in_content = true;
	r->phase = 0;
	if (opcode & CONTROL) {
		r->control_len = 0;
	} else if (opcode != WEBSOCKET_CONTINUATION) {
		r->is_deflated = is_deflated_frame(r);
		r->message = opcode;
		utf8_init(&r->text);
	}
}

static uint8_t
frame_head_length(const uint8_t *head)
{
	uint8_t len = head[1] & LENGTH;

	return 2 + MASK + (len == LENGTH_64 ? 8 : len == LENGTH_16 ? 2 : 0);
}

static size_t
take_frame_head(struct websocket_reader *r, struct span input,
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
		code = check_frame_start(r);
		r->need = frame_head_length(r->head);
	} else {
		code = check_frame_length(r);
		begin_payload(r);
	}
	if (code != 0)
		report_error(r, e, code);
	else if (r->in_content && r->left == 0)
		finish_frame(r, e);
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
		discard_message(r);
	r->inflated = 0;
	while (used < input.len && e->what == WEBSOCKET_GOT_NOTHING &&
		r->inflated < WEBSOCKET_INFLATED) {
		if (r->is_done)
			return input.len;
		rest = (struct span){ input.at + used, input.len - used };
		used += r->in_content ? take_payload(r, rest, e)
				      : take_frame_head(r, rest, e);
	}
	return used;
}

bool
websocket_reader_is_idle(const struct websocket_reader *r)
{
	return r->have == 0 && !r->in_content && !r->is_done &&
	       r->message == WEBSOCKET_CONTINUATION;
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
