/*
 * Input that could not be used at once: the start of a head that is not
 * complete, or requests behind one that is still being answered.  Two sizes
 * of buffer, kept in free lists.
 * SPDX-License-Identifier: MIT
 */
#ifndef INPUT_BUFFER_H
#define INPUT_BUFFER_H

#include <stddef.h>

struct input_buffer {
	char *bytes; /* NULL: none */
	size_t used, size;
};

struct input_buffer_block;

struct input_buffers {
	struct {
		size_t size;
		struct input_buffer_block *free;
		unsigned nfree;
	} sizes[2];
};

/* most: what a connection may leave over, in bytes. */
void input_buffers_init(struct input_buffers *, size_t most);
void input_buffers_fini(struct input_buffers *);

/*
 * Makes bytes the connection's input; they may be the end of that
 * itself.  None of them: gives the buffer back.
 */
void input_buffer_set(struct input_buffers *, struct input_buffer *,
	const char *bytes, size_t len);

/* Room behind what is there: the buffer grows to the next size when full. */
char *input_buffer_reserve(
	struct input_buffers *, struct input_buffer *, size_t *room);

#endif
