/*
 * Timers and watches that a module asked for.  Each belongs to a context or to
 * an instance, and ends with it.
 * SPDX-License-Identifier: MIT
 */
#ifndef EVENT_H
#define EVENT_H

struct prong_event;

/* Those of a worker that are free, first in, first out: a module that cancels
 * one twice does no harm. */
struct event_pool {
	struct prong_event *first, **last;
	unsigned count;
};

void event_pool_init(struct event_pool *);
void event_pool_fini(struct event_pool *);

/* Whose list it is has come to its end. */
void event_cancel_all(struct prong_event **list);

#endif
