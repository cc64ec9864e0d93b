/*
 * malloc_usable_size(3) tells the size of a block that comes back, so that none
 * needs a head of its own.  A build with AddressSanitizer keeps none: it would
 * not see that a block is used after it was freed.
 * SPDX-License-Identifier: MIT
 */
#include "common/small_pool.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/sanitized.h"

enum {
	SMALL_HEAD = 8,
	SMALL_LEAST = 24, /* bytes of the smallest block */
};

struct small_block {
	struct small_block *next;
};

/* Sizes of glibc's blocks are 8 more than a multiple of 16.  This list has
 * blocks of at least so many bytes. */
static size_t
list_for(size_t size)
{
	if (size < SMALL_LEAST)
		size = SMALL_LEAST;
	return (size + SMALL_HEAD + SMALL_STEP - 1) / SMALL_STEP;
}

/* The list to which a block of so many bytes belongs. */
static size_t
list_of(size_t size)
{
	return (size + SMALL_HEAD) / SMALL_STEP;
}

void *
small_pool_get(struct small_pool *p, size_t size)
{
	size_t list = list_for(size);
	struct small_block *b;

	if (list >= SMALL_SIZES || (b = p->free[list]) == NULL)
		return malloc(size);
	p->free[list] = b->next;
	p->nfree[list]--;
	return b;
}

void
small_pool_put(struct small_pool *p, void *memory)
{
	struct small_block *b = memory;
	size_t list = IS_SANITIZED || b == NULL
			      ? SMALL_SIZES
			      : list_of(malloc_usable_size(b));

	if (list >= SMALL_SIZES || p->nfree[list] == SMALL_MOST) {
		free(b);
		return;
	}
	b->next = p->free[list];
	p->free[list] = b;
	p->nfree[list]++;
}

void
small_pool_fini(struct small_pool *p)
{
	struct small_block *b;

	for (size_t list = 0; list < SMALL_SIZES; list++) {
		while ((b = p->free[list]) != NULL) {
			p->free[list] = b->next;
			free(b);
		}
		p->nfree[list] = 0;
	}
}

/* ---- callbacks ----------------------------------------------------------- */

void *
small_pool_on_malloc(size_t size, void *pool)
{
	return small_pool_get(pool, size);
}

void *
small_pool_on_calloc(size_t count, size_t size, void *pool)
{
	void *memory;

	if (size > 0 && count > SIZE_MAX / size)
		return NULL;
	memory = small_pool_get(pool, count * size);
	return memory == NULL ? NULL : memset(memory, 0, count * size);
}

void *
small_pool_on_realloc(void *memory, size_t size, void *pool)
{
	(void)pool;
	return realloc(memory, size);
}

void
small_pool_on_free(void *memory, void *pool)
{
	small_pool_put(pool, memory);
}
