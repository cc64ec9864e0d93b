/*
 * Notices, within a second, that the name of a document root leads to another
 * directory, or to none.  The master reads only what the kernel has in memory,
 * so that no disk can block it.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROOT_WATCH_H
#define ROOT_WATCH_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

#include "supervise/resources.h"

struct generation;
struct log;

struct root_watch {
	ev_timer tick;
	struct log *log;
	struct generation *const *current;
	size_t next;   /* index of the resource to check next */
	int64_t retry; /* clock_now_ms() of the next request, at the earliest */
	unsigned nasked; /* number of requests for the same change */
	/* A root has been replaced, or may have been. */
	void (*on_replaced)(void *arg);
	void *arg;
};

/* log, current, on_replaced and arg must be set before. */
void root_watch_start(struct root_watch *, struct ev_loop *);
/* Logs, once for each replacement, why the other directory cannot be used.  The
 * resources are a second look at those of the current generation. */
void root_watch_report(struct root_watch *, const struct resources *);

/* Returns the state in words; "" for RESOURCE_SAME. */
const char *root_watch_state(enum resource_state);

void root_watch_stop(struct root_watch *, struct ev_loop *);

#endif
