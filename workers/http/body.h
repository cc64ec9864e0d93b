/*
 * Decodes request content framed by Content-Length or by the chunked coding
 * (RFC 9112 6, 7.1). The decoder is strict, and its result does not depend on
 * how the input is split into reads.
 * SPDX-License-Identifier: MIT
 */
#ifndef BODY_H
#define BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

/*
 * The states from BODY_EXTENSION_END on are grouped: all their bytes count as
 * overhead.
 */
enum body_state {
	BODY_DONE, /* no content remains */
	BODY_LENGTH,
	BODY_FRAMED,
	BODY_CHUNK_SIZE_START,
	BODY_CHUNK_SIZE,
	BODY_CHUNK_SIZE_LF,
	BODY_CHUNK_DATA,
	BODY_CHUNK_DATA_CR,
	BODY_CHUNK_DATA_LF,
	BODY_EXTENSION_END, /* white space before ';' */
	BODY_EXTENSION_NAME_START,
	BODY_EXTENSION_NAME,
	BODY_EXTENSION_NAME_END, /* white space before '=' or ';' */
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
	/* bytes left of the body (BODY_LENGTH), or of this chunk; BODY_FRAMED:
	 * that may still come */
	uint64_t left;
	uint64_t received; /* bytes of content so far */
	uint32_t overhead; /* bytes of extensions and trailers so far */
	uint8_t digits;    /* hexadecimal digits of this chunk's size so far */
	bool is_open;      /* BODY_FRAMED, of no length that was told */
};

/* Prepares for a body of length bytes; 0 means no body. */
void body_start_length(struct body *, uint64_t length);
/* Prepares for a chunked body (RFC 9112 7.1). */
void body_start_chunked(struct body *);

/*
 * Content whose end the protocol below tells, as HTTP/2 does (RFC 9113 8.1.1):
 * of length bytes, or -1 for as many as come. body_take_framed() counts a run,
 * body_end_framed() ends the content; both return 0, or 400 when it is not as
 * long as it was said to be.
 */
void body_start_framed(struct body *, int64_t length);
int body_take_framed(struct body *, size_t len);
int body_end_framed(struct body *);

static inline bool
body_is_done(const struct body *b)
{
	return b->state == BODY_DONE;
}

/*
 * Decodes up to len bytes of input and stores in *used how many were consumed.
 * At most one run of content is returned per call, in *content, which points
 * into the input; call again while input is left and the body is not done.
 * Returns 0, 400 for a body that breaks the grammar, or 431 when extensions and
 * trailers exceed 16 KiB.
 */
int body_take(struct body *, const char *in, size_t len, size_t *used,
	struct span *content);

#endif
