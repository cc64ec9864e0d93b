/*
 * What a module holds in place of a pointer: the index of an entry and the
 * entry's generation.  A handle whose object has ended finds nothing, however
 * often its entry was used again.
 * SPDX-License-Identifier: MIT
 */
#ifndef HANDLES_H
#define HANDLES_H

#include <stdbool.h>
#include <stdint.h>

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

/* Returns the object; NULL for 0 and for a handle that was removed. */
void *handles_find(const struct handles *, uintptr_t);

/* Sets another object for a handle that is in the table. */
void handles_set(struct handles *, uintptr_t, void *object);

/* Ends a handle that is in the table. */
void handles_remove(struct handles *, uintptr_t);

#endif
