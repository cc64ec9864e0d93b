/*
 * The pause before a replacement grows while replacements die soon, and the log
 * says when no worker is left.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/respawn.h"

#include "common/clock.h"
#include "common/heritage.h"
#include "supervise/crash_report.h"
#include "supervise/generation.h"
#include "supervise/recycle.h"
#include "supervise/steering.h"

static const int64_t settled_after = 1000; /* ms: no longer a failed start */
static const double longest_gap = 1;       /* seconds, after it has served */
static const double retry_after = 1;       /* s, what was unavailable */

enum {
	LOOP_AFTER = 5,       /* failed starts in a row, logged once */
	REMIND_AFTER = 10000, /* ms between two lines that nothing is served */
};

/* ---- what cannot be started ---------------------------------------------- */

bool
respawn_is_retry(const struct proc *p)
{
	const struct proc *before =
		recycle_find_serving(p->generation, p->index);

	return before != NULL && before->is_partial;
}

void
respawn_fill(const struct proc *p, struct heritage *h)
{
	const struct generation *g = p->generation;

	if (g->state != GENERATION_CURRENT ||
		recycle_find_serving(g, p->index) != NULL)
		return;
	h->leniency.is_on = true;
	h->leniency.skipped = g->respawn.skipped;
	h->leniency.nskipped = g->respawn.nskipped;
}

void
respawn_note_module(const struct proc *p)
{
	struct respawn *r = &p->generation->respawn;
	struct slot s;

	if (p->has_served || p->generation->state != GENERATION_CURRENT)
		return;
	slot_read(&s, p->slot);
	if (crash_report_module(s.loading, p->generation) == NULL)
		return;
	for (size_t i = 0; i < r->nskipped; i++)
		if (r->skipped[i] == s.loading - 1)
			return;
	if (r->nskipped < RESPAWN_SKIPPED_MAX)
		r->skipped[r->nskipped++] = s.loading - 1;
}

/* ---- the pause ----------------------------------------------------------- */

/* One line for all workers that fail together. */
static void
report_outage(struct proc *p, double delay, const struct error_text *why)
{
	struct generation *g = p->generation;
	int64_t now = clock_now_ms();

	if (g->respawn.outage == 0)
		g->respawn.outage = now;
	if (g->respawn.reported != 0 &&
		now - g->respawn.reported < REMIND_AFTER)
		return;
	g->respawn.reported = now;
	log_errx(p->env->log,
		"no worker can start: nothing is served; trying again in %g s: "
		"%.400s",
		(double)(int)(delay * 10 + .5) / 10, why->text);
}

static double
choose_delay(struct proc *p, bool is_serving)
{
	double delay;

	if (p->has_served && proc_age(p) > settled_after)
		p->failures = 0;
	delay = proc_back_off(p->failures++);
	/* Its clients wait, since no other worker serves. */
	if (p->has_served && !is_serving)
		return proc_back_off(1);
	if (p->has_served && delay > longest_gap)
		return longest_gap;
	return delay;
}

void
respawn_later(struct proc *p, const struct error_text *how)
{
	bool is_serving = generation_is_serving(p->generation);
	double delay = choose_delay(p, is_serving);

	proc_start_timer(p, delay);
	if (!is_serving && !p->has_served)
		report_outage(p, delay, how);
	else if (p->failures == LOOP_AFTER && !respawn_is_retry(p))
		log_errx(p->env->log,
			"worker %u died %d times right after its start: "
			"replacements are delayed",
			p->index, LOOP_AFTER);
}

void
respawn_now(struct proc *p)
{
	struct generation *g = p->generation;
	struct error_text why;

	if (generation_fork(g, p, &why) == 0) {
		log_notice(g->env->log, "started worker %u again (pid %ld)",
			p->index, (long)p->pid);
		proc_start_timer(p, (double)g->conf->timeouts.ready / 1e3);
		return;
	}
	log_errx(g->env->log, "cannot start worker %u: %s", p->index, why.text);
	p->has_served = false;
	respawn_later(p, &why);
}

void
respawn_finish(struct proc *p)
{
	struct generation *g = p->generation;

	proc_tell(p, &(struct channel_message){ .kind = CHANNEL_GO });
	steering_update(g);
	recycle_drain(g, p->index);
	if (p->is_partial)
		proc_start_timer(p, retry_after);
	else
		g->respawn.nskipped = 0;
	if (g->respawn.outage == 0)
		return;
	log_notice(g->env->log,
		"worker %u (pid %ld) serves, after %.1f s in which nothing "
		"was served",
		p->index, (long)p->pid,
		(double)(clock_now_ms() - g->respawn.outage) / 1e3);
	g->respawn.outage = g->respawn.reported = 0;
}
