/*
 * Input that could not be used at once: the start of a head that is not
 * complete, or requests behind one that is still being answered.  Two sizes
 * of buffer, kept in free lists.
 * SPDX-License-Identifier: MIT
 */
#ifndef LEFTOVER_H
#define LEFTOVER_H

#include <stddef.h>

struct leftover {
	char *bytes; /* NULL: none */
	size_t used, size;
};

struct leftover_buffer;

struct leftovers {
	struct {
		size_t size;
		struct leftover_buffer *free;
		unsigned nfree;
	} sizes[2];
};

/* most: what a connection may leave over, in bytes. */
void leftovers_init(struct leftovers *, size_t most);
void leftovers_fini(struct leftovers *);

/*
 * Makes bytes the connection's leftover; they may be the end of the leftover
 * itself.  None of them: gives the buffer back.
 */
void leftover_set(
	struct leftovers *, struct leftover *, const char *bytes, size_t len);

/* Room behind what is there: the buffer grows to the next size when full. */
char *leftover_reserve(struct leftovers *, struct leftover *, size_t *room);

#endif
