/*
 * The connections that exchange_resume() has scheduled, and those that have
 * more to do without an event, as TLS input.  They run just before the loop
 * waits, so that no connection's turn begins within another's.
 * SPDX-License-Identifier: MIT
 */
#ifndef RUN_QUEUE_H
#define RUN_QUEUE_H

#include <stdbool.h>

struct conn;
struct worker;

struct run_queue {
	struct conn *first, **last;
	unsigned count;
};

void run_queue_init(struct run_queue *);

/* Schedules a connection; may be called from anywhere, and repeatedly. */
void run_queue_add(struct conn *);

/* Removes a connection that is being closed. */
void run_queue_remove(struct conn *);

/* Runs each of them once; returns true if more were added meanwhile. */
bool run_queue_run(struct run_queue *);

#endif
