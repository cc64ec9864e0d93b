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
	int64_t last;  /* clock_now_ms() of the tick before */
	int64_t clock; /* milliseconds for which the master has run */
	struct generation *const *generations;
};

/* From now on; generations is where the list of them starts. */
void watchdog_start(
	struct watchdog *, struct ev_loop *, struct generation *const *);
void watchdog_stop(struct watchdog *, struct ev_loop *);

/* One tick, at this time by clock_now_ms(). */
void watchdog_look(struct watchdog *, int64_t ms);

/* Milliseconds since its loop turned, by its own words; 0: it has none yet. */
int64_t watchdog_age(const struct proc *);

#endif
