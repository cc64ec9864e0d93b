/*
 * Connections that wait in the accept queues of a worker that has died or hangs
 * are accepted by another worker.
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

/* Checks the workers of the current generation, which may be NULL, four
 * times a second. */
void queue_rescue_start(struct queue_rescue *, struct ev_loop *,
	struct generation *const *current);
void queue_rescue_stop(struct queue_rescue *, struct ev_loop *);

/* If connections wait in its queues, lends its sockets to the worker with
 * the fewest connections.  Connections that were being passed to a dead
 * worker go to another one. */
void queue_rescue_send(struct proc *);

#endif
