/*
 * The workers of one configuration.  Only enter() writes the state.
 *
 *   STARTING -> CURRENT -> DRAINING -> GONE
 *       '----- rollback ------^
 * SPDX-License-Identifier: MIT
 */
#include "supervise/generation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervise/conn_router.h"
#include "supervise/crash_report.h"
#include "supervise/queue_rescue.h"
#include "supervise/recycle.h"
#include "supervise/respawn.h"
#include "supervise/socket_assign.h"
#include "supervise/steering.h"

#define TO(state) (1u << GENERATION_##state)

static const double stop_limit = 1; /* seconds from STOP to SIGKILL */

// clang-format off
static const unsigned arrows[GENERATION_STATES] = {
	[GENERATION_STARTING] = TO(CURRENT) | TO(DRAINING),
	[GENERATION_CURRENT]  = TO(DRAINING),
	[GENERATION_DRAINING] = TO(DRAINING) | TO(GONE),
	[GENERATION_GONE]     = 0,
};
// clang-format on

static void
enter(struct generation *g, enum generation_state next)
{
	assert(arrows[g->state] & (1u << next));
	g->state = next;
}

static void
start_deadline(struct generation *g, double after)
{
	ev_timer_stop(g->env->loop, &g->deadline);
	ev_timer_set(&g->deadline, after, 0.);
	ev_timer_start(g->env->loop, &g->deadline);
}

struct proc *
generation_next(const struct generation *g, struct proc *p)
{
	if (p == NULL)
		return g->procs;
	if (p < g->procs || p >= g->procs + g->nprocs)
		return p->next;
	return p + 1 < g->procs + g->nprocs ? p + 1 : g->recycled;
}

static void
tell_all(struct generation *g, const struct channel_message *m)
{
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		proc_tell(p, m);
}

/* ---- start -------------------------------------------------------------- */

static void
fail(struct generation *g, const struct error_text *why)
{
	if (g->has_failed)
		return;
	g->has_failed = true;
	g->events->on_failed(g->arg, g, why);
}

static void
describe_late_start(const struct generation *g, struct error_text *why)
{
	struct error_text doing = { .text = "" };

	for (unsigned i = 0; i < g->nprocs && doing.text[0] == '\0'; i++)
		if (g->procs[i].state == PROC_STARTING)
			suspect_describe_start(&g->procs[i], &doing);
	error_text_set(why, "not all workers were ready in %lld ms%s",
		(long long)g->conf->timeouts.ready, doing.text);
}

static void
on_deadline(struct ev_loop *loop, ev_timer *w, int events)
{
	struct generation *g = w->data;
	struct error_text why;

	(void)loop;
	(void)events;
	if (g->state == GENERATION_STARTING) {
		describe_late_start(g, &why);
		fail(g, &why);
		return;
	}
	log_warnx(g->env->log, "killed %u workers of generation %u: time is up",
		generation_count(g), g->number);
	generation_kill(g);
}

static bool
is_all_ready(const struct generation *g)
{
	for (unsigned i = 0; i < g->nprocs; i++)
		if (g->procs[i].state != PROC_READY)
			return false;
	return true;
}

static int fork_rest(struct generation *, struct error_text *);

static void
on_worker_ready(struct generation *g)
{
	struct error_text why;

	if (fork_rest(g, &why) == -1)
		fail(g, &why);
	else if (is_all_ready(g))
		g->events->on_ready(g->arg, g);
}

static void
on_message(struct proc *p, const struct channel_message *m)
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
		on_worker_ready(g);
}

int
generation_fork(struct generation *g, struct proc *p, struct error_text *why)
{
	struct heritage h = { .conf = g->conf,
		.index = p->index,
		.generation = g->number,
		.is_canary = g->has_canary && g->nforked == 0,
		.title = g->env->title,
		.access_log = g->logs.access,
		.error_log = g->logs.error };
	struct heritage_listener *sockets;
	int rc;

	sockets = socket_assign(g, p->index, &h.nlisteners);
	if (sockets == NULL)
		return error_text_no_memory(why, "the sockets of a worker");
	h.listeners = sockets;
	resources_fill(g->resources, &h);
	respawn_fill(p, &h);
	rc = proc_fork(p, &h, why);
	free(sockets);
	return rc;
}

static int
fork_rest(struct generation *g, struct error_text *why)
{
	for (; g->nforked < g->nprocs; g->nforked++)
		if (generation_fork(g, &g->procs[g->nforked], why) == -1)
			return -1;
	return 0;
}

/* ---- supervision -------------------------------------------------------- */

static void
on_proc_timer(struct proc *p)
{
	struct generation *g = p->generation;
	struct error_text doing;

	if (p->state == PROC_SERVING) {
		recycle_ask(p);
		return;
	}
	if (p->state == PROC_LEAVING) {
		log_warnx(g->env->log,
			"killed worker %u (pid %ld): its time to drain is up",
			p->index, (long)p->pid);
		proc_kill(p);
		return;
	}
	if (p->state != PROC_NONE) {
		log_errx(g->env->log,
			"killed worker %u (pid %ld): not ready in %lld ms%s",
			p->index, (long)p->pid,
			(long long)g->conf->timeouts.ready,
			suspect_describe_start(p, &doing));
		proc_kill(p);
		return;
	}
	if (g->state == GENERATION_CURRENT)
		respawn_now(p);
}

static struct proc *
find(struct generation *g, pid_t pid)
{
	struct proc *p = generation_next(g, NULL);

	while (p != NULL && p->pid != pid)
		p = generation_next(g, p);
	return p;
}

static void
log_end(const struct generation *g, const struct proc *p, pid_t pid,
	bool is_expected, const struct error_text *how)
{
	log_at(g->env->log, is_expected ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		false, "reaped worker %u (pid %ld): %s", p->index, (long)pid,
		how->text);
}

/* Is this generation over? */
static void
miss(struct generation *g)
{
	if (g->state != GENERATION_DRAINING || generation_count(g) > 0)
		return;
	ev_timer_stop(g->env->loop, &g->deadline);
	enter(g, GENERATION_GONE);
	g->events->on_gone(g->arg, g);
}

static void
lose(struct generation *g, struct proc *p, bool is_crash,
	const struct error_text *how)
{
	struct error_text why;

	if (recycle_remove(g, p)) {
		miss(g);
	} else if (g->state == GENERATION_STARTING) {
		error_text_set(&why, "worker %u: %.400s", p->index, how->text);
		fail(g, &why);
	} else if (g->state == GENERATION_CURRENT) {
		steering_update(g);
		queue_rescue_send(p);
		respawn_later(p, how);
		if (is_crash && g->events->on_crash != NULL)
			g->events->on_crash(g->arg, g, how);
	} else {
		conn_router_flush(g->env->router, p);
		miss(g);
	}
}

bool
generation_reap(struct generation *g, pid_t pid, int status)
{
	struct proc *p = find(g, pid);
	struct error_text how;
	bool is_expected;

	if (p == NULL)
		return false;
	is_expected = p->state == PROC_LEAVING ||
		      g->state == GENERATION_STARTING ||
		      (respawn_is_retry(p) && !p->has_served);
	respawn_suspect(p);
	proc_reap(p, status, &how);
	if (!is_expected)
		g->env->scoreboard->totals->crashes++;
	log_end(g, p, pid, is_expected, &how);
	/* A giver may have been paused because this worker did not read. */
	conn_router_resume(g->env->router);
	lose(g, p, !is_expected && status != 0, &how);
	return true;
}

/* ---- life --------------------------------------------------------------- */

static int
open_logs(struct generation *g, const struct log_files *kept,
	struct error_text *why)
{
	if (kept == NULL)
		return log_files_open(&g->logs, &g->conf->log, why);
	return log_files_open_or_keep(
		&g->logs, &g->conf->log, kept, g->env->log, why);
}

struct generation *
generation_new(const struct proc_env *env,
	const struct generation_events *events, void *arg,
	struct listeners *set, struct conf *conf, unsigned nworkers,
	unsigned number, const struct log_files *kept, struct error_text *why)
{
	struct generation *g = calloc(1, sizeof(*g));

	if (g == NULL) {
		error_text_no_memory(why, "a generation");
		return NULL;
	}
	*g = (struct generation){ .env = env,
		.events = events,
		.arg = arg,
		.number = number,
		.conf = conf,
		.set = set,
		.nprocs = nworkers };
	if (open_logs(g, kept, why) == -1)
		goto fail;
	g->listeners = listeners_acquire(set, conf, nworkers, why);
	if (g->listeners == NULL)
		goto fail_logs;

	g->procs = calloc(g->nprocs, sizeof(*g->procs));
	if (g->procs == NULL) {
		error_text_no_memory(why, "the workers of a generation");
		goto fail_listeners;
	}
	for (unsigned i = 0; i < g->nprocs; i++)
		proc_init(&g->procs[i], env, g, i, on_message, on_proc_timer);
	ev_init(&g->deadline, on_deadline);
	g->deadline.data = g;
	return g;

fail_listeners:
	listeners_release(set, g->listeners, conf->nlisten);
fail_logs:
	log_files_close(&g->logs);
fail:
	free(g);
	return NULL;
}

void
generation_free(struct generation *g)
{
	assert(generation_count(g) == 0 && g->recycled == NULL);
	ev_timer_stop(g->env->loop, &g->deadline);
	for (unsigned i = 0; i < g->nprocs; i++)
		proc_fini(&g->procs[i]);
	listeners_release(g->set, g->listeners, g->conf->nlisten);
	log_files_close(&g->logs);
	resources_unref(g->resources);
	conf_free(g->conf);
	free(g->procs);
	free(g);
}

int
generation_start(struct generation *g, bool has_canary, struct error_text *why)
{
	start_deadline(g, (double)g->conf->timeouts.ready / 1e3);
	g->has_canary = has_canary;
	if (!has_canary)
		return fork_rest(g, why);
	if (generation_fork(g, &g->procs[0], why) == -1)
		return -1;
	g->nforked = 1;
	return 0;
}

int
generation_go(struct generation *g, struct error_text *why)
{
	for (size_t i = 0; i < g->conf->nlisten; i++)
		if (listener_listen(g->listeners[i], why) == -1)
			return -1;
	ev_timer_stop(g->env->loop, &g->deadline);
	enter(g, GENERATION_CURRENT);
	tell_all(g, &(struct channel_message){ .kind = CHANNEL_GO });
	steering_update(g);
	return 0;
}

static void
leave(struct generation *g, double limit)
{
	enter(g, GENERATION_DRAINING);
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p)) {
		ev_timer_stop(g->env->loop, &p->timer);
		if (p->state == PROC_NONE)
			conn_router_flush(g->env->router, p);
	}
	start_deadline(g, limit);
}

void
generation_drain(
	struct generation *g, int64_t limit, enum channel_drain_mode mode)
{
	struct channel_drain order = { .mode = mode };
	struct channel_message m;

	leave(g, (double)limit / 1e3);
	if (mode == CHANNEL_DRAIN_RELOAD)
		socket_assign_release(g, &order);
	channel_drain_write(&m, &order);
	tell_all(g, &m);
	miss(g);
}

void
generation_keep_conns(struct generation *g)
{
	struct channel_message m;

	channel_drain_write(
		&m, &(struct channel_drain){ .mode = CHANNEL_DRAIN_SHUTDOWN });
	tell_all(g, &m);
}

void
generation_resume(struct generation *g)
{
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		proc_resume(p);
}

void
generation_stop(struct generation *g)
{
	leave(g, stop_limit);
	tell_all(g, &(struct channel_message){ .kind = CHANNEL_STOP });
	miss(g);
}

void
generation_kill(struct generation *g)
{
	leave(g, stop_limit);
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		proc_kill(p);
	miss(g);
}

bool
generation_is_serving(const struct generation *g)
{
	const struct proc *p = generation_next(g, NULL);

	while (p != NULL && p->state != PROC_SERVING)
		p = generation_next(g, (struct proc *)(uintptr_t)p);
	return p != NULL;
}

unsigned
generation_count(const struct generation *g)
{
	unsigned n = 0;

	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		n += p->state != PROC_NONE;
	return n;
}

double
generation_time_left(const struct generation *g)
{
	if (g->state != GENERATION_DRAINING || !ev_is_active(&g->deadline))
		return 0;
	return ev_timer_remaining(g->env->loop, (ev_timer *)&g->deadline);
}
