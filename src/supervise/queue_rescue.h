/*
 * What waits in the sockets of a worker that does not come for it, because it
 * died or hangs, is served by another one meanwhile.
 * SPDX-License-Identifier: MIT
 */
#ifndef QUEUE_RESCUE_H
#define QUEUE_RESCUE_H

#include <ev.h>

struct generation;
struct proc;

struct queue_rescue {
	ev_timer tick;
	struct generation *const *current;
};

/* Looks after the current generation, which may be NULL. */
void queue_rescue_start(struct queue_rescue *, struct ev_loop *,
	struct generation *const *current);
void queue_rescue_stop(struct queue_rescue *, struct ev_loop *);

/* Lends its sockets, if somebody waits there, to the one with the fewest
 * connections; those that were on their way to a dead one go to another. */
void queue_rescue_send(struct proc *);

#endif
