/*
 * The open document roots.  Routes whose roots are the same directory, by
 * whatever path, share one descriptor.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROOTS_H
#define ROOTS_H

#include <stddef.h>

#include "file/root.h"

struct roots_entry;

struct roots {
	struct roots_entry *all; /* hashed; all[i].root.fd is -1: free */
	size_t size;             /* a power of two, or 0 */
	size_t count;            /* descriptors */
};

/* Like root_open(), but roots_fini() closes the descriptor.  Returns 0, or -1
 * with errno. */
int roots_open(struct roots *, struct root *, const char *path);
void roots_fini(struct roots *);

#endif
