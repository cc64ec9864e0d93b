/*
 * A response in parts, or a tunnel. What a module writes is collected in memory
 * and sent once per turn of the loop.
 * SPDX-License-Identifier: MIT
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/keepalive.h"
#include "api/prong.h"
#include "common/container_of.h"
#include "conn/deadline.h"

struct context;

struct stream_buffer {
	char *bytes;
	size_t len, size;
};

struct stream {
	struct context *ctx;
	/* armed for kinds of stream that have a keepalive */
	struct deadline keepalive;
	bool is_chunked;
	bool is_silent; /* the response has no content: nothing is sent */
	bool is_tunnel; /* a WebSocket: prong_write() is refused */
	bool is_sse;
	bool is_ended;  /* the last byte is queued */
	bool is_ending; /* it will be, when all of it was compressed */
	bool is_logged;
	bool is_in_drain; /* on_drain is running */
	bool was_stopped; /* ended by the worker, not by the module */
	bool is_dirty;    /* written to since the output was empty */
	uint64_t content; /* bytes of content that were written */
	uint64_t before;  /* offset in the output behind earlier responses */
	/* the bytes that are in the exchange's output */
	struct stream_buffer sending;
	struct stream_buffer waiting; /* the bytes to be sent after those */
	struct stream_coding *coding; /* NULL: none */
	void (*on_drain)(struct prong_context *, void *data);
	void *on_drain_data;
};

/* Creates the stream of a context and marks the context answered. */
struct stream *stream_new(struct context *);

/* Frees the stream of a context that ends, if it has one. */
void stream_free(struct context *);

/* True when len more bytes may be queued; otherwise sets errno to ENOBUFS. */
bool stream_has_room(const struct stream *, size_t len);

/* Queues bytes as they are, whatever the size of the queue. */
void stream_put(struct stream *, const void *bytes, size_t len);

/* Queues bytes as a part of the response, compressed and chunked where that
 * applies. */
void stream_put_part(struct stream *, const void *bytes, size_t len);

/* The same without compression. */
void stream_put_raw(struct stream *, const void *bytes, size_t len);

/* Returns about how many bytes of content were sent. */
int64_t stream_sent(const struct stream *);

/* Ends the stream: the context is complete when all bytes were sent. */
void stream_end(struct stream *);

/* Ends the stream because the worker stops; the connection closes after it. */
void stream_stop(struct stream *);

/* Arms a keepalive timeout, replacing the previous one. */
void stream_arm(struct stream *, enum keepalive_wait);

static inline struct stream *
stream_of_keepalive(struct deadline *d)
{
	return container_of(d, struct stream, keepalive);
}

#endif
