/*
 * Once a second, a worker that is crowded for the second time in a row is told
 * to pass connections on.  So short-lived connections are not moved.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/rebalance.h"

#include <stdint.h>
#include <stdio.h>

#include "supervise/generation.h"

static const double interval = 1; /* seconds */

enum { MOST = 256 /* connections of a worker, each time */ };

/* Returns the mean number of connections, rounded up. */
static uint64_t
compute_mean(const struct generation *g)
{
	uint64_t sum = 0, n = 0;

	for (unsigned i = 0; i < g->nprocs; i++) {
		if (!proc_is_live(&g->procs[i]))
			continue;
		sum += scoreboard_connections(g->procs[i].slot);
		n++;
	}
	return n == 0 ? 0 : (sum + n - 1) / n;
}

static void
tell_to_rebalance(struct proc *p, uint64_t surplus)
{
	struct channel_message m = { .kind = CHANNEL_REBALANCE };

	snprintf(m.text, sizeof(m.text), "%u",
		(unsigned)(surplus < MOST ? surplus : MOST));
	proc_tell(p, &m);
}

static void
look_at(struct proc *p, uint64_t share)
{
	bool was_crowded = p->is_crowded;
	uint64_t n;

	p->coming = 0;
	p->is_crowded = false;
	if (!proc_is_live(p))
		return;
	n = scoreboard_connections(p->slot);
	p->is_crowded = n > share + share / 8 + 1;
	if (p->is_crowded && was_crowded)
		tell_to_rebalance(p, n - share);
}

static void
on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct generation *g = *((struct rebalance *)timer->data)->current;
	uint64_t share;

	(void)loop;
	(void)events;
	if (g == NULL)
		return;
	share = compute_mean(g);
	for (unsigned i = 0; i < g->nprocs; i++)
		look_at(&g->procs[i], share);
}

void
rebalance_start(struct rebalance *b, struct ev_loop *loop,
	struct generation *const *current)
{
	b->current = current;
	ev_timer_init(&b->tick, on_tick, interval, interval);
	b->tick.data = b;
	ev_timer_start(loop, &b->tick);
}

void
rebalance_stop(struct rebalance *b, struct ev_loop *loop)
{
	ev_timer_stop(loop, &b->tick);
}
