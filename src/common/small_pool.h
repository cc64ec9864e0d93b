/*
 * Small blocks of malloc(3) that are used again.  The C library keeps seven
 * free blocks of a size at hand, but a turn of an HTTP/2 connection takes ten
 * times as many, of a few sizes, and frees them at its end.  Last in, first
 * out: the block that is used next is still in the processor's cache.
 * SPDX-License-Identifier: MIT
 */
#ifndef SMALL_POOL_H
#define SMALL_POOL_H

#include <stddef.h>

struct small_block;

enum {
	SMALL_MAX = 512, /* bytes; larger blocks are not kept */
	SMALL_STEP = 16,
	SMALL_SIZES = SMALL_MAX / SMALL_STEP + 1,
	SMALL_MOST = 64, /* free blocks of one size */
};

/* Zeroed, it is empty. */
struct small_pool {
	struct small_block *free[SMALL_SIZES];
	unsigned nfree[SMALL_SIZES];
};

/* Returns size bytes, not cleared, aligned for any type; NULL: out of memory.
 */
void *small_pool_get(struct small_pool *, size_t size);

/* Takes back what small_pool_get() or malloc(3) has returned; NULL is
 * permitted. */
void small_pool_put(struct small_pool *, void *);

/* Frees the free blocks. */
void small_pool_fini(struct small_pool *);

/* For a library that takes its memory through callbacks. */
void *small_pool_on_malloc(size_t size, void *pool);
void *small_pool_on_calloc(size_t count, size_t size, void *pool);
void *small_pool_on_realloc(void *, size_t size, void *pool);
void small_pool_on_free(void *, void *pool);

#endif
