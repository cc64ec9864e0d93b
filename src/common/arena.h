/*
 * A memory arena: allocations are freed all at once, never one by one.  Blocks
 * come from malloc(3); arena_reset() keeps the first block, so that an arena
 * that is used again allocates nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef ARENA_H
#define ARENA_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct arena_block;

/* Blocks that arenas of one thread share: each is free or in one arena. */
struct arena_pool {
	struct arena_block *free;
	size_t block_size;
	unsigned nfree, most; /* blocks; most: that may be free */
};

void arena_pool_init(struct arena_pool *, size_t block_size, unsigned most);

/* Frees the free blocks. */
void arena_pool_fini(struct arena_pool *);

struct arena {
	struct arena_block *first;
	struct arena_block *last;
	size_t block_size;
	size_t limit; /* bytes in all blocks; 0 means no limit */
	size_t total;
	struct arena_pool *pool; /* of all blocks but the first; or NULL */

	/* What happens when malloc(3) fails.  The owner sets one of them after
	 * arena_init(); with neither the process aborts. */
	bool may_fail;    /* functions return NULL */
	jmp_buf *failure; /* longjmp(3) with 1 */
};

/*
 * Initializes an empty arena; it allocates nothing before the first
 * arena_alloc().  block_size and limit are in bytes.
 */
void arena_init(struct arena *, size_t block_size, size_t limit);

/*
 * Like arena_init(), without a limit; only the first block has first_size
 * bytes, and the others come from the pool.
 */
void arena_init_pooled(struct arena *, size_t first_size, struct arena_pool *);

/* Frees all blocks.  The arena may be used again afterwards. */
void arena_fini(struct arena *);

/*
 * Discards all allocations.  Keeps the first block, unless it is larger than
 * block_size.
 */
void arena_reset(struct arena *);

/*
 * Returns size bytes, aligned for any type and not cleared, or NULL when the
 * limit would be exceeded.  The arena owns the memory.
 */
void *arena_alloc(struct arena *, size_t size);

/* Like arena_alloc() with a limit of the caller's, in bytes of all blocks,
 * which leaves the rest of the arena's own limit to others. */
void *arena_alloc_within(struct arena *, size_t size, size_t limit);

/*
 * Ends the most recent allocation at end and makes the rest of it available
 * again.
 */
void arena_trim(struct arena *, const void *end);

/* Like arena_alloc() for an array of count elements, but cleared. */
void *arena_calloc(struct arena *, size_t count, size_t size);

/*
 * Copies the text and adds a terminator.  Returns NULL when the limit would be
 * exceeded.
 */
char *arena_strndup(struct arena *, const char *text, size_t len);
char *arena_strdup(struct arena *, const char *text);

/*
 * Formats like printf(3).  The returned text has a terminator behind its last
 * byte; at is NULL when the limit would be exceeded.
 */
struct span arena_printf(struct arena *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
