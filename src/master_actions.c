/*
 * What the master does for signals, for commands and for a change of what
 * serves: the tables that it hands down to them.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "banner.h"
#include "master.h"
#include "master_state.h"
#include "privileges.h"

/* ---- signals ------------------------------------------------------------- */

static void
request_reload(struct master *m, const char *why)
{
	log_notice(&m->log.log, "%s: reloading %s", why, m->plan->what);
	reconfig_ask_reload(&m->change.reconfig, false);
	reconfig_resume(&m->change.reconfig);
}

/* Of the generation that serves or, while the server shuts down, of the newest
 * one that drains. */
static void
reopen_own_log(struct master *m)
{
	const struct generation_list *all = &m->workers.generations;
	const struct generation *g = all->current;

	if (g == NULL && m->life.phase == LIFECYCLE_LEAVING)
		g = all->first;
	if (g != NULL)
		error_log_open(&m->log, &g->logs, &g->conf->log);
}

int
master_reopen_logs(void *arg, const char *why, struct error_text *reason)
{
	struct master *m = arg;
	struct generation *g = m->workers.generations.first;
	int rc = 0;

	for (; g != NULL; g = g->next)
		if (generation_reopen(g, reason) == -1) {
			log_errx(&m->log.log, "logs were not reopened: %s",
				reason->text);
			rc = -1;
		}
	reopen_own_log(m);
	m->upgrade.is_reopened = true;
	snprintf(m->workers.reopen.why, sizeof(m->workers.reopen.why), "%s",
		why);
	if (rc == 0)
		log_reopen_wait(&m->workers.reopen.wait);
	return rc;
}

void
master_on_reopened(void *arg, const char *late)
{
	struct master *m = arg;
	const char *why = m->workers.reopen.why;
	char text[ERROR_TEXT_SIZE + 128];

	if (late == NULL) {
		log_notice(&m->log.log, "%s: logs reopened", why);
		control_orders_reopened(&m->control.env, true, "logs reopened");
		return;
	}
	snprintf(text, sizeof(text),
		"%s: busy, and still writing to the old logs; all others write "
		"to the new ones",
		late);
	log_warnx(&m->log.log, "%s: %s", why, text);
	control_orders_reopened(&m->control.env, false, text);
}

static void
reopen_on_signal(struct master *m, const char *why)
{
	struct error_text unused;

	master_reopen_logs(m, why, &unused);
}

/* One more or one less than what was asked for last. */
static void
scale_by(struct master *m, const char *why, int more)
{
	struct reconfig *c = &m->change.reconfig;
	unsigned n = reconfig_workers(c) + (unsigned)more;

	if (m->life.phase != LIFECYCLE_SERVING || n < 1 ||
		n > RECONFIG_WORKERS_MAX)
		return;
	log_notice(&m->log.log, "%s: scaling to %u worker%s", why, n,
		log_plural(n));
	reconfig_ask_workers(c, n);
	reconfig_resume(c);
}

static void
add_worker(struct master *m, const char *why)
{
	scale_by(m, why, 1);
}

static void
remove_worker(struct master *m, const char *why)
{
	scale_by(m, why, -1);
}

static void
request_upgrade(struct master *m, const char *why)
{
	log_notice(&m->log.log, "%s: upgrading to %s", why, m->plan->program);
	reconfig_ask_upgrade(&m->change.reconfig, false);
	reconfig_resume(&m->change.reconfig);
}

static void
reap_children(struct master *m, const char *why)
{
	int status;
	pid_t pid;

	(void)why;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!reconfig_reap(&m->change.reconfig, pid, status))
			generation_list_reap(
				&m->workers.generations, pid, status);
}

void
master_on_signal(void *arg, enum signals_action action, const char *name)
{
	char why[16];
	static void (*const actions[])(struct master *, const char *) = {
		[SIGNALS_DRAIN] = master_drain,
		[SIGNALS_STOP] = master_stop,
		[SIGNALS_RELOAD] = request_reload,
		[SIGNALS_REOPEN] = reopen_on_signal,
		[SIGNALS_MORE] = add_worker,
		[SIGNALS_FEWER] = remove_worker,
		[SIGNALS_UPGRADE] = request_upgrade,
		[SIGNALS_REAP] = reap_children,
	};
	_Static_assert(sizeof(actions) / sizeof(actions[0]) == SIGNALS_ACTIONS,
		"every action has its function");

	snprintf(why, sizeof(why), "SIG%s", name);
	actions[action](arg, why);
}

/* ---- commands ------------------------------------------------------------ */

static void
drain_by_command(void *arg, const char *why)
{
	master_drain(arg, why);
}

static void
stop_by_command(void *arg, const char *why)
{
	master_stop(arg, why);
}

static void
set_unready(void *arg, bool is_unready)
{
	struct master *m = arg;

	m->upgrade.is_asked_unready = is_unready;
	scoreboard_set_unready(&m->workers.scoreboard, is_unready);
}

const struct control_actions master_control_actions = {
	.drain = drain_by_command,
	.stop = stop_by_command,
	.reopen = master_reopen_logs,
	.set_unready = set_unready,
};

/* ---- a change of what serves --------------------------------------------- */

static int
claim_pid_file(struct master *m, const char *path, struct error_text *why)
{
	if (upgrade_peer_is_waiting(&m->upgrade.old_master))
		return pid_file_inherit(
			&m->pid_file.now, &m->pid_file.next, path, why);
	return pid_file_claim(&m->pid_file.now, &m->pid_file.next, path, why);
}

static void
claim_or_keep(struct master *m, const struct conf *conf)
{
	struct error_text why;

	if (claim_pid_file(m, conf->paths.pid_file, &why) == -1) {
		pid_file_close(&m->pid_file.next);
		log_warnx(&m->log.log, "%s", why.text);
	}
	if (control_claim(&m->control.control, conf->paths.control, &why) ==
		-1) {
		m->control.control.is_same = true;
		log_warnx(&m->log.log, "%s", why.text);
	}
}

static int
claim_paths(void *arg, const struct conf *conf, bool is_known,
	struct error_text *why)
{
	struct master *m = arg;

	if (is_known) {
		claim_or_keep(m, conf);
		return 0;
	}
	if (claim_pid_file(m, conf->paths.pid_file, why) == -1)
		return -1;
	return control_claim(&m->control.control, conf->paths.control, why);
}

static void
release_paths(void *arg)
{
	struct master *m = arg;

	pid_file_close(&m->pid_file.next);
	control_cancel(&m->control.control);
}

static void
warn_of_former(struct master *m)
{
	const struct pid_file *next = &m->pid_file.next;

	if (next->former.pid > 0)
		log_warnx(&m->log.log,
			"pid_file %s had the number of pid %ld, %s, which "
			"runs: if the file is its own, give this server "
			"another",
			next->path, (long)next->former.pid, next->former.name);
}

static void
replace_paths(struct master *m)
{
	struct error_text why;

	warn_of_former(m);
	pid_file_replace(&m->pid_file.now, &m->pid_file.next);
	if (control_replace(&m->control.control, &why) == -1)
		log_warnx(&m->log.log,
			"cannot listen on the control socket: %s", why.text);
}

static void
on_start(void *arg, struct generation *g)
{
	struct master *m = arg;

	error_log_open(&m->log, &g->logs, &g->conf->log);
	log_notice(&m->log.log, "prong %s starts, pid %ld, %s",
		m->plan->version, (long)getpid(), m->plan->what);
	privileges_log(g->conf, &m->log.log);
}

static void
on_start_failed(void *arg, const struct error_text *why, const char *errors)
{
	master_give_up(arg, why, errors);
}

/* The first generation serves. */
static void
begin_serving(struct master *m)
{
	struct ev_loop *loop = m->workers.env.loop;
	const struct conn_import *import = &m->upgrade.conns.in;

	lifecycle_enter(&m->life, LIFECYCLE_SERVING);
	if (m->plan->is_greeting)
		banner_print(m->workers.generations.current, stdout);
	if (m->plan->on_serving != NULL)
		m->plan->on_serving(m->plan->daemon_fd);
	if (upgrade_peer_is_waiting(&m->upgrade.old_master))
		upgrade_peer_tell_ready(&m->upgrade.old_master, loop,
			conn_import_is_open(import));
	else
		inherited_settle(&m->sockets.inherited, &m->log.log);
}

static void
on_commit(void *arg, struct generation *g, const struct generation *old)
{
	struct master *m = arg;

	error_log_open(&m->log, &g->logs, &g->conf->log);
	replace_paths(m);
	m->sockets.listeners.is_in_use = true;
	banner_log(g, old, &m->log.log);
	if (m->life.phase == LIFECYCLE_STARTING)
		begin_serving(m);
}

static void
log_errors(void *arg, const char *errors)
{
	struct master *m = arg;

	if (m->life.phase == LIFECYCLE_STARTING)
		fputs(errors, stderr);
	else
		error_log_lines(&m->log, errors);
}

static void
on_reloading(void *arg)
{
	struct master *m = arg;

	notify_reloading(&m->notify);
}

void
master_notify_state(struct master *m)
{
	const struct reconfig_verdict *v = &m->change.reconfig.last;
	const struct generation *g = m->workers.generations.current;

	if (upgrade_peer_is_waiting(&m->upgrade.old_master))
		return;
	if (!generation_is_serving(g))
		notify_ready(&m->notify,
			"generation %u: no worker can start, nothing is served",
			g->number);
	else if (v->is_ok)
		notify_ready(&m->notify, "generation %u: %u worker%s",
			g->number, g->nprocs, log_plural(g->nprocs));
	else
		notify_ready(&m->notify,
			"generation %u: %u worker%s; %s refused: %s", g->number,
			g->nprocs, log_plural(g->nprocs),
			reconfig_kind_name(v->kind), v->why.text);
}

static void
on_end(void *arg, const struct reconfig_verdict *v, const char *errors)
{
	struct master *m = arg;

	control_orders_conclude(&m->control.env, v, errors);
	/* If another reload is pending the manager waits for its end. */
	if (m->life.phase == LIFECYCLE_SERVING &&
		!m->change.reconfig.pending[RECONFIG_RELOAD])
		master_notify_state(m);
}

static void
on_upgraded(void *arg, pid_t pid)
{
	master_drain_upgraded(arg, pid);
}

static void
on_generation_gone(void *arg)
{
	struct master *m = arg;

	if (m->life.phase == LIFECYCLE_LEAVING)
		master_end_if_done(m);
}

const struct reconfig_events master_reconfig_events = {
	.claim_paths = claim_paths,
	.release_paths = release_paths,
	.on_start = on_start,
	.on_start_failed = on_start_failed,
	.on_commit = on_commit,
	.log_errors = log_errors,
	.on_reloading = on_reloading,
	.on_end = on_end,
	.on_upgraded = on_upgraded,
	.on_generation_gone = on_generation_gone,
};
