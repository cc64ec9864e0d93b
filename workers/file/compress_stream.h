/*
 * Compresses content that comes in parts.  The window is small, since many
 * streams may be open for long: a stream takes about 72 KB (gzip), 170 KB
 * (zstd) or 325 KB (br).
 * SPDX-License-Identifier: MIT
 */
#ifndef COMPRESS_STREAM_H
#define COMPRESS_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "http/accept_encoding.h"

struct compress_stream;

enum compress_step {
	COMPRESS_MORE,  /* more follows, the result may wait */
	COMPRESS_FLUSH, /* the client can read all that there is */
	COMPRESS_END,   /* the content is complete */
};

/* Returns NULL if the coding is not supported or there is no memory. */
struct compress_stream *compress_stream_new(enum coding);
void compress_stream_free(struct compress_stream *);

/*
 * Takes the bytes and passes what they become to put(), in pieces.  Returns
 * false if the library fails: then the content cannot be completed.
 */
bool compress_stream_take(struct compress_stream *, const char *bytes,
	size_t len, enum compress_step,
	void (*put)(void *arg, const char *bytes, size_t len), void *arg);

#endif
