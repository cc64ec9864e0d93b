/*
 * Directories without an index file, listed.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTING_H
#define LISTING_H

#include <stdint.h>

#include "common/span.h"

struct exchange;
struct file;
struct listing_memory;

/* The last few, each for a second. */
struct listings {
	struct listing_memory *memories;
};

void listings_init(struct listings *);
void listings_fini(struct listings *);

/*
 * The listing of the directory that rest names below the route's root, as the
 * request's query and Accept ask for it.  0 and *out, a reference for the
 * caller; or a status.  Takes up to 20 ms for the 2000 entries that it lists
 * at most.
 */
int listing_get(struct exchange *, struct span rest, struct file **out);

#endif
