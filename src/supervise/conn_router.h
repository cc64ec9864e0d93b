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

struct generation;
struct generation_list;
struct proc;

/* The way of connections from one master to the next during an upgrade:
 * reconfig/upgrade_conns.c.  NULL in a router: there is no other master. */
struct conn_router_peer {
	/* True while a new master takes connections. */
	bool (*is_open)(void *arg);
	/* Sends a message to it.  Returns 0, or -1: the new master is gone. */
	int (*pass)(void *arg, struct channel_message *);
	/* True if nothing more should be passed until conn_router_resume(). */
	bool (*is_congested)(void *arg);
	/* Resumes reading what an old master sends. */
	void (*resume)(void *arg);
};

/* The workers that may receive connections. */
struct conn_router {
	/* current is NULL while the server shuts down */
	const struct generation_list *generations;
	const struct conn_router_peer *peer;
	void *peer_arg;
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
 * until conn_router_resume() is called. */
bool conn_router_from_peer(
	const struct conn_router *, struct channel_message *);

/* This place is not filled again: what waited for its next worker goes to
 * another one, and givers that waited for its room go on. */
void conn_router_flush(const struct conn_router *, struct proc *from);

/* A channel has room again: whoever was held up goes on. */
void conn_router_resume(const struct conn_router *);

#endif
