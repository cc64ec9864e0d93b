/*
 * Checks every worker's heartbeat once a second.
 * SPDX-License-Identifier: MIT
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <ev.h>

#include <stdint.h>

#include "supervise/certificate_watch.h"

struct generation;
struct proc;

enum { WATCHDOG_HUNG = 500 /* milliseconds, while a connection waits */ };

struct watchdog {
	ev_timer tick;
	int64_t last;  /* clock_now_ms() of the tick before */
	int64_t clock; /* milliseconds for which the master has run */
	struct generation *const *generations;
	struct certificate_watch certificates;
};

/* Starts to check the list whose head *generations points at. */
void watchdog_start(
	struct watchdog *, struct ev_loop *, struct generation *const *);
void watchdog_stop(struct watchdog *, struct ev_loop *);

/* Checks once, at this time of clock_now_ms(). */
void watchdog_look(struct watchdog *, int64_t ms);

/* Returns the milliseconds since the worker's heartbeat; 0 if there is none
 * yet. */
int64_t watchdog_age(const struct proc *);

#endif
