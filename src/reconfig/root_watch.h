/*
 * Notices, within a second, that another directory has the name of a document
 * root, or none.  The master looks at what the kernel has in memory only, so
 * that no disk stops it.
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
	size_t next;     /* of the resources, to be looked at */
	int64_t retry;   /* clock_now_ms(): not asked again before */
	unsigned nasked; /* how often, for the same */
	/* Another directory has the name of a root, or may have. */
	void (*on_replaced)(void *arg);
	void *arg;
};

/* Fill log, current, on_replaced and arg before. */
void root_watch_start(struct root_watch *, struct ev_loop *);
/* Logs, once for each replacement, why the other directory cannot be used.  The
 * resources are a second look at those of the current generation. */
void root_watch_report(struct root_watch *, const struct resources *);

/* The state in words; of RESOURCE_SAME: "". */
const char *root_watch_state(enum resource_state);

void root_watch_stop(struct root_watch *, struct ev_loop *);

#endif
