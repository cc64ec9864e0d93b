/*
 * Responds with a listing of a directory that has no index file.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTING_H
#define LISTING_H

#include <ev.h>
#include <stdint.h>

#include "common/span.h"

struct exchange;
struct file;
struct cached_listing;
struct pending_listing;
struct worker;

/*
 * The listings of a worker: a cache of finished ones, each kept for a second,
 * and those being made.
 */
struct listings {
	struct worker *worker;
	struct ev_loop *loop;
	ev_timer turn; /* continues pending listings, or evicts expired ones */
	struct cached_listing *cache;
	struct pending_listing *pending; /* the first one is being made */
};

/*
 * Initialises the cache; release with listings_fini(), which also ends the
 * exchanges that still wait.
 */
void listings_init(struct listings *, struct worker *);
void listings_fini(struct listings *);

/*
 * Gets the listing of the directory that rest names below the route's root, in
 * the format and order that the request's query and Accept select. Returns 0
 * and a reference in *out, which the caller releases; a status; or
 * LISTING_LATER: the exchange is held, and static_file_found() receives
 * the result once the listing was made in the disk pool, or on the loop in
 * steps of half a millisecond.
 */
int listing_get(struct exchange *, struct span rest, struct file **out);

enum { LISTING_LATER = -1 };

#endif
