/*
 * Looks once a second at every worker's heartbeat.
 * SPDX-License-Identifier: MIT
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <ev.h>

struct generation;
struct proc;

struct watchdog {
	ev_timer tick;
	ev_tstamp last; /* of the tick before */
	struct generation *const *generations;
};

/* From now on; generations is where the list of them starts. */
void watchdog_start(
	struct watchdog *, struct ev_loop *, struct generation *const *);
void watchdog_stop(struct watchdog *, struct ev_loop *);

#endif
