/*
 * Passes connections from a worker that drains to one that serves in its place,
 * or from one with too many to one with few.  The master does not look at their
 * content.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_ROUTER_H
#define CONN_ROUTER_H

#include <stdbool.h>

#include "common/channel.h"

struct generation;
struct generation_list;
struct proc;

/* The other master during an upgrade; implemented by
 * reconfig/upgrade_conns.c.  NULL in a router: there is no other master. */
struct conn_router_peer {
	/* True while a new master takes connections. */
	bool (*is_open)(void *arg);
	/* Sends a message to it.  Returns 0, or -1: the new master has exited,
	 * or there is no memory. */
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

/* Returns the live worker with the fewest connections, other than but; NULL
 * if there is none. */
struct proc *conn_router_find_emptiest(
	const struct generation *, const struct proc *but);

/*
 * Passes connections on.  Those of a worker that drains go to the worker of the
 * current generation with the same index (index % n), those of a worker that
 * stays go to the one with the fewest.  If the receiver reads too slowly, the
 * master stops reading from the sender, which keeps and serves the rest until
 * there is room.  Takes over the descriptors that have to wait; those that nfds
 * counts after the call remain the caller's to close.
 */
void conn_router_from_worker(const struct conn_router *, struct proc *from,
	struct channel_message *);

/* Passes on a message of another master.  Returns false if there is no room
 * for more until conn_router_resume() is called. */
bool conn_router_from_peer(
	const struct conn_router *, struct channel_message *);

/* No worker of this index will follow: passes its queued connections to
 * another worker, and resumes senders that waited for its room. */
void conn_router_flush(const struct conn_router *, struct proc *from);

/* A channel has room again: resumes all senders that were paused. */
void conn_router_resume(const struct conn_router *);

#endif
