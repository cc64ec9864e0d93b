/*
 * The compressor of a stream.  What a module writes in one turn of the loop is
 * compressed in the next, a piece a turn, and flushed, so that the client can
 * read all of it.
 * SPDX-License-Identifier: MIT
 */
#ifndef STREAM_CODING_H
#define STREAM_CODING_H

#include <stdbool.h>
#include <stddef.h>

#include "http/accept_encoding.h"

struct context;
struct stream;
struct stream_coding;

/* Returns NULL when the worker has as many as it may have: the stream is then
 * sent as it is. */
struct stream_coding *stream_coding_new(struct context *, enum coding);
void stream_coding_free(struct stream *);

/* Takes a part of the content. */
void stream_coding_put(struct stream *, const void *bytes, size_t len);

/* Compresses all that waits; then the stream ends. */
void stream_coding_end(struct stream *);

/* The same at once, for a worker that stops; the caller ends the stream.
 * Returns false if it could not be compressed: it is aborted instead. */
bool stream_coding_end_now(struct stream *);

/* Returns the bytes that wait to be compressed. */
size_t stream_coding_waiting(const struct stream *);

#endif
