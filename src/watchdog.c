/*
 * A worker writes its heartbeat in each turn of its loop, and once a second
 * when it has nothing to do.
 *
 *   WELL -> SLOW -> STALLED -> ABORTED -> gone, and replaced
 *     ^-------'--------'
 *
 * SLOW: no new connections; relief.c.  STALLED: after watchdog.warn, logged.
 * ABORTED: after watchdog.kill it gets a SIGABRT, which may leave a core dump;
 * a second later a SIGKILL. SPDX-License-Identifier: MIT
 */
#include "watchdog.h"

#include <signal.h>
#include <stdint.h>
#include <time.h>

#include "generation.h"
#include "steering.h"

enum { SLOW = 2000 };                      /* milliseconds */
static const double interval = 1, gap = 3; /* seconds */

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
watchdog_age(const struct proc *p)
{
	int64_t beat = p->state == PROC_NONE ? 0 : (int64_t)p->slot->heartbeat;

	return beat == 0 ? 0 : now_ms() - beat;
}

static enum proc_health
judge(const struct proc *p, int64_t age)
{
	const struct conf_watchdog *limits = &p->generation->conf->watchdog;

	if (p->health == PROC_ABORTED || age >= limits->kill)
		return PROC_ABORTED;
	if (age >= limits->warn)
		return PROC_STALLED;
	if (age >= SLOW || p->slot->heartbeat == p->last_beat)
		return PROC_SLOW;
	return PROC_WELL;
}

static void
log_stall(const struct proc *p, enum log_level level, int64_t age,
	const char *what)
{
	char doing[SCOREBOARD_LINE];
	struct slot s;

	slot_read(&s, p->slot);
	scoreboard_line(&s.doing, doing, sizeof(doing));
	log_at(p->env->log, level, false,
		"worker %u (pid %ld) has stalled for %.1f s while %s%s: %s",
		p->index, (long)p->pid, (double)age / 1e3,
		doing[0] == '\0' ? "not serving" : "serving ", doing, what);
}

static void
change(struct proc *p, enum proc_health next, int64_t age)
{
	enum proc_health before = p->health;

	p->health = next;
	if (next == PROC_ABORTED) {
		log_stall(p, LOG_LEVEL_ERROR, age, "aborted");
		kill(p->pid, SIGABRT);
	} else if (next == PROC_STALLED) {
		log_stall(p, LOG_LEVEL_WARN, age, "no new connections for it");
	} else if (before == PROC_STALLED) {
		log_notice(p->env->log, "worker %u (pid %ld) goes on", p->index,
			(long)p->pid);
	}
}

/* True when it has become worse, or better. */
static bool
look_at(struct proc *p, int64_t now)
{
	int64_t beat = p->state == PROC_NONE ? 0 : (int64_t)p->slot->heartbeat;
	enum proc_health next;

	/* Before the first one it is the start's time limit that holds. */
	if (beat == 0)
		return false;
	next = judge(p, now - beat);
	if (next == p->health) {
		if (next == PROC_ABORTED)
			kill(p->pid, SIGKILL);
		return false;
	}
	change(p, next, now - beat);
	return true;
}

static void
look_at_all(struct generation *g, int64_t now)
{
	bool changed = false;

	for (unsigned i = 0; i < g->nprocs; i++)
		changed |= look_at(&g->procs[i], now);
	if (changed)
		steering_update(g);
}

static void
on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct watchdog *w = timer->data;
	ev_tstamp since = ev_now(loop) - w->last;
	int64_t now = now_ms();

	(void)events;
	w->last = ev_now(loop);
	/* The machine slept, or we did: they may have as well. */
	if (since > gap)
		return;
	for (struct generation *g = *w->generations; g != NULL; g = g->next)
		look_at_all(g, now);
}

void
watchdog_start(struct watchdog *w, struct ev_loop *loop,
	struct generation *const *generations)
{
	w->generations = generations;
	w->last = ev_now(loop);
	ev_timer_init(&w->tick, on_tick, interval, interval);
	w->tick.data = w;
	ev_timer_start(loop, &w->tick);
}

void
watchdog_stop(struct watchdog *w, struct ev_loop *loop)
{
	ev_timer_stop(loop, &w->tick);
}
