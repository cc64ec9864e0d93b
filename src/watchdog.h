/*
 * Looks once a second at every worker's heartbeat.
 * SPDX-License-Identifier: MIT
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <ev.h>

#include <stdint.h>

struct generation;
struct proc;

enum { WATCHDOG_HUNG = 500 /* milliseconds, while somebody waits for it */ };

struct watchdog {
	ev_timer tick;
	ev_tstamp last; /* of the tick before */
	struct generation *const *generations;
};

/* From now on; generations is where the list of them starts. */
void watchdog_start(
	struct watchdog *, struct ev_loop *, struct generation *const *);
void watchdog_stop(struct watchdog *, struct ev_loop *);

/* Milliseconds since its loop turned; 0: it has none yet. */
int64_t watchdog_age(const struct proc *);

#endif
