/*
 * What a module holds in place of a pointer: the index of an entry and the
 * entry's generation.  A handle whose object has ended finds nothing, however
 * often its entry was used again.
 * SPDX-License-Identifier: MIT
 */
#ifndef HANDLES_H
#define HANDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The low bits are the index + 1, so that no handle is NULL; the others the
 * generation.  With 64 bits an entry can be used 2^40 times: at a million
 * requests a second on one entry, twelve days, and then only the very
 * generation that is 2^40 older is taken for it.
 */
enum { HANDLE_INDEX_BITS = sizeof(uintptr_t) == 8 ? 24 : 16 };

struct handle_entry {
	void *object;        /* NULL in a free entry */
	uint64_t generation; /* how often the entry was used */
	uint32_t next_free;  /* its index + 1; 0: the last */
};

struct handles {
	struct handle_entry *all;
	uint32_t count, free; /* free: the index + 1 of the first */
};

/* A zeroed table is empty. */
void handles_fini(struct handles *);

/* Returns a new handle, which is never 0; object is not NULL. */
uintptr_t handles_add(struct handles *, void *object);

/* Returns the entry of a handle, or NULL; for the next three. */
static inline struct handle_entry *
handles_entry(const struct handles *h, uintptr_t handle)
{
	uintptr_t mask = ((uintptr_t)1 << HANDLE_INDEX_BITS) - 1;
	uintptr_t index = (handle & mask) - 1;
	struct handle_entry *e;

	if (index >= h->count)
		return NULL;
	e = &h->all[index];
	if (e->object == NULL ||
		((uintptr_t)e->generation << HANDLE_INDEX_BITS) !=
			(handle & ~mask))
		return NULL;
	return e;
}

/* Returns the object; NULL for 0 and for a handle that was removed. */
static inline void *
handles_find(const struct handles *h, uintptr_t handle)
{
	const struct handle_entry *e = handles_entry(h, handle);

	return e == NULL ? NULL : e->object;
}

/* Sets another object for a handle that is in the table. */
void handles_set(struct handles *, uintptr_t, void *object);

/* Ends a handle that is in the table. */
void handles_remove(struct handles *, uintptr_t);

#endif
