/*
 * An answer in parts, or another protocol: what a module writes is gathered in
 * memory, and sent once a turn of the loop.
 * SPDX-License-Identifier: MIT
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deadline.h"
#include "prong.h"
#include "pulse.h"

struct stream_buffer {
	char *bytes;
	size_t len, size;
};

struct stream {
	struct prong_context *ctx;
	struct deadline pulse; /* of a kind that has one */
	bool is_chunked;
	bool is_silent; /* the answer has no content: nothing is sent */
	bool is_tunnel; /* of a WebSocket: not for prong_write() */
	bool is_sse;
	bool is_ended; /* the last byte is queued */
	bool is_logged;
	bool is_in_drain; /* the module's function is on the stack */
	bool was_stopped; /* by the worker, not by the module */
	bool is_dirty;    /* written to since all was sent */
	uint64_t before;  /* bytes of the output that are other answers' */
	struct stream_buffer sending; /* stands in the exchange's output */
	struct stream_buffer waiting; /* for when that is sent */
	void (*on_drain)(struct prong_context *, void *data);
	void *on_drain_data;
};

/* The context is held, and its answer queued by means of this. */
struct stream *stream_new(struct prong_context *);

/* For a context that ends; without a stream, too. */
void stream_free(struct prong_context *);

/* Is there room for so many bytes?  Else errno: ENOBUFS. */
bool stream_has_room(const struct stream *, size_t len);

/* As they are, whatever waits already. */
void stream_put(struct stream *, const void *bytes, size_t len);

/* The same as a part of the answer. */
void stream_put_part(struct stream *, const void *bytes, size_t len);

/* Nothing more comes: the context is complete when all is sent. */
void stream_end(struct stream *);

/* The same from the worker, which leaves: the connection's last answer. */
void stream_stop(struct stream *);

/* From now on, and from each sign of life on. */
void stream_arm(struct stream *, enum pulse_wait);

static inline struct stream *
stream_of_pulse(struct deadline *d)
{
	return (struct stream *)((char *)d - offsetof(struct stream, pulse));
}

#endif
