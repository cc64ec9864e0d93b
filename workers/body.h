/*
 * Request content off the wire: by length or chunked (RFC 9112 6, 7.1),
 * strict, and whatever the pieces it comes in.
 * SPDX-License-Identifier: MIT
 */
#ifndef BODY_H
#define BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

/* Grouped: the states from BODY_EXTENSION_END on are all overhead. */
enum body_state {
	BODY_DONE, /* nothing (more) to come */
	BODY_LENGTH,
	BODY_CHUNK_SIZE_START,
	BODY_CHUNK_SIZE,
	BODY_CHUNK_SIZE_LF,
	BODY_CHUNK_DATA,
	BODY_CHUNK_DATA_CR,
	BODY_CHUNK_DATA_LF,
	BODY_EXTENSION_END, /* space before ';' */
	BODY_EXTENSION_NAME_START,
	BODY_EXTENSION_NAME,
	BODY_EXTENSION_NAME_END, /* space before '=' or ';' */
	BODY_EXTENSION_VALUE_START,
	BODY_EXTENSION_VALUE,
	BODY_EXTENSION_QUOTED,
	BODY_EXTENSION_ESCAPED,
	BODY_EXTENSION_QUOTE_END,
	BODY_TRAILER_START,
	BODY_TRAILER_NAME,
	BODY_TRAILER_VALUE,
	BODY_TRAILER_LF,
	BODY_END_LF,
};

struct body {
	enum body_state state;
	uint64_t left;     /* of the length, or of this chunk */
	uint64_t received; /* bytes of content so far */
	uint32_t overhead; /* bytes of extensions and trailers so far */
	uint8_t digits;    /* of this chunk's size */
};

void body_start_length(struct body *, uint64_t length);
void body_start_chunked(struct body *);

static inline bool
body_is_done(const struct body *b)
{
	return b->state == BODY_DONE;
}

/*
 * Takes in bytes: *used of them, up to the end of the body.  *content: the
 * run of content among them, at most one a call; call again while bytes are
 * left and the body is not done.  0, or 400 for a body that breaks the
 * grammar, or 431 for endless extensions and trailers.
 */
int body_take(struct body *, const char *in, size_t len, size_t *used,
	struct span *content);

#endif
