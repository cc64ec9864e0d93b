/*
 * Timers and watches of modules. Each belongs to a context or to an instance
 * and is cancelled with it.
 * SPDX-License-Identifier: MIT
 */
#ifndef EVENT_H
#define EVENT_H

#include "api/handles.h"
#include "common/list.h"

/* The events of a worker's modules, by their handles. */
struct event_pool {
	struct handles handles;
};

void event_pool_init(struct event_pool *);
void event_pool_fini(struct event_pool *);

/* Cancels all events of an owner that ends. */
void event_cancel_all(struct list *);

#endif
