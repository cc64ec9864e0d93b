/*
 * Moves connections from crowded workers to others.  The kernel spreads
 * connections by chance: of 16 workers with 64 connections the busiest has
 * twice the mean, and after a crash all clients of a worker are with the
 * others.
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

/* Balances the current generation, which may be NULL. */
void rebalance_start(struct rebalance *, struct ev_loop *,
	struct generation *const *current);
void rebalance_stop(struct rebalance *, struct ev_loop *);

#endif
