/*
 * The master's life: start, serve, leave.  One event, one action.
 *
 *   STARTING -> SERVING -> LEAVING
 *       '----- failed ------^
 *
 * What changes while it serves (reload, scale, rollback) is in reconfig.c.
 * SPDX-License-Identifier: MIT
 */
#include "master.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "banner.h"
#include "cli/daemon.h"
#include "common/clock.h"
#include "control/control_orders.h"
#include "loop_memory.h"
#include "master_state.h"
#include "privileges.h"
#include "supervise/epoll_check.h"

enum { SLOTS = 4096 /* workers of all generations */ };

#define TO(phase) (1u << MASTER_##phase)

// clang-format off
static const unsigned arrows[] = {
	[MASTER_STARTING] = TO(SERVING) | TO(LEAVING),
	[MASTER_SERVING]  = TO(LEAVING),
	[MASTER_LEAVING]  = 0,
};
// clang-format on

_Static_assert(sizeof(arrows) / sizeof(arrows[0]) == MASTER_PHASES,
	"every phase has its arrows");

static void
enter(struct master *m, enum master_phase next)
{
	assert(arrows[m->phase] & (1u << next));
	m->phase = next;
	m->phase_since = clock_now_ms();
}

/* ---- leaving ------------------------------------------------------------ */

unsigned
master_count_workers(const struct master *m)
{
	unsigned n = 0;

	for (struct generation *g = m->generations; g != NULL; g = g->next)
		n += generation_count(g);
	return n;
}

/* An older master that drains sends connections on to the new one. */
static void
end_if_done(struct master *m)
{
	if (m->generations == NULL &&
		(!conn_export_is_open(&m->conn_export) ||
			!conn_import_is_open(&m->conn_import)))
		ev_break(m->env.loop, EVBREAK_ALL);
}

static void
leave_with(struct master *m, void (*tell)(struct generation *))
{
	struct generation *next;

	m->leaving = master_count_workers(m);
	if (m->status == 0 && m->phase != MASTER_LEAVING)
		notify_stopping(&m->notify, "draining: %u workers", m->leaving);
	if (m->phase != MASTER_LEAVING)
		enter(m, MASTER_LEAVING);
	listeners_close_sockets(&m->listeners);
	inherited_close(&m->inherited);
	reconfig_abandon(m);
	m->current = NULL;
	for (struct generation *g = m->generations; g != NULL; g = next) {
		next = g->next;
		tell(g);
	}
	end_if_done(m);
}

static void
drain_one(struct generation *g)
{
	const struct conf_timeouts *t = &g->conf->timeouts;

	if (g->state == GENERATION_CURRENT)
		generation_drain(g, t->drain + t->drain_delay, "shutdown");
	else if (g->state == GENERATION_DRAINING)
		generation_keep_conns(g);
}

static void
drain_again(struct master *m, const char *why)
{
	log_notice(&m->log.log, "%s again: leaving at once", why);
	conn_import_close(&m->conn_import);
	leave_with(m, generation_kill);
}

static void
drain_current(struct generation *g)
{
	const struct conn_export *b = g->env->router->conn_export;

	if (g->state == GENERATION_CURRENT)
		generation_drain(g, g->conf->timeouts.drain,
			conn_export_is_open(b) ? "handover" : "upgrade");
}

void
master_upgraded(struct master *m, pid_t pid)
{
	log_notice(&m->log.log, "upgraded: pid %ld serves, draining %u workers",
		(long)pid, master_count_workers(m));
	leave_with(m, drain_current);
}

void
master_drain(struct master *m, const char *why)
{
	if (m->phase == MASTER_LEAVING) {
		drain_again(m, why);
		return;
	}
	log_notice(&m->log.log, "%s: draining %u workers", why,
		master_count_workers(m));
	leave_with(m, drain_one);
}

void
master_stop(struct master *m, const char *why)
{
	log_notice(&m->log.log, "%s: stopping %u workers", why,
		master_count_workers(m));
	conn_import_close(&m->conn_import);
	leave_with(m, generation_stop);
}

/* Could not start: nobody serves, so nobody is owed anything. */
void
master_give_up(struct master *m, const struct error_text *why)
{
	log_errx(&m->log.log, "not started: %s", why->text);
	if (!error_log_is_stderr(&m->log))
		fprintf(stderr, "prong: not started: %s\n", why->text);
	notify_failed(&m->notify, why->text, why->error);
	upgrade_peer_tell_failed(&m->old_master, why);
	m->status = 1;
	leave_with(m, generation_kill);
}

/* ---- generations come and go -------------------------------------------- */

void
master_announce(struct master *m)
{
	error_log_open(&m->log, &m->next->logs, &m->next->conf->log);
	log_notice(&m->log.log, "prong %s starts, pid %ld, %s",
		m->plan->version, (long)getpid(), m->plan->what);
	privileges_warn(m->next->conf, &m->log.log);
}

void
master_begin(struct master *m)
{
	enter(m, MASTER_SERVING);
	if (m->plan->is_greeting)
		banner_print(m->current, stdout);
	daemon_ready(m->plan->daemon_fd);
	conn_import_start(&m->conn_import, m->env.loop, &m->router);
	if (upgrade_peer_is_waiting(&m->old_master))
		upgrade_peer_tell_ready(&m->old_master, m->env.loop,
			conn_import_is_open(&m->conn_import));
	else
		inherited_settle(&m->inherited, &m->log.log);
}

/* The old master has ended. */
static void
on_import_end(void *arg)
{
	struct master *m = arg;

	if (m->phase == MASTER_LEAVING)
		end_if_done(m);
}

/* The old master has let go: what was its is ours. */
static void
on_released(void *arg)
{
	struct master *m = arg;

	if (pid_file_take_over(&m->pid_file) == -1)
		log_warn(&m->log.log, "pid_file %s", m->pid_file.path);
	listeners_own_names(&m->listeners, true);
	if (m->control.listener != NULL)
		listener_own_name(m->control.listener, true);
	inherited_settle(&m->inherited, &m->log.log);
	if (m->current != NULL)
		reconfig_tell_manager(m);
}

void
master_forget(struct master *m, struct generation *g)
{
	struct generation **at = &m->generations;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	if (m->phase == MASTER_SERVING)
		log_notice(&m->log.log, "generation %u is gone", g->number);
	generation_free(g);
	if (m->phase == MASTER_LEAVING)
		end_if_done(m);
	reconfig_resume(m);
}

/* ---- what signals ask for ----------------------------------------------- */

void
master_reload(struct master *m, const char *why)
{
	log_notice(&m->log.log, "%s: reloading %s", why, m->plan->what);
	reconfig_ask_reload(m);
	reconfig_resume(m);
}

int
master_reopen(struct master *m, const char *why, struct error_text *reason)
{
	int rc = 0;

	for (struct generation *g = m->generations; g != NULL; g = g->next)
		if (generation_reopen(g, reason) == -1) {
			log_errx(&m->log.log, "logs were not reopened: %s",
				reason->text);
			rc = -1;
		}
	if (m->current != NULL)
		error_log_open(
			&m->log, &m->current->logs, &m->current->conf->log);
	if (rc == 0)
		log_notice(&m->log.log, "%s: logs reopened", why);
	return rc;
}

static void
on_reopen(struct master *m, const char *why)
{
	struct error_text unused;

	master_reopen(m, why, &unused);
}

/* One more or one less than what was asked for last. */
static void
scale_by(struct master *m, const char *why, int more)
{
	unsigned n = reconfig_workers(m) + (unsigned)more;

	if (m->phase != MASTER_SERVING || n < 1 || n > RECONFIG_WORKERS_MAX)
		return;
	log_notice(&m->log.log, "%s: from now on %u workers", why, n);
	reconfig_ask_workers(m, n);
	reconfig_resume(m);
}

static void
on_more(struct master *m, const char *why)
{
	scale_by(m, why, 1);
}

static void
on_fewer(struct master *m, const char *why)
{
	scale_by(m, why, -1);
}

static void
on_upgrade(struct master *m, const char *why)
{
	log_notice(&m->log.log, "%s: upgrading to %s", why, m->plan->program);
	reconfig_ask_upgrade(m);
	reconfig_resume(m);
}

static void
reap(struct master *m, pid_t pid, int status)
{
	struct generation *g = m->generations;

	if (reconfig_reap(m, pid, status))
		return;
	while (g != NULL && !generation_reap(g, pid, status))
		g = g->next;
}

static void
on_reap(struct master *m, const char *why)
{
	int status;
	pid_t pid;

	(void)why;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reap(m, pid, status);
}

static void
on_action(void *arg, enum signals_action action, const char *name)
{
	char why[16];
	static void (*const actions[])(struct master *, const char *) = {
		[SIGNALS_DRAIN] = master_drain,
		[SIGNALS_STOP] = master_stop,
		[SIGNALS_RELOAD] = master_reload,
		[SIGNALS_REOPEN] = on_reopen,
		[SIGNALS_MORE] = on_more,
		[SIGNALS_FEWER] = on_fewer,
		[SIGNALS_UPGRADE] = on_upgrade,
		[SIGNALS_REAP] = on_reap,
	};
	_Static_assert(sizeof(actions) / sizeof(actions[0]) == SIGNALS_ACTIONS,
		"every action has its function");

	snprintf(why, sizeof(why), "SIG%s", name);
	actions[action](arg, why);
}

/* ---- life --------------------------------------------------------------- */

static int
open_all(struct master *m)
{
	unsigned backend = ev_supported_backends() & EVBACKEND_EPOLL;
	struct error_text why;

	if (epoll_check(&why) == -1) {
		log_errx(&m->log.log, "%s", why.text);
		return -1;
	}
	m->router = (struct conn_router){ &m->generations, &m->current,
		&m->conn_export, &m->conn_import };
	m->env = (struct proc_env){ .log = &m->log.log,
		.scoreboard = &m->scoreboard,
		.title = m->plan->title,
		.worker = m->plan->worker,
		.router = &m->router };
	if (loop_memory_reserve() == -1)
		return -1;
	m->env.loop = ev_loop_new(
		(backend != 0 ? backend : EVBACKEND_ALL) | EVFLAG_NOENV);
	if (m->env.loop == NULL)
		return -1;
	m->born = clock_now_ms();
	conn_export_init(&m->conn_export, m->env.loop, &m->router);
	control_init(&m->control, m->env.loop, control_orders_take, m);
	m->control.inherited = &m->inherited;
	upgrade_init(m);
	reconfig_init(m);
	return scoreboard_open(&m->scoreboard, SLOTS);
}

static void
close_all(struct master *m)
{
	reconfig_fini(m);
	control_close(&m->control);
	pid_file_close(&m->pid_file);
	signals_stop(&m->signals, m->env.loop);
	rebalance_stop(&m->rebalance, m->env.loop);
	queue_rescue_stop(&m->queue_rescue, m->env.loop);
	watchdog_stop(&m->watchdog, m->env.loop);
	notify_stop(&m->notify, m->env.loop);
	upgrade_peer_close(&m->old_master, m->env.loop);
	conn_export_finish(&m->conn_export);
	conn_import_close(&m->conn_import);
	ev_loop_destroy(m->env.loop);
	scoreboard_close(&m->scoreboard);
	error_log_close(&m->log);
}

static void
serve(struct master *m, struct conf *conf)
{
	signals_start(&m->signals, m->env.loop, on_action, m);
	notify_start(&m->notify, m->env.loop);
	rebalance_start(&m->rebalance, m->env.loop, &m->current);
	queue_rescue_start(&m->queue_rescue, m->env.loop, &m->current);
	watchdog_start(&m->watchdog, m->env.loop, &m->generations);
	m->listeners.inherited = &m->inherited;
	reconfig_start(m, conf);
	if (m->phase != MASTER_LEAVING || m->generations != NULL)
		ev_run(m->env.loop, 0);
	if (m->status == 0)
		log_notice(&m->log.log, "drained: %u workers left, goodbye",
			m->leaving);
}

static void
run(struct master *m, struct conf *conf)
{
	error_log_open_stderr(&m->log);
	privileges_raise_limits();
	srand48((long)time(NULL) ^ getpid());
	if (m->plan->title != NULL)
		proctitle_set(
			m->plan->title, "prong: master %s", m->plan->what);
	if (open_all(m) == -1) {
		log_err(&m->log.log, "not started");
		m->status = 1;
		conf_free(conf);
		return;
	}
	serve(m, conf);
	close_all(m);
}

/* What we start from: sockets, and a configuration; NULL: something is wrong
 * with one of them. */
static struct conf *
prepare(struct master *m)
{
	struct conf *conf = NULL;
	struct error_text why;

	if (inherited_open(&m->inherited, &why) == -1) {
		fprintf(stderr, "prong: not started: %s\n", why.text);
	} else {
		conf = m->plan->read_conf(m->plan->arg, stderr);
		error_text_set(&why, "the configuration has errors");
	}
	if (conf == NULL) {
		notify_failed(&m->notify, why.text, 0);
		upgrade_peer_tell_failed(&m->old_master, &why);
		inherited_close(&m->inherited);
	}
	return conf;
}

int
master_run(const struct master_plan *plan)
{
	struct master m = { .plan = plan,
		.pid_file = PID_FILE_NONE,
		.next_pid_file = PID_FILE_NONE };
	struct conf *conf;

	notify_open(&m.notify);
	upgrade_peer_open(&m.old_master, on_released, &m);
	conn_import_open(&m.conn_import);
	m.conn_import.on_end = on_import_end;
	m.conn_import.arg = &m;
	conf = prepare(&m);
	if (conf != NULL)
		run(&m, conf);
	else
		m.status = 1;
	notify_close(&m.notify);
	return m.status;
}
