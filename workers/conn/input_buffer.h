/*
 * Input that could not be processed at once: an incomplete head, or pipelined
 * requests behind one that is being answered.  Buffers have two sizes and are
 * pooled.
 * SPDX-License-Identifier: MIT
 */
#ifndef INPUT_BUFFER_H
#define INPUT_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct input_buffer {
	char *bytes; /* NULL: none */
	uint32_t used, size;
};

struct input_buffer_block;

struct input_buffers {
	struct {
		size_t size;
		struct input_buffer_block *free;
		unsigned nfree;
	} sizes[2];
};

/* most is the maximum of bytes that a connection keeps. */
void input_buffers_init(struct input_buffers *, size_t most);
void input_buffers_fini(struct input_buffers *);

/*
 * Stores bytes as the connection's input; they may be a tail of the stored
 * input itself.  With a len of 0 the buffer returns to its pool.
 */
void input_buffer_set(struct input_buffers *, struct input_buffer *,
	const char *bytes, size_t len);

/* Returns the free space of the buffer, and its size in *room; a full buffer
 * grows to the next size. */
char *input_buffer_reserve(
	struct input_buffers *, struct input_buffer *, size_t *room);

#endif
