/*
 * The reserve is used up block by block; a block that is given back stays
 * unused.  It is never empty twice in the life of a master: arrays double, so
 * all of them together need less than twice what the largest state needs.
 * SPDX-License-Identifier: MIT
 */
#include "loop_memory.h"

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { RESERVE = 4 * 1024 * 1024 }; /* bytes; pages not used cost nothing */

/* In front of each block. */
union header {
	size_t size;
	max_align_t align;
};

/* The allocator of libev has no argument for it. */
static struct {
	char *bytes;
	size_t used;
} reserve;

static bool
is_ours(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)reserve.bytes &&
	       (uintptr_t)p < (uintptr_t)reserve.bytes + RESERVE;
}

static union header *
take_reserve(size_t size)
{
	size_t align = sizeof(union header);
	size_t need = (size + 2 * align - 1) / align * align;
	union header *h = (void *)(reserve.bytes + reserve.used);

	if (size > RESERVE || need > RESERVE - reserve.used)
		return NULL;
	reserve.used += need;
	return h;
}

/* A block of this size with the content of an older one, or NULL. */
static union header *
move_block(const union header *old, union header *new, size_t size)
{
	if (new != NULL && old != NULL)
		memcpy(new + 1, old + 1, old->size < size ? old->size : size);
	if (new != NULL)
		new->size = size;
	return new;
}

static void
release_block(union header *h)
{
	if (h != NULL && !is_ours(h))
		free(h);
}

/* As realloc(3), with size 0 as free(3). */
static void *
allocate_block(void *p, long size)
{
	union header *old = p == NULL ? NULL : (union header *)p - 1, *new;

	if (size <= 0) {
		release_block(old);
		return NULL;
	}
	new = move_block(
		old, malloc(sizeof(*new) + (size_t)size), (size_t)size);
	if (new == NULL)
		new = move_block(old, take_reserve((size_t)size), (size_t)size);
	if (new == NULL)
		return NULL;
	release_block(old);
	return new + 1;
}

int
loop_memory_reserve(void)
{
	void *bytes = mmap(NULL, RESERVE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		return -1;
	reserve.bytes = bytes;
	reserve.used = 0;
	ev_set_allocator(allocate_block);
	return 0;
}
