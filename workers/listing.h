/*
 * Directories without an index file, listed.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTING_H
#define LISTING_H

#include <ev.h>
#include <stdint.h>

#include "common/span.h"

struct exchange;
struct file;
struct listing_memory;
struct listing_order;
struct worker;

/* The last few, each for a second, and those that are being made. */
struct listings {
	struct ev_loop *loop;
	ev_timer turn; /* works on orders, or forgets memories */
	struct listing_memory *memories;
	struct listing_order *orders; /* the first is being worked on */
};

void listings_init(struct listings *, struct ev_loop *);
void listings_fini(struct listings *);

/*
 * The listing of the directory that rest names below the route's root, as the
 * request's query and Accept ask for it.  0 and *out, a reference for the
 * caller; or a status; or LISTING_LATER: the exchange is held, and
 * static_file_found() gets the same when it was made off the loop, or in the
 * loop's time, half a millisecond a turn.
 */
int listing_get(struct exchange *, struct span rest, struct file **out);

enum { LISTING_LATER = -1 };

#endif
