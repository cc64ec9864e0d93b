/*
 * A list, newest first.  The requests in flight of a recycled worker may take
 * long: to limit their number, a worker is not replaced while DRAINING_MAX
 * earlier ones of its index drain.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/recycle.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/channel_drain.h"
#include "common/clock.h"
#include "supervise/conn_router.h"
#include "supervise/generation.h"

enum {
	DRAINING_MAX = 4,             /* of one index */
	MEMORY_PAUSE = 60 * 1000,     /* ms between two for their memory */
	MEMORY_OFTEN = 60 * 60 * 1000 /* ms: the second one is a warning */
};

static const double ask_again = 10; /* seconds, after a lack of memory */

static int
detach_worker(struct proc *p)
{
	struct generation *g = p->generation;
	struct proc *old = proc_detach(p);

	if (old == NULL)
		return -1;
	old->next = g->recycled;
	g->recycled = old;
	return 0;
}

static unsigned
count_recycled(const struct generation *g, unsigned index)
{
	unsigned n = 0;

	for (const struct proc *p = g->recycled; p != NULL; p = p->next)
		n += p->index == index;
	return n;
}

static void
replace_worker(struct proc *p, enum slot_recycle why)
{
	struct generation *g = p->generation;

	if (detach_worker(p) == 0) {
		scoreboard_add_recycled(g->env->scoreboard, why);
		proc_start_timer(p, 0);
		return;
	}
	log_err(g->env->log,
		"cannot replace worker %u (pid %ld), which continues to serve",
		p->index, (long)p->pid);
	proc_start_timer(p, ask_again);
}

void
recycle_ask(struct proc *p)
{
	struct generation *g = p->generation;

	if (g->state != GENERATION_CURRENT || p->state != PROC_SERVING ||
		p != &g->procs[p->index])
		return;
	if (count_recycled(g, p->index) >= DRAINING_MAX) {
		if (!p->is_due)
			log_notice(g->env->log,
				"worker %u (pid %ld) reached "
				"limits.requests_per_worker; it "
				"is replaced when one of the %d before it has "
				"finished its requests",
				p->index, (long)p->pid, DRAINING_MAX);
		p->is_due = true;
		return;
	}
	log_info(g->env->log, "worker %u (pid %ld) %s", p->index, (long)p->pid,
		p->is_partial ? "is replaced, for its unavailable routes"
			      : "reached limits.requests_per_worker");
	replace_worker(
		p, p->is_partial ? SLOT_RECYCLE_ROUTES : SLOT_RECYCLE_REQUESTS);
}

/* ---- memory -------------------------------------------------------------- */

/* A worker that exceeds the limit soon after its start would be replaced again
 * and again: each waits for its turn. */
static bool
is_too_large(const struct proc *p, int64_t now, uint64_t *bytes)
{
	const struct generation *g = p->generation;

	if (!proc_is_live(p) || count_recycled(g, p->index) >= DRAINING_MAX ||
		(p->outgrown != 0 && now - p->outgrown < MEMORY_PAUSE))
		return false;
	*bytes = scoreboard_entry(g->env->scoreboard, p->slot)->resident_bytes;
	return *bytes > (uint64_t)g->conf->limits.worker_memory;
}

static void
replace_large(struct proc *p, int64_t now, uint64_t bytes)
{
	const double mib = 1024 * 1024;
	const struct generation *g = p->generation;
	bool is_repeated = p->outgrown != 0 && now - p->outgrown < MEMORY_OFTEN;
	char before[128] = "";

	if (is_repeated)
		snprintf(before, sizeof(before),
			"; the one before it was, %lld s ago: raise the limit, "
			"or look for a leak",
			(long long)(now - p->outgrown) / 1000);
	log_at(g->env->log, is_repeated ? LOG_LEVEL_WARN : LOG_LEVEL_NOTICE,
		false,
		"worker %u (pid %ld) is replaced: it has %.1f MiB of memory, "
		"more than limits.worker_memory, %.1f MiB%s",
		p->index, (long)p->pid, (double)bytes / mib,
		(double)g->conf->limits.worker_memory / mib, before);
	replace_worker(p, SLOT_RECYCLE_MEMORY);
	p->outgrown = now;
}

void
recycle_check_memory(struct generation *g)
{
	int64_t now = clock_now_ms();
	uint64_t bytes;

	if (g->state != GENERATION_CURRENT ||
		g->conf->limits.worker_memory == 0)
		return;
	for (unsigned i = 0; i < g->nprocs; i++)
		if (is_too_large(&g->procs[i], now, &bytes)) {
			replace_large(&g->procs[i], now, bytes);
			return;
		}
}

const struct proc *
recycle_find_serving(const struct generation *g, unsigned index)
{
	const struct proc *p = g->recycled;

	while (p != NULL && (p->index != index || p->state != PROC_SERVING))
		p = p->next;
	return p;
}

void
recycle_drain(struct generation *g, unsigned index)
{
	struct channel_message m;

	channel_drain_write(
		&m, &(struct channel_drain){ .mode = CHANNEL_DRAIN_RECYCLE });
	for (struct proc *p = g->recycled; p != NULL; p = p->next) {
		if (p->index != index || p->state != PROC_SERVING)
			continue;
		proc_tell(p, &m);
		proc_start_timer(p, CHANNEL_RECYCLE_LIMIT / 1e3);
	}
}

bool
recycle_remove(struct generation *g, struct proc *p)
{
	struct proc **at = &g->recycled, *place = &g->procs[p->index];

	while (*at != NULL && *at != p)
		at = &(*at)->next;
	if (*at == NULL)
		return false;
	*at = p->next;
	conn_router_flush(g->env->router, p);
	proc_fini(p);
	free(p);
	if (place->is_due)
		recycle_ask(place);
	/* Its replacement has not started yet, and no process serves
	 * meanwhile. */
	if (g->state == GENERATION_CURRENT && place->state == PROC_NONE)
		proc_start_timer(place, 0);
	return true;
}
