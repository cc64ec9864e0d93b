/*
 * The directories that are open, one descriptor for each: routes that name
 * the same one, by whatever path, share it.
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

/* As root_open(); the descriptor is closed by roots_fini() alone.  0, or -1
 * with errno. */
int roots_open(struct roots *, struct root *, const char *path);
void roots_fini(struct roots *);

#endif
