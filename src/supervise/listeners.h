/*
 * All listening addresses of the master.  Generations that overlap share
 * them: an address that stays keeps its sockets, one that nobody uses any
 * more is closed.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTENERS_H
#define LISTENERS_H

#include "supervise/inherited.h"
#include "supervise/listener.h"

struct listeners {
	struct listener *first;
	struct inherited *inherited; /* where to look first; NULL: nowhere */
};

/*
 * The listeners of a configuration, in its order: known ones with enough
 * sockets, new ones bound.  Every one has a user more.  The array is the
 * caller's, for listeners_release().  NULL with the reason and nothing taken.
 */
struct listener **listeners_acquire(struct listeners *, const struct conf *,
	size_t nworkers, struct error_text *);

/* Frees the array; closes those that have no user left. */
void listeners_release(struct listeners *, struct listener **, size_t n);

/*
 * The whole server goes down: closes the master's descriptors, so that a port
 * is free as soon as its last worker stops listening.
 */
void listeners_close_sockets(struct listeners *);

/* The names of unix sockets go from one master to the next. */
void listeners_own_names(struct listeners *, bool are_ours);

#endif
