/*
 * The decoder looks at one byte at a time outside content, and at runs inside.
 * Trailer fields are checked and dropped: they never reach the head
 * (RFC 9110 6.5.1).
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

#include <assert.h>

#include "octet.h"

enum {
	MOST_OVERHEAD = 16 * 1024, /* bytes */
	MOST_SIZE_DIGITS = 15,     /* hex: a chunk below 2^60 bytes */
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

/* A byte of the size line (RFC 9112 7.1, 7.1.1): the next state, or -1. */
static int
size_byte(struct body *b, char c)
{
	int digit = octet_hex(c);

	switch (b->state) {
	case BODY_CHUNK_SIZE_START:
	case BODY_CHUNK_SIZE:
		if (digit >= 0) {
			if (b->left >> 4 * (MOST_SIZE_DIGITS - 1) != 0)
				return -1;
			b->left = b->left << 4 | (unsigned)digit;
			return BODY_CHUNK_SIZE;
		}
		if (b->state == BODY_CHUNK_SIZE_START)
			return -1;
		if (c == ' ' || c == '\t')
			return BODY_CHUNK_SPACE;
		break;
	case BODY_CHUNK_SPACE:
		/* Bad whitespace stands before a ';' or nowhere. */
		if (c == ' ' || c == '\t')
			return BODY_CHUNK_SPACE;
		return c == ';' ? BODY_CHUNK_EXTENSION : -1;
	case BODY_CHUNK_EXTENSION:
		if (c == '"')
			return BODY_CHUNK_QUOTED;
		if (octet_is_tchar(c) || c == '=' || c == ' ' || c == '\t')
			return BODY_CHUNK_EXTENSION;
		break;
	case BODY_CHUNK_QUOTED:
		if (c == '"')
			return BODY_CHUNK_EXTENSION;
		if (!octet_is_text(c))
			return -1;
		return c == '\\' ? BODY_CHUNK_ESCAPED : BODY_CHUNK_QUOTED;
	case BODY_CHUNK_ESCAPED:
		return octet_is_text(c) ? BODY_CHUNK_QUOTED : -1;
	default:
		assert(!"a state of the size line");
	}
	if (c == ';')
		return BODY_CHUNK_EXTENSION;
	return c == '\r' ? BODY_CHUNK_SIZE_LF : -1;
}

/* A byte of a trailer line, with the grammar of a field line. */
static int
trailer_byte(struct body *b, char c)
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
next_state(struct body *b, char c)
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
		return b->state >= BODY_TRAILER_START ? trailer_byte(b, c) :
							size_byte(b, c);
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
	return b->state == BODY_CHUNK_EXTENSION ||
		b->state == BODY_CHUNK_SPACE || b->state == BODY_CHUNK_QUOTED ||
		b->state >= BODY_TRAILER_START;
}

static size_t
take_content(struct body *b, const char *in, size_t len, struct span *content)
{
	size_t n = len < b->left ? len : (size_t)b->left;

	*content = (struct span){ in, n };
	b->left -= n;
	b->received += n;
	if (b->left == 0)
		b->state = b->state == BODY_LENGTH ? BODY_DONE :
						     BODY_CHUNK_DATA_CR;
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
		next = next_state(b, in[i++]);
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
