/*
 * The compressor of a stream.  What a module writes in one turn of the loop is
 * compressed in the next ones, a piece at a time, and flushed, so that the
 * client can read all of it.  A turn takes a bounded time, however many streams
 * wait.
 * SPDX-License-Identifier: MIT
 */
#ifndef STREAM_CODING_H
#define STREAM_CODING_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/list.h"
#include "http/accept_encoding.h"

struct context;
struct stream;
struct stream_coding;

/* The streams of a worker that have something to compress: each gets a piece of
 * a round. */
struct stream_coding_queue {
	struct list this_round, next_round;
	struct ev_loop *loop;
	ev_timer turn;
};

void stream_coding_queue_init(struct stream_coding_queue *, struct ev_loop *);
void stream_coding_queue_fini(struct stream_coding_queue *);

/* Returns NULL when the worker has as many as it may have: the stream is then
 * sent as it is. */
struct stream_coding *stream_coding_new(struct context *, enum coding);
void stream_coding_free(struct stream *);

/* Takes a part of the content. */
void stream_coding_put(struct stream *, const void *bytes, size_t len);

/* Compresses all that waits; then the stream ends. */
void stream_coding_end(struct stream *);

/* Returns the bytes that wait to be compressed. */
size_t stream_coding_waiting(const struct stream *);

#endif
