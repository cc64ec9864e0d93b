/*
 * Memory of a worker: an allocation that fails ends the process, and the master
 * starts another one.  The master does not use these for anything that a
 * client, a module or a configuration can make it do: it refuses instead
 * (error_text_no_memory()).
 * SPDX-License-Identifier: MIT
 */
#ifndef MEM_H
#define MEM_H

#include <assert.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* All return memory for free(3), never NULL. */

static inline void *
mem_alloc(size_t size)
{
	void *p = malloc(size);

	assert(p != NULL);
	return p;
}

static inline void *
mem_calloc(size_t count, size_t size)
{
	void *p = calloc(count, size);

	assert(p != NULL);
	return p;
}

static inline void *
mem_realloc(void *old, size_t size)
{
	void *p = realloc(old, size);

	assert(p != NULL);
	return p;
}

static inline void *
mem_reallocarray(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	assert(p != NULL);
	return p;
}

static inline char *
mem_strdup(const char *text)
{
	char *p = strdup(text);

	assert(p != NULL);
	return p;
}

static inline char *
mem_strndup(const char *text, size_t len)
{
	char *p = strndup(text, len);

	assert(p != NULL);
	return p;
}

/* Returns what an allocation takes, with the word that the allocator adds; 0
 * for NULL. */
static inline size_t
mem_size(const void *p)
{
	return p == NULL ? 0 : malloc_usable_size((void *)p) + sizeof(size_t);
}

#endif
