/*
 * What happens to the workers of a generation: their messages, their timers,
 * their exits.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <sys/wait.h>

#include "supervise/conn_router.h"
#include "supervise/crash_report.h"
#include "supervise/generation.h"
#include "supervise/generation_private.h"
#include "supervise/queue_rescue.h"
#include "supervise/recycle.h"
#include "supervise/respawn.h"
#include "supervise/steering.h"

void
generation_on_message(struct proc *p, const struct channel_message *m)
{
	struct generation *g = p->generation;

	if (m->kind == CHANNEL_RECYCLE)
		recycle_ask(p);
	if (m->kind != CHANNEL_READY || p->state != PROC_READY)
		return;
	ev_timer_stop(g->env->loop, &p->timer);
	p->is_partial = strcmp(m->text, CHANNEL_PARTIAL) == 0;
	if (g->state == GENERATION_CURRENT)
		respawn_finish(p);
	else if (g->state == GENERATION_STARTING)
		generation_worker_ready(g);
}

/* ---- time is up ---------------------------------------------------------- */

static void
describe_late_start(const struct generation *g, struct error_text *why)
{
	struct error_text doing = { .text = "" };
	unsigned ready = 0;

	for (unsigned i = 0; i < g->nprocs; i++) {
		if (g->procs[i].state == PROC_READY)
			ready++;
		if (g->procs[i].state == PROC_STARTING && doing.text[0] == '\0')
			crash_report_start(&g->procs[i], &doing);
	}
	error_text_set(why,
		"%u of %u worker%s ready, and no further one in %lld ms%s",
		ready, g->nprocs, g->nprocs == 1 ? " was" : "s were",
		(long long)g->conf->timeouts.ready, doing.text);
}

void
generation_on_deadline(struct ev_loop *loop, ev_timer *w, int events)
{
	struct generation *g = w->data;
	unsigned n = generation_count(g);
	struct error_text why;

	(void)loop;
	(void)events;
	if (g->state == GENERATION_STARTING) {
		describe_late_start(g, &why);
		generation_fail(g, &why);
		return;
	}
	log_warnx(g->env->log,
		"killed %u worker%s of generation %u: timeouts.drain is over",
		n, log_plural(n), g->number);
	generation_kill(g);
}

void
generation_on_timer(struct proc *p)
{
	struct generation *g = p->generation;
	struct error_text doing;

	if (p->state == PROC_SERVING) {
		recycle_ask(p);
		return;
	}
	if (p->state == PROC_LEAVING) {
		log_warnx(g->env->log,
			"killed worker %u (pid %ld): its time to drain is over",
			p->index, (long)p->pid);
		proc_kill(p);
		return;
	}
	if (p->state != PROC_NONE) {
		log_errx(g->env->log,
			"killed worker %u (pid %ld): not ready in %lld ms%s",
			p->index, (long)p->pid,
			(long long)g->conf->timeouts.ready,
			crash_report_start(p, &doing));
		proc_kill(p);
		return;
	}
	if (g->state == GENERATION_CURRENT)
		respawn_now(p);
}

/* ---- exits --------------------------------------------------------------- */

static struct proc *
find_proc(struct generation *g, pid_t pid)
{
	struct proc *p = generation_next(g, NULL);

	while (p != NULL && p->pid != pid)
		p = generation_next(g, p);
	return p;
}

/* how: "signal 9 while ...", "exit status 1", or the reason in other words. */
static void
log_exit(const struct generation *g, const struct proc *p, pid_t pid,
	bool is_expected, const struct error_text *how)
{
	enum log_level level = is_expected ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR;

	if (strncmp(how->text, "signal ", 7) == 0)
		log_at(g->env->log, level, false,
			"worker %u (pid %ld) died of %s", p->index, (long)pid,
			how->text);
	else
		log_at(g->env->log, level, false,
			"worker %u (pid %ld) exited: %s", p->index, (long)pid,
			how->text);
}

/* Ends a generation that drains and has no process left. */
void
generation_end_if_empty(struct generation *g)
{
	if (g->state != GENERATION_DRAINING || generation_count(g) > 0)
		return;
	ev_timer_stop(g->env->loop, &g->deadline);
	generation_enter(g, GENERATION_GONE);
	g->events->on_gone(g->arg, g);
}

static void
handle_exit(struct generation *g, struct proc *p, bool is_crash,
	const struct error_text *how)
{
	struct error_text why;

	if (recycle_remove(g, p)) {
		generation_end_if_empty(g);
	} else if (g->state == GENERATION_STARTING) {
		error_text_set(&why, "worker %u: %.400s", p->index, how->text);
		generation_fail(g, &why);
	} else if (g->state == GENERATION_CURRENT) {
		steering_update(g);
		queue_rescue_send(p);
		respawn_later(p, how);
		if (is_crash && g->events->on_crash != NULL)
			g->events->on_crash(g->arg, g, how);
	} else {
		conn_router_flush(g->env->router, p);
		generation_end_if_empty(g);
	}
}

/* The master kills a worker that drains for too long by SIGKILL; one that ends
 * otherwise than with status 0 has crashed, as in a module's drain or stop. */
static bool
is_expected_exit(const struct generation *g, const struct proc *p, int status)
{
	if (p->state == PROC_LEAVING)
		return !p->has_served || status == 0 ||
		       (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return g->state == GENERATION_STARTING ||
	       (respawn_is_retry(p) && !p->has_served);
}

bool
generation_reap(struct generation *g, pid_t pid, int status)
{
	struct proc *p = find_proc(g, pid);
	struct error_text how;
	bool is_expected;

	if (p == NULL)
		return false;
	is_expected = is_expected_exit(g, p, status);
	respawn_note_module(p);
	proc_reap(p, status, &how);
	if (!is_expected)
		scoreboard_add_crash(
			g->env->scoreboard, crash_report_kind(p, status));
	log_exit(g, p, pid, is_expected, &how);
	/* A sender may have been paused because this worker did not read. */
	conn_router_resume(g->env->router);
	handle_exit(g, p, !is_expected, &how);
	return true;
}
