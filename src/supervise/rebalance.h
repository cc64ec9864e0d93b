/*
 * From crowded workers to empty ones.  The kernel spreads connections by
 * chance: of 16 workers with 64 connections the busiest has twice its share,
 * and after a crash all of a worker's clients are with the others.
 * SPDX-License-Identifier: MIT
 */
#ifndef REBALANCE_H
#define REBALANCE_H

#include <ev.h>

struct generation;

struct rebalance {
	ev_timer tick;
	struct generation *const *current;
};

/* Looks after the current generation, which may be NULL. */
void rebalance_start(struct rebalance *, struct ev_loop *,
	struct generation *const *current);
void rebalance_stop(struct rebalance *, struct ev_loop *);

#endif
