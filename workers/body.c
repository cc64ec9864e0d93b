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
	MOST_SIZE_DIGITS = 15,     /* hex: below 2^60; zeros count */
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

/* A byte of a chunk's size (RFC 9112 7.1): the next state, or -1. */
static int
size_byte(struct body *b, char c)
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
	return c == ' ' || c == '\t' ? BODY_EXTENSION_END : -1;
}

/* What may follow an extension, or the space before one. */
static int
after_extension(char c, int space)
{
	if (c == ' ' || c == '\t')
		return space;
	if (c == ';')
		return BODY_EXTENSION_NAME_START;
	return -1;
}

/*
 * RFC 9112 7.1.1: *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted ) ] ).
 * Space stands before a ';' or nowhere.
 */
static int
extension_byte(enum body_state state, char c)
{
	switch (state) {
	case BODY_EXTENSION_END:
		return after_extension(c, BODY_EXTENSION_END);
	case BODY_EXTENSION_NAME_START:
		if (c == ' ' || c == '\t')
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
		return after_extension(c, BODY_EXTENSION_NAME_END);
	case BODY_EXTENSION_VALUE_START:
		if (c == ' ' || c == '\t')
			return state;
		if (c == '"')
			return BODY_EXTENSION_QUOTED;
		return octet_is_tchar(c) ? BODY_EXTENSION_VALUE : -1;
	case BODY_EXTENSION_VALUE:
		if (octet_is_tchar(c))
			return state;
		return c == '\r' ? BODY_CHUNK_SIZE_LF :
				   after_extension(c, BODY_EXTENSION_END);
	case BODY_EXTENSION_QUOTED:
		if (c == '"')
			return BODY_EXTENSION_QUOTE_END;
		if (!octet_is_text(c))
			return -1;
		return c == '\\' ? BODY_EXTENSION_ESCAPED : (int)state;
	case BODY_EXTENSION_QUOTE_END:
		return c == '\r' ? BODY_CHUNK_SIZE_LF :
				   after_extension(c, BODY_EXTENSION_END);
	case BODY_EXTENSION_ESCAPED:
		return octet_is_text(c) ? BODY_EXTENSION_QUOTED : -1;
	default:
		assert(!"a state of the extensions");
	}
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
		if (b->state >= BODY_TRAILER_START)
			return trailer_byte(b, c);
		if (b->state >= BODY_EXTENSION_END)
			return extension_byte(b->state, c);
		return size_byte(b, c);
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
