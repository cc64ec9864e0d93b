/*
 * From a worker that leaves to the one that serves in its place, or from one
 * with too many to one with few: connections pass through the master, which
 * does not look at them.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_ROUTER_H
#define CONN_ROUTER_H

#include <stdbool.h>

#include "common/channel.h"

struct conn_export;
struct generation;
struct conn_import;
struct proc;

/* Who there is, as the master knows it; all change under our eyes. */
struct conn_router {
	struct generation *const *generations; /* newest first */
	struct generation *const *current; /* NULL while the server leaves */
	struct conn_export *conn_export;   /* open: another master serves */
	struct conn_import *conn_import;   /* what comes from another one */
};

/* The one that serves the fewest connections and is well, but for this one;
 * NULL: there is none. */
struct proc *conn_router_find_emptiest(
	const struct generation *, const struct proc *but);

/*
 * Passes connections on: those of a worker that leaves to the one of the
 * current generation at the same place (index % n), those of one that stays to
 * the one with the fewest.  When that one reads too slowly, nothing more is
 * read from the giver: it keeps and serves the rest until there is room.
 * Descriptors that wait for room are taken over; what nfds counts after the
 * call is still the caller's to close.
 */
void conn_router_from_worker(const struct conn_router *, struct proc *from,
	struct channel_message *);

/* Passes on what came from another master.  False: there is no room for more
 * until conn_import_resume() is called. */
bool conn_router_from_peer(
	const struct conn_router *, struct channel_message *);

/* This place is not filled again: what waited for its next worker goes to
 * another one, and givers that waited for its room go on. */
void conn_router_flush(const struct conn_router *, struct proc *from);

/* A channel has room again: whoever was held up goes on. */
void conn_router_resume(const struct conn_router *);

#endif
