/*
 * The connections whose handlers asked to be heard: they wait here until the
 * loop is about to, so that no connection's turn begins within another's.
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

/* Safe from anywhere; once is enough. */
void run_queue_add(struct conn *);

/* It closes. */
void run_queue_remove(struct conn *);

/* A turn for each of them; true if more were added meanwhile. */
bool run_queue_run(struct run_queue *);

#endif
