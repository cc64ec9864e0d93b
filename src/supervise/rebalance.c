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

enum {
	MOST = 256,      /* the load that a worker passes on, each time */
	CPU_MIN = 50000, /* microseconds: a mean that tells anything */
	CPU_HIGH = 115,  /* percent of the mean */
	CPU_LOW = 95,
};

/* The means of the workers that live, rounded up. */
struct mean {
	uint64_t load, cpu_us;
};

static struct mean
compute_mean(const struct generation *g)
{
	struct mean mean = { 0, 0 };
	uint64_t n = 0;

	for (unsigned i = 0; i < g->nprocs; i++) {
		if (!proc_is_live(&g->procs[i]))
			continue;
		mean.load += scoreboard_load(g->procs[i].slot);
		mean.cpu_us += scoreboard_cpu_us(g->procs[i].slot);
		n++;
	}
	if (n > 0) {
		mean.load = (mean.load + n - 1) / n;
		mean.cpu_us = (mean.cpu_us + n - 1) / n;
	}
	return mean;
}

static void
tell_to_rebalance(struct proc *p, uint64_t surplus)
{
	struct channel_message m = { .kind = CHANNEL_REBALANCE };

	snprintf(m.text, sizeof(m.text), "%u",
		(unsigned)(surplus < MOST ? surplus : MOST));
	proc_tell(p, &m);
}

/*
 * Returns the load that is too much for the worker.  Connections of HTTP/2 are
 * few, and their streams are not alike: where the workers use the CPU, its
 * share decides, too.
 */
static uint64_t
compute_surplus(const struct proc *p, const struct mean *mean)
{
	uint64_t load = scoreboard_load(p->slot);
	uint64_t cpu = scoreboard_cpu_us(p->slot);
	bool has_cpu = mean->cpu_us > CPU_MIN &&
		       scoreboard_http2_connections(p->slot) > 1;

	if (has_cpu && cpu * 100 < mean->cpu_us * CPU_LOW)
		return 0;
	if (load > mean->load + mean->load / 8 + 1)
		return load - mean->load;
	if (has_cpu && cpu * 100 > mean->cpu_us * CPU_HIGH)
		return load * (cpu - mean->cpu_us) / cpu;
	return 0;
}

static void
check_proc(struct proc *p, const struct mean *mean)
{
	bool was_crowded = p->is_crowded;
	uint64_t surplus;

	p->coming = 0;
	p->is_crowded = false;
	if (!proc_is_live(p))
		return;
	surplus = compute_surplus(p, mean);
	p->is_crowded = surplus > 0;
	if (p->is_crowded && was_crowded)
		tell_to_rebalance(p, surplus);
}

static void
on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct generation *g = *((struct rebalance *)timer->data)->current;
	struct mean mean;

	(void)loop;
	(void)events;
	if (g == NULL)
		return;
	mean = compute_mean(g);
	for (unsigned i = 0; i < g->nprocs; i++)
		check_proc(&g->procs[i], &mean);
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
