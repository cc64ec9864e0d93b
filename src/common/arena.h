/*
 * Memory that is given back all at once.  Blocks are malloc'd; reset keeps
 * the first one, so that an arena that is used again allocates nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#include "common/span.h"

struct arena_block;

struct arena {
	struct arena_block *first;
	struct arena_block *last;
	size_t block_size;
	size_t limit; /* bytes in all blocks; 0: no limit */
	size_t total;
};

/* No memory is taken before the first arena_alloc(). */
void arena_init(struct arena *, size_t block_size, size_t limit);
void arena_fini(struct arena *);

/* Forgets everything; keeps the first block, unless a large piece made it. */
void arena_reset(struct arena *);

/*
 * size bytes, aligned for any type, not cleared; NULL when the limit is
 * passed.  Out of memory aborts.  The memory is the arena's.
 */
void *arena_alloc(struct arena *, size_t size);

/* The piece that was taken last ends at end: the rest of it is free again. */
void arena_trim(struct arena *, const void *end);
void *arena_calloc(struct arena *, size_t count, size_t size);

/* A copy with a terminator; NULL as above. */
char *arena_strndup(struct arena *, const char *text, size_t len);
char *arena_strdup(struct arena *, const char *text);

/* printf(3) into the arena; the span's text ends with a terminator. */
struct span arena_printf(struct arena *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
