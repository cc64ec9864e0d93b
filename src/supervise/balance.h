/*
 * From crowded workers to empty ones.  The kernel spreads connections by
 * chance: of 16 workers with 64 connections the busiest has twice its share,
 * and after a crash all of a worker's clients are with the others.
 * SPDX-License-Identifier: MIT
 */
#ifndef BALANCE_H
#define BALANCE_H

#include <ev.h>

struct generation;

struct balance {
	ev_timer tick;
	struct generation *const *current;
};

/* Looks after the current generation, which may be NULL. */
void balance_start(
	struct balance *, struct ev_loop *, struct generation *const *current);
void balance_stop(struct balance *, struct ev_loop *);

#endif
