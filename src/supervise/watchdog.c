/*
 * A worker writes its heartbeat in each turn of its loop, and once a second
 * when it has nothing to do.
 *
 *   WELL -> SLOW -> STALLED -> ABORTED -> reaped, and replaced
 *     ^-------'--------'
 *
 * SLOW: no new connections; queue_rescue.c.  STALLED: after watchdog.warn,
 * logged. ABORTED: after watchdog.kill it gets a SIGABRT, which may leave a
 * core dump; a second later a SIGKILL.
 *
 * A stall is measured by the watchdog's own clock, from the tick that first
 * saw a heartbeat to those that see the same one.  That clock stands still
 * while the master does (SIGSTOP, a frozen container, a machine that sleeps)
 * and takes no part in a jump of CLOCK_MONOTONIC: in a time in which the
 * master did not run, its workers may not have run either.  What a worker
 * wrote is only compared, so that any number will do.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/watchdog.h"

#include <signal.h>
#include <stdint.h>

#include "common/clock.h"
#include "supervise/crash_report.h"
#include "supervise/generation.h"
#include "supervise/recycle.h"
#include "supervise/steering.h"
#include "supervise/tracer.h"
#include "supervise/usage.h"

enum {
	SLOW = 2000,     /* milliseconds */
	INTERVAL = 1000, /* milliseconds, of the ticks */
	GAP = 3000,      /* milliseconds: the master did not run */
	KILL_AFTER =
		500 /* milliseconds between SIGABRT and SIGKILL, at least */
};

int64_t
watchdog_age(const struct proc *p)
{
	uint64_t beat = p->state == PROC_NONE ? 0 : p->slot->heartbeat;
	uint64_t now = (uint64_t)clock_now_ms();

	return beat == 0 || beat > now ? 0 : (int64_t)(now - beat);
}

static enum proc_health
judge_health(const struct proc *p, uint64_t beat, int64_t age)
{
	const struct conf_watchdog *limits = &p->generation->conf->watchdog;

	/* One that stands at a breakpoint of a debugger is not hung. */
	if (p->health == PROC_ABORTED ||
		(age >= limits->kill && !tracer_is_attached(p->pid)))
		return PROC_ABORTED;
	if (age >= limits->warn)
		return PROC_STALLED;
	if (age >= SLOW || beat == p->pulse.rescued_at)
		return PROC_SLOW;
	return PROC_WELL;
}

/* Logs the stall of a worker that starts: it has no connections, and hangs
 * in a module. */
static void
log_slow_start(const struct proc *p, enum log_level level, int64_t age,
	bool is_aborted)
{
	struct error_text module;

	log_at(p->env->log, level, false,
		"worker %u (pid %ld) has not become ready for %.1f s%s%s",
		p->index, (long)p->pid, (double)age / 1e3,
		crash_report_start(p, &module), is_aborted ? ": aborted" : "");
}

static void
log_stall(const struct proc *p, enum log_level level, int64_t age,
	const char *what)
{
	char doing[SCOREBOARD_LINE];
	struct error_text call = { .text = "while not serving" };
	struct slot s;

	slot_read(&s, p->slot);
	scoreboard_line(&s.current, doing, sizeof(doing));
	if (doing[0] != '\0')
		error_text_set(&call, "while serving %s", doing);
	else
		crash_report_call(&s, p->generation, &call);
	log_at(p->env->log, level, false,
		"worker %u (pid %ld) has stalled for %.1f s %s: %s", p->index,
		(long)p->pid, (double)age / 1e3, call.text, what);
}

static void
report_stall(const struct proc *p, int64_t age)
{
	bool is_aborted = p->health == PROC_ABORTED;
	enum log_level level = is_aborted ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN;

	if (p->state == PROC_STARTING)
		log_slow_start(p, level, age, is_aborted);
	else
		log_stall(p, level, age,
			is_aborted ? "aborted" : "no new connections for it");
}

static void
change_health(struct proc *p, enum proc_health next, int64_t age)
{
	enum proc_health before = p->health;

	p->health = next;
	if (next == PROC_ABORTED) {
		report_stall(p, age);
		kill(p->pid, SIGABRT);
	} else if (next == PROC_STALLED) {
		report_stall(p, age);
	} else if (before == PROC_STALLED) {
		log_notice(p->env->log,
			"worker %u (pid %ld) recovered after %.1f s", p->index,
			(long)p->pid, (double)age / 1e3);
	}
}

/* Only a new heartbeat makes a worker's health better. */
static enum proc_health
judge_next(struct proc *p, uint64_t beat, int64_t now)
{
	enum proc_health next;

	if (beat != p->pulse.beat && p->health != PROC_ABORTED) {
		p->pulse.is_on = true;
		p->pulse.beat = beat;
		p->pulse.since = now;
		p->pulse.aborted = 0;
		return judge_health(p, beat, 0);
	}
	next = judge_health(p, beat, now - p->pulse.since);
	return next > p->health ? next : p->health;
}

/* Returns true if the worker's health has changed. */
static bool
look_at(struct proc *p, int64_t now)
{
	int64_t age = now - p->pulse.since;
	enum proc_health next;
	uint64_t beat;

	/* It has exited, and its generation still drains, or its successor is
	 * delayed: it has no slot. */
	if (p->state == PROC_NONE)
		return false;
	beat = p->slot->heartbeat;
	/* Until the first heartbeat the time limit of the start applies. */
	if (beat == 0 && !p->pulse.is_on)
		return false;
	next = judge_next(p, beat, now);
	if (next == p->health) {
		if (next == PROC_ABORTED &&
			now - p->pulse.aborted >= KILL_AFTER)
			kill(p->pid, SIGKILL);
		return false;
	}
	if (next == PROC_ABORTED)
		p->pulse.aborted = now;
	change_health(p, next, age);
	return true;
}

static void
look_at_all(struct generation *g, int64_t now)
{
	bool changed = false;

	for (unsigned i = 0; i < g->nprocs; i++) {
		proc_watch_again(&g->procs[i]);
		changed |= look_at(&g->procs[i], now);
	}
	for (struct proc *p = g->recycled; p != NULL; p = p->next) {
		proc_watch_again(p);
		look_at(p, now);
	}
	if (changed)
		steering_update(g);
}

/* Restarts the measurement of all stalls. */
static void
excuse_all(struct generation *g, int64_t now)
{
	for (unsigned i = 0; i < g->nprocs; i++)
		g->procs[i].pulse.since = now;
	for (struct proc *p = g->recycled; p != NULL; p = p->next)
		p->pulse.since = now;
}

void
watchdog_look(struct watchdog *w, int64_t ms)
{
	int64_t since = ms - w->last;

	w->last = ms;
	w->clock += since < INTERVAL ? since : INTERVAL;
	for (struct generation *g = *w->generations; g != NULL; g = g->next) {
		if (since > GAP)
			excuse_all(g, w->clock);
		else
			look_at_all(g, w->clock);
	}
}

/* Lines that the master could not write are written later, and those that it
 * had to drop are counted. */
static void
update_log(const struct proc_env *env)
{
	struct sink *sink = env->log->to;

	sink_flush(sink);
	scoreboard_set_dropped(env->scoreboard, sink->lost);
}

static void
on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct watchdog *w = timer->data;
	const struct generation *first = *w->generations;

	(void)loop;
	(void)events;
	watchdog_look(w, clock_now_ms());
	if (first == NULL)
		return;
	usage_update(first->env->scoreboard, first);
	for (struct generation *g = *w->generations; g != NULL; g = g->next)
		recycle_check_memory(g);
	update_log(first->env);
	certificate_watch_tick(&w->certificates, first->env->scoreboard, first);
}

void
watchdog_start(struct watchdog *w, struct ev_loop *loop,
	struct generation *const *generations)
{
	w->generations = generations;
	w->last = clock_now_ms();
	w->clock = 0;
	w->certificates = (struct certificate_watch){ .job = NULL };
	ev_timer_init(&w->tick, on_tick, INTERVAL / 1e3, INTERVAL / 1e3);
	w->tick.data = w;
	ev_timer_start(loop, &w->tick);
}

void
watchdog_stop(struct watchdog *w, struct ev_loop *loop)
{
	ev_timer_stop(loop, &w->tick);
	certificate_watch_stop(&w->certificates);
}
