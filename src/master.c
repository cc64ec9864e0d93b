/*
 * The master's life: it starts, serves and leaves.  reconfig/lifecycle.h has
 * the picture; master_actions.c has what it is asked for meanwhile.
 * SPDX-License-Identifier: MIT
 */
#include "master.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/change_counts.h"
#include "loop_memory.h"
#include "master_state.h"
#include "privileges.h"
#include "supervise/epoll_check.h"

/* ---- leaving ------------------------------------------------------------ */

/* An old master ends when its last connections have been sent, a new one that
 * leaves when the old one has sent its last. */
void
master_end_if_done(struct master *m)
{
	if (m->workers.generations.first == NULL &&
		(!conn_export_is_open(&m->upgrade.conns.out) ||
			!conn_import_is_open(&m->upgrade.conns.in)))
		ev_break(m->workers.env.loop, EVBREAK_ALL);
}

static void
leave_with(struct master *m, void (*tell)(struct master *, struct generation *))
{
	struct generation_list *all = &m->workers.generations;
	struct generation *next;

	m->leaving = generation_list_count_workers(all);
	if (m->life.phase != LIFECYCLE_LEAVING) {
		if (m->status == 0)
			notify_stopping(
				&m->notify, "draining: %u workers", m->leaving);
		lifecycle_enter(&m->life, LIFECYCLE_LEAVING);
	}
	listeners_close_sockets(&m->sockets.listeners);
	inherited_close(&m->sockets.inherited);
	reconfig_abandon(&m->change.reconfig);
	control_orders_abandon(&m->control.env);
	all->current = NULL;
	for (struct generation *g = all->first; g != NULL; g = next) {
		next = g->next;
		tell(m, g);
	}
	master_end_if_done(m);
}

static void
drain_generation(struct master *m, struct generation *g)
{
	const struct conf_timeouts *t = &g->conf->timeouts;

	(void)m;
	if (g->state == GENERATION_CURRENT)
		generation_drain(
			g, t->drain + t->drain_delay, CHANNEL_DRAIN_SHUTDOWN);
	else if (g->state == GENERATION_DRAINING)
		generation_keep_conns(g);
}

static void
drain_upgraded_generation(struct master *m, struct generation *g)
{
	if (g->state != GENERATION_CURRENT)
		return;
	if (conn_export_is_open(&m->upgrade.conns.out))
		generation_drain(g, conf_handover_limit(g->conf),
			CHANNEL_DRAIN_HANDOVER);
	else
		generation_drain(
			g, g->conf->timeouts.drain, CHANNEL_DRAIN_UPGRADE);
}

static void
stop_generation(struct master *m, struct generation *g)
{
	(void)m;
	generation_stop(g);
}

static void
kill_generation(struct master *m, struct generation *g)
{
	(void)m;
	generation_kill(g);
}

static void
leave_at_once(struct master *m, const char *why)
{
	log_notice(&m->log.log, "%s again: shutting down at once", why);
	conn_import_close(&m->upgrade.conns.in);
	leave_with(m, kill_generation);
}

void
master_drain_upgraded(struct master *m, pid_t pid)
{
	unsigned n = generation_list_count_workers(&m->workers.generations);

	log_notice(&m->log.log,
		"upgraded: pid %ld serves, draining %u worker%s", (long)pid, n,
		log_plural(n));
	control_orders_upgraded(&m->control.env, pid);
	m->upgrade.is_over = true;
	leave_with(m, drain_upgraded_generation);
}

void
master_drain(struct master *m, const char *why)
{
	unsigned n = generation_list_count_workers(&m->workers.generations);

	if (m->life.phase == LIFECYCLE_LEAVING && !m->upgrade.is_over) {
		leave_at_once(m, why);
		return;
	}
	log_notice(
		&m->log.log, "%s: draining %u worker%s", why, n, log_plural(n));
	/* After an upgrade the workers drain already; the next order ends
	 * that. */
	if (m->upgrade.is_over)
		m->upgrade.is_over = false;
	else
		leave_with(m, drain_generation);
}

void
master_stop(struct master *m, const char *why)
{
	unsigned n = generation_list_count_workers(&m->workers.generations);

	log_notice(
		&m->log.log, "%s: stopping %u worker%s", why, n, log_plural(n));
	conn_import_close(&m->upgrade.conns.in);
	leave_with(m, stop_generation);
}

/* Tells the service manager, and the old master of an upgrade. */
static void
tell_not_started(
	struct master *m, const struct error_text *why, const char *errors)
{
	notify_failed(&m->notify, why->text, why->error);
	upgrade_peer_tell_failed(&m->upgrade.old_master, why);
	upgrade_peer_tell_errors(&m->upgrade.old_master, errors);
}

/* During an upgrade the old master answers them. */
static void
refuse_commands(struct master *m, const struct error_text *why)
{
	struct error_text answer;

	error_text_set(
		&answer, "the server ended at its start: %.400s", why->text);
	if (!upgrade_peer_is_waiting(&m->upgrade.old_master))
		control_refuse_queued(&m->control.control, answer.text);
}

void
master_give_up(
	struct master *m, const struct error_text *why, const char *errors)
{
	log_errx(&m->log.log, "not started: %s", why->text);
	if (!error_log_is_stderr(&m->log))
		fprintf(stderr, "prong: not started: %s\n", why->text);
	tell_not_started(m, why, errors);
	m->status = 1;
	refuse_commands(m, why);
	leave_with(m, kill_generation);
}

/* ---- the parts, and what each of them is given --------------------------- */

static struct ev_loop *
open_loop(struct master *m)
{
	unsigned backend = ev_supported_backends() & EVBACKEND_EPOLL;
	struct error_text why;

	if (epoll_check(&why) == -1) {
		log_errx(&m->log.log, "%s", why.text);
		return NULL;
	}
	if (loop_memory_reserve() == -1)
		return NULL;
	return ev_loop_new(
		(backend != 0 ? backend : EVBACKEND_ALL) | EVFLAG_NOENV);
}

static void
init_workers(struct master *m, struct ev_loop *loop)
{
	bus_init(&m->workers.bus, &m->workers.generations);
	m->workers.router = (struct conn_router){ &m->workers.generations,
		&upgrade_conns_peer, &m->upgrade.conns };
	m->workers.env = (struct proc_env){ .loop = loop,
		.log = &m->log.log,
		.scoreboard = &m->workers.scoreboard,
		.title = m->plan->title,
		.worker = m->plan->worker,
		.router = &m->workers.router,
		.tickets = &m->workers.tickets,
		.bus = &m->workers.bus,
		.changes = change_counts_new(),
		.recent = &m->workers.recent,
		.is_daemon = m->plan->is_daemon };
	log_reopen_init(&m->workers.reopen.wait, loop, &m->workers.generations,
		master_on_reopened, m);
	conn_export_init(&m->upgrade.conns.out, loop, &m->workers.router,
		&m->workers.scoreboard, &m->workers.bus);
	m->sockets.listeners.inherited = &m->sockets.inherited;
}

static void
init_control(struct master *m)
{
	m->control.env = (struct control_env){ .control = &m->control.control,
		.reconfig = &m->change.reconfig,
		.life = &m->life,
		.generations = &m->workers.generations,
		.scoreboard = &m->workers.scoreboard,
		.recent = &m->workers.recent,
		.log = &m->log.log,
		.version = m->plan->version,
		.what = m->plan->what,
		.program = m->plan->program,
		.actions = &master_control_actions,
		.arg = m };
	control_init(&m->control.control, m->workers.env.loop,
		control_orders_take, &m->control.env);
	m->control.control.inherited = &m->sockets.inherited;
}

static void
init_upgrade(struct master *m)
{
	m->upgrade.env = (struct upgrade_env){ .loop = m->workers.env.loop,
		.program = m->plan->program,
		.argv = m->plan->argv,
		.listeners = &m->sockets.listeners,
		.control_listener = &m->control.control.listener,
		.inherited = &m->sockets.inherited,
		.old_master = &m->upgrade.old_master,
		.conns = &m->upgrade.conns.out,
		.tickets = &m->workers.tickets,
		.events = &master_upgrade_events,
		.arg = m };
	upgrade_init(&m->upgrade.upgrade, &m->upgrade.env);
}

static void
init_reconfig(struct master *m)
{
	m->change.env = (struct reconfig_env){ .workers = &m->workers.env,
		.reader = &m->plan->reader,
		.life = &m->life,
		.generations = &m->workers.generations,
		.listeners = &m->sockets.listeners,
		.upgrade = &m->upgrade.upgrade,
		.events = &master_reconfig_events,
		.arg = m };
	reconfig_init(&m->change.reconfig, &m->change.env);
}

static int
open_all(struct master *m)
{
	struct ev_loop *loop = open_loop(m);

	if (loop == NULL || tickets_open(&m->workers.tickets) == -1)
		return -1;
	init_workers(m, loop);
	init_control(m);
	init_upgrade(m);
	init_reconfig(m);
	return scoreboard_open(&m->workers.scoreboard, SCOREBOARD_SLOTS);
}

static void
close_all(struct master *m)
{
	struct ev_loop *loop = m->workers.env.loop;

	reconfig_fini(&m->change.reconfig);
	control_close(&m->control.control);
	pid_file_close(&m->pid_file.next);
	pid_file_close(&m->pid_file.now);
	signals_stop(&m->signals, loop);
	rebalance_stop(&m->workers.rebalance, loop);
	queue_rescue_stop(&m->workers.queue_rescue, loop);
	watchdog_stop(&m->workers.watchdog, loop);
	log_reopen_stop(&m->workers.reopen.wait);
	notify_stop(&m->notify, loop);
	upgrade_peer_close(&m->upgrade.old_master, loop);
	conn_export_finish(&m->upgrade.conns.out);
	conn_import_close(&m->upgrade.conns.in);
	ev_loop_destroy(loop);
	scoreboard_close(&m->workers.scoreboard);
	tickets_close(&m->workers.tickets);
	recent_rings_fini(&m->workers.recent);
	change_counts_free(m->workers.env.changes);
	error_log_close(&m->log);
}

/* ---- life --------------------------------------------------------------- */

/* Takes conf over. */
static void
serve_until_end(struct master *m, struct conf *conf)
{
	struct generation_list *all = &m->workers.generations;
	struct ev_loop *loop = m->workers.env.loop;

	signals_start(&m->signals, loop, master_on_signal, m);
	notify_start(&m->notify, loop);
	rebalance_start(&m->workers.rebalance, loop, &all->current);
	queue_rescue_start(&m->workers.queue_rescue, loop, &all->current);
	watchdog_start(&m->workers.watchdog, loop, &all->first);
	conn_import_start(&m->upgrade.conns.in, loop, &m->workers.router,
		&m->workers.scoreboard, &m->workers.bus);
	reconfig_start(&m->change.reconfig, conf);
	if (m->life.phase != LIFECYCLE_LEAVING || all->first != NULL)
		ev_run(loop, 0);
	if (m->status == 0)
		log_notice(&m->log.log, "shut down: %u worker%s exited",
			m->leaving, log_plural(m->leaving));
}

/* Takes conf over. */
static void
run_with_conf(struct master *m, struct conf *conf)
{
	struct error_text why;

	error_log_open_stderr(&m->log);
	privileges_raise_limits();
	srand48((long)time(NULL) ^ getpid());
	if (m->plan->title != NULL)
		proctitle_set(
			m->plan->title, "prong: master %s", m->plan->what);
	if (open_all(m) == -1) {
		error_text_set(&why, "no event loop or no scoreboard: %s",
			strerror(errno));
		log_errx(&m->log.log, "not started: %s", why.text);
		tell_not_started(m, &why, "");
		m->status = 1;
		conf_free(conf);
		return;
	}
	serve_until_end(m, conf);
	close_all(m);
}

/*
 * Reads the configuration.  Its errors go to standard error, and into *errors
 * for the old master, which has a log; *errors is NULL if there is no memory.
 */
static struct conf *
read_conf(struct master *m, char **errors)
{
	const struct conf_reader *reader = &m->plan->reader;
	size_t size = 0;
	FILE *file = open_memstream(errors, &size);
	struct conf *conf;

	if (file == NULL)
		return reader->read(reader->arg, stderr);
	conf = reader->read(reader->arg, file);
	fclose(file);
	if (*errors != NULL)
		fputs(*errors, stderr);
	return conf;
}

/* Opens inherited sockets and reads the configuration.  Returns NULL if there
 * is an error in one of them, which was reported then. */
static struct conf *
prepare_start(struct master *m)
{
	struct conf *conf = NULL;
	struct error_text why;
	char *errors = NULL;

	if (inherited_open(&m->sockets.inherited, &why) == -1) {
		fprintf(stderr, "prong: not started: %s\n", why.text);
	} else {
		conf = read_conf(m, &errors);
		error_text_set(&why, "the configuration has errors");
	}
	if (conf == NULL) {
		tell_not_started(m, &why, errors == NULL ? "" : errors);
		inherited_close(&m->sockets.inherited);
	}
	free(errors);
	return conf;
}

int
master_run(const struct master_plan *plan)
{
	struct master m = { .plan = plan,
		.pid_file = { PID_FILE_NONE, PID_FILE_NONE } };
	struct conf *conf;

	lifecycle_init(&m.life);
	notify_open(&m.notify);
	upgrade_peer_open(&m.upgrade.old_master, master_on_released, &m);
	conn_import_open(&m.upgrade.conns.in);
	m.upgrade.conns.in.on_end = master_on_import_end;
	m.upgrade.conns.in.arg = &m;
	conf = prepare_start(&m);
	if (conf != NULL)
		run_with_conf(&m, conf);
	else
		m.status = 1;
	notify_close(&m.notify);
	return m.status;
}
