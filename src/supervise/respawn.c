/*
 * The pause before a replacement grows while replacements do not live long, and
 * the log says so when no worker is left.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/respawn.h"

#include "common/clock.h"
#include "supervise/generation.h"
#include "supervise/recycle.h"
#include "supervise/steering.h"

static const int64_t settled_after = 1000; /* ms: no longer a failed start */
static const double longest_gap = 1;       /* seconds, after it has served */

enum {
	LOOP_AFTER = 5,       /* failed starts in a row, logged once */
	REMIND_AFTER = 10000, /* ms between two lines that nothing is served */
};

/* One line for all workers that fail together. */
static void
report_outage(struct proc *p, double delay, const struct error_text *why)
{
	struct generation *g = p->generation;
	int64_t now = clock_now_ms();

	if (g->outage.since == 0)
		g->outage.since = now;
	if (g->outage.reported != 0 && now - g->outage.reported < REMIND_AFTER)
		return;
	g->outage.reported = now;
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
	/* Its clients wait, and the last worker has them all. */
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
	else if (p->failures == LOOP_AFTER)
		log_errx(p->env->log,
			"worker %u died %d times right after its start: from "
			"now on there is a pause before each new one",
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
	log_errx(g->env->log, "worker %u was not started: %s", p->index,
		why.text);
	p->has_served = false;
	respawn_later(p, &why);
}

void
respawn_finish(struct proc *p)
{
	struct generation *g = p->generation;

	proc_tell(p, &(struct channel_message){ .verb = CHANNEL_GO });
	steering_update(g);
	recycle_drain(g, p->index);
	if (g->outage.since == 0)
		return;
	log_notice(g->env->log,
		"worker %u (pid %ld) serves, after %.1f s in which nothing "
		"was served",
		p->index, (long)p->pid,
		(double)(clock_now_ms() - g->outage.since) / 1e3);
	g->outage.since = g->outage.reported = 0;
}
