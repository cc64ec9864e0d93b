/*
 * Outside content the decoder steps one byte at a time; content is taken in
 * runs. Trailer fields are checked and dropped: they never reach the header
 * section (RFC 9110 6.5.1).
 * SPDX-License-Identifier: MIT
 */
#include "http/body.h"

#include <assert.h>

#include "http/octet.h"

enum {
	MOST_OVERHEAD = 16 * 1024, /* bytes */
	/* hexadecimal, so sizes stay below 2^60; leading zeros count */
	MOST_SIZE_DIGITS = 15,
};

void
body_start_length(struct body *b, uint64_t length)
{
	*b = (struct body){ .state = length > 0 ? BODY_LENGTH : BODY_DONE,
		.left = length };
}

void
body_start_chunked(struct body *b)
{
	*b = (struct body){ .state = BODY_CHUNK_SIZE_START };
}

void
body_start_framed(struct body *b, int64_t length)
{
	*b = (struct body){ .state = BODY_FRAMED,
		.is_open = length < 0,
		.left = length < 0 ? UINT64_MAX : (uint64_t)length };
}

int
body_take_framed(struct body *b, size_t len)
{
	if (len > b->left)
		return 400;
	b->left -= len;
	b->received += len;
	return 0;
}

int
body_end_framed(struct body *b)
{
	b->state = BODY_DONE;
	return b->is_open || b->left == 0 ? 0 : 400;
}

/*
 * Handles a byte of a chunk's size (RFC 9112 7.1). Returns the next state, or
 * -1 when the byte is not allowed.
 */
static int
step_chunk_size(struct body *b, char c)
{
	int digit = octet_hex(c);

	if (digit >= 0) {
		if (b->state == BODY_CHUNK_SIZE_START)
			b->digits = 0;
		if (++b->digits > MOST_SIZE_DIGITS)
			return -1;
		b->left = b->left << 4 | (unsigned)digit;
		return BODY_CHUNK_SIZE;
	}
	if (b->state == BODY_CHUNK_SIZE_START)
		return -1;
	if (c == ';')
		return BODY_EXTENSION_NAME_START;
	if (c == '\r')
		return BODY_CHUNK_SIZE_LF;
	return octet_is_blank(c) ? BODY_EXTENSION_END : -1;
}

/*
 * Handles the byte after an extension or after the white space behind it; space
 * is the state to enter on white space.
 */
static int
step_after_extension(char c, int space)
{
	if (octet_is_blank(c))
		return space;
	if (c == ';')
		return BODY_EXTENSION_NAME_START;
	return -1;
}

/*
 * Handles a byte of a chunk extension (RFC 9112 7.1.1): *( BWS ";" BWS name [
 * BWS "=" BWS ( token / quoted-string ) ] ). White space is allowed only where
 * ';' or '=' must follow, or after one of them. Returns the next state, or -1.
 */
static int
step_extension(enum body_state state, char c)
{
	switch (state) {
	case BODY_EXTENSION_END:
		return step_after_extension(c, BODY_EXTENSION_END);
	case BODY_EXTENSION_NAME_START:
		if (octet_is_blank(c))
			return state;
		return octet_is_tchar(c) ? BODY_EXTENSION_NAME : -1;
	case BODY_EXTENSION_NAME:
		if (octet_is_tchar(c))
			return state;
		/* fallthrough */
	case BODY_EXTENSION_NAME_END:
		if (c == '=')
			return BODY_EXTENSION_VALUE_START;
		if (c == '\r' && state == BODY_EXTENSION_NAME)
			return BODY_CHUNK_SIZE_LF;
		return step_after_extension(c, BODY_EXTENSION_NAME_END);
	case BODY_EXTENSION_VALUE_START:
		if (octet_is_blank(c))
			return state;
		if (c == '"')
			return BODY_EXTENSION_QUOTED;
		return octet_is_tchar(c) ? BODY_EXTENSION_VALUE : -1;
	case BODY_EXTENSION_VALUE:
		if (octet_is_tchar(c))
			return state;
		return c == '\r' ? BODY_CHUNK_SIZE_LF
				 : step_after_extension(c, BODY_EXTENSION_END);
	case BODY_EXTENSION_QUOTED:
		if (c == '"')
			return BODY_EXTENSION_QUOTE_END;
		if (!octet_is_text(c))
			return -1;
		return c == '\\' ? BODY_EXTENSION_ESCAPED : (int)state;
	case BODY_EXTENSION_QUOTE_END:
		return c == '\r' ? BODY_CHUNK_SIZE_LF
				 : step_after_extension(c, BODY_EXTENSION_END);
	case BODY_EXTENSION_ESCAPED:
		return octet_is_text(c) ? BODY_EXTENSION_QUOTED : -1;
	default:
		assert(!"a state of the extensions");
	}
}

/* Handles a byte of a trailer line, which has the grammar of a field line. */
static int
step_trailer(struct body *b, char c)
{
	switch (b->state) {
	case BODY_TRAILER_START:
		if (c == '\r')
			return BODY_END_LF;
		return octet_is_tchar(c) ? BODY_TRAILER_NAME : -1;
	case BODY_TRAILER_NAME:
		if (c == ':')
			return BODY_TRAILER_VALUE;
		return octet_is_tchar(c) ? BODY_TRAILER_NAME : -1;
	case BODY_TRAILER_VALUE:
		if (c == '\r')
			return BODY_TRAILER_LF;
		return octet_is_text(c) ? BODY_TRAILER_VALUE : -1;
	case BODY_TRAILER_LF:
		return c == '\n' ? BODY_TRAILER_START : -1;
	case BODY_END_LF:
		return c == '\n' ? BODY_DONE : -1;
	default:
		assert(!"a state of the trailer section");
	}
}

static int
step_framing(struct body *b, char c)
{
	switch (b->state) {
	case BODY_CHUNK_SIZE_LF:
		if (c != '\n')
			return -1;
		return b->left > 0 ? BODY_CHUNK_DATA : BODY_TRAILER_START;
	case BODY_CHUNK_DATA_CR:
		return c == '\r' ? BODY_CHUNK_DATA_LF : -1;
	case BODY_CHUNK_DATA_LF:
		return c == '\n' ? BODY_CHUNK_SIZE_START : -1;
	default:
		if (b->state >= BODY_TRAILER_START)
			return step_trailer(b, c);
		if (b->state >= BODY_EXTENSION_END)
			return step_extension(b->state, c);
		return step_chunk_size(b, c);
	}
}

static bool
is_content(const struct body *b)
{
	return b->state == BODY_LENGTH || b->state == BODY_CHUNK_DATA;
}

static bool
is_overhead(const struct body *b)
{
	return b->state >= BODY_EXTENSION_END;
}

static size_t
take_content(struct body *b, const char *in, size_t len, struct span *content)
{
	size_t n = len < b->left ? len : (size_t)b->left;

	*content = (struct span){ in, n };
	b->left -= n;
	b->received += n;
	if (b->left == 0)
		b->state = b->state == BODY_LENGTH ? BODY_DONE
						   : BODY_CHUNK_DATA_CR;
	return n;
}

int
body_take(struct body *b, const char *in, size_t len, size_t *used,
	struct span *content)
{
	size_t i = 0;
	int next;

	*content = (struct span){ in, 0 };
	while (i < len && b->state != BODY_DONE && !is_content(b)) {
		next = step_framing(b, in[i++]);
		if (next == -1)
			return 400;
		b->state = (enum body_state)next;
		if (is_overhead(b) && ++b->overhead > MOST_OVERHEAD)
			return 431;
	}
	if (i < len && is_content(b))
		i += take_content(b, in + i, len - i, content);
	*used = i;
	return 0;
}
