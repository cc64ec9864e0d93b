/*
 * Timers and watches of modules. Each belongs to a context or to an instance
 * and is cancelled with it.
 * SPDX-License-Identifier: MIT
 */
#ifndef EVENT_H
#define EVENT_H

#include "common/list.h"

/*
 * Free events of a worker, in first-in-first-out order: a module that cancels
 * an event twice then does not cancel a reused one.
 */
struct event_pool {
	struct fifo free;
};

void event_pool_init(struct event_pool *);
void event_pool_fini(struct event_pool *);

/* Cancels all events of an owner that ends. */
void event_cancel_all(struct list *);

#endif
