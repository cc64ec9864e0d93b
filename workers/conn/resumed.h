/*
 * The connections whose handlers asked to be heard: they wait here until the
 * loop is about to, so that no connection's turn begins within another's.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESUMED_H
#define RESUMED_H

#include <stdbool.h>

struct conn;
struct worker;

struct resumed {
	struct conn *first, **last;
	unsigned count;
};

void resumed_init(struct resumed *);

/* Safe from anywhere; once is enough. */
void resumed_add(struct conn *);

/* It closes. */
void resumed_remove(struct conn *);

/* A turn for each of them; true if more were added meanwhile. */
bool resumed_run(struct resumed *);

#endif
