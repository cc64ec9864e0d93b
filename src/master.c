/*
 * The master's life: start, serve, reload, leave.  One event, one action.
 *
 *   STARTING -> SERVING -> LEAVING
 *       '----- failed ------^
 *
 * A reload is a transaction within SERVING: `next` is the generation that is
 * being tried; until all of its workers are ready, `current` serves on.
 * SPDX-License-Identifier: MIT
 */
#include "master.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "error_log.h"
#include "generation.h"
#include "greeting.h"
#include "handover.h"
#include "inherited.h"
#include "notify.h"
#include "pid_file.h"
#include "privileges.h"
#include "signals.h"
#include "watchdog.h"

enum {
	SLOTS = 4096,     /* workers of all generations */
	DRAINING_MAX = 4, /* generations */
};

enum master_phase { MASTER_STARTING, MASTER_SERVING, MASTER_LEAVING };

#define TO(phase) (1u << MASTER_##phase)

// clang-format off
static const unsigned arrows[] = {
	[MASTER_STARTING] = TO(SERVING) | TO(LEAVING),
	[MASTER_SERVING]  = TO(LEAVING),
	[MASTER_LEAVING]  = 0,
};
// clang-format on

struct master {
	const struct master_plan *plan;
	enum master_phase phase;
	struct proc_env env;
	struct signals signals;
	struct scoreboard scoreboard;
	struct inherited inherited;
	struct listeners listeners;
	struct pid_file pid_file;
	struct pid_file next_pid_file;  /* of a reload under way */
	struct generation *generations; /* all that are not gone */
	struct generation *current;     /* NULL: none yet */
	struct generation *next;        /* NULL: nothing is being tried */
	struct handover handover;
	struct watchdog watchdog;
	unsigned last_number;
	bool is_reload_wanted; /* HUPs that came meanwhile */
	struct error_log log;
	struct notify notify;
	unsigned leaving; /* workers that were told to go */
	int status;       /* for exit(2) */
};

static void
enter(struct master *m, enum master_phase next)
{
	assert(arrows[m->phase] & (1u << next));
	m->phase = next;
}

/* ---- leaving ---------------------------------------------------------------
 */

static unsigned
count_workers(const struct master *m)
{
	unsigned n = 0;

	for (struct generation *g = m->generations; g != NULL; g = g->next)
		n += generation_count(g);
	return n;
}

static void
abandon_next(struct master *m)
{
	struct generation *g = m->next;

	m->next = NULL;
	pid_file_close(&m->next_pid_file);
	if (g != NULL)
		generation_kill(g);
}

static void
leave_with(struct master *m, void (*tell)(struct generation *))
{
	struct generation *next;

	if (m->status == 0 && m->phase != MASTER_LEAVING)
		notify_stopping(
			&m->notify, "draining: %u workers", count_workers(m));
	if (m->phase != MASTER_LEAVING)
		enter(m, MASTER_LEAVING);
	m->leaving = count_workers(m);
	listeners_close_sockets(&m->listeners);
	inherited_close(&m->inherited);
	abandon_next(m);
	m->current = NULL;
	for (struct generation *g = m->generations; g != NULL; g = next) {
		next = g->next;
		tell(g);
	}
	if (m->generations == NULL)
		ev_break(m->env.loop, EVBREAK_ALL);
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
drain(struct master *m, const char *name)
{
	log_notice(&m->log.log, "SIG%s: draining %u workers", name,
		count_workers(m));
	leave_with(m, drain_one);
}

static void
on_drain(struct master *m, const char *name)
{
	if (m->phase != MASTER_LEAVING) {
		drain(m, name);
		return;
	}
	log_notice(&m->log.log, "SIG%s again: leaving at once", name);
	leave_with(m, generation_kill);
}

static void
on_stop(struct master *m, const char *name)
{
	log_notice(&m->log.log, "SIG%s: stopping %u workers", name,
		count_workers(m));
	leave_with(m, generation_stop);
}

/* Could not start: nobody serves, so nobody is owed anything. */
static void
give_up(struct master *m, const struct reason *why)
{
	log_errx(&m->log.log, "not started: %s", why->text);
	if (!error_log_is_stderr(&m->log))
		fprintf(stderr, "prong: not started: %s\n", why->text);
	notify_failed(&m->notify, why->text, why->error);
	m->status = 1;
	leave_with(m, generation_kill);
}

/* ---- a generation comes ----------------------------------------------------
 */

static const struct generation_events events;

/* The new generation exists, forked or not, when 0 is returned; -1: as if
 * nothing had been asked. */
static int
try(struct master *m, struct conf *conf, struct reason *why)
{
	struct generation *g;

	if (privileges_check(conf, why) == -1 ||
		pid_file_claim(&m->pid_file, &m->next_pid_file, conf->pid_file,
			why) == -1)
		return -1;
	g = generation_new(&m->env, &events, m, &m->listeners, conf,
		m->last_number + 1, why);
	if (g == NULL) {
		pid_file_close(&m->next_pid_file);
		return -1;
	}
	m->last_number++;
	g->next = m->generations;
	m->generations = g;
	m->next = g;
	return 0;
}

static void
begin_serving(struct master *m)
{
	enter(m, MASTER_SERVING);
	inherited_settle(&m->inherited, &m->log.log);
	if (m->plan->is_greeting)
		greeting_print(m->current, stdout);
	daemon_ready(m->plan->daemon_fd);
}

/* Another reload is still wanted: the manager waits for that one. */
static void
tell_ready(struct master *m, const char *what)
{
	if (!m->is_reload_wanted)
		notify_ready(&m->notify, "generation %u: %u workers%s%s",
			m->current->number, m->current->nprocs,
			*what != '\0' ? "; reload refused: " : "", what);
}

static void
retire(struct master *m, struct generation *old)
{
	if (old == NULL)
		return;
	log_notice(&m->log.log, "generation %u drains: %u workers", old->number,
		generation_count(old));
	generation_drain(old, old->conf->timeouts.drain, "reload");
}

static void
commit(struct master *m, struct generation *g)
{
	struct generation *old = m->current;

	m->next = NULL;
	m->current = g;
	error_log_open(&m->log, &g->logs, &g->conf->log);
	if (pid_file_replace(&m->pid_file, &m->next_pid_file) == -1)
		log_warn(&m->log.log, "pid_file %s", m->pid_file.path);
	greeting_log(g, &m->log.log);
	if (m->phase == MASTER_STARTING)
		begin_serving(m);
	retire(m, old);
	tell_ready(m, "");
}

/* ---- reload ----------------------------------------------------------------
 */

static struct conf *
read_again(struct master *m)
{
	char *text = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);
	struct conf *conf;

	assert(errors != NULL);
	conf = m->plan->read_conf(m->plan->arg, errors);
	fclose(errors);
	error_log_lines(&m->log, text);
	free(text);
	return conf;
}

static void
refuse(struct master *m, const char *why)
{
	log_errx(&m->log.log, "reload refused: %s; generation %u serves on",
		why, m->current->number);
	tell_ready(m, why);
}

static unsigned
count_draining(const struct master *m)
{
	unsigned n = 0;

	for (struct generation *g = m->generations; g != NULL; g = g->next)
		n += g->state == GENERATION_DRAINING;
	return n;
}

static void
reload(struct master *m)
{
	struct conf *conf = read_again(m);
	struct reason why;

	if (conf == NULL) {
		refuse(m, "the configuration has errors");
		return;
	}
	if (try(m, conf, &why) == -1) {
		conf_free(conf);
		refuse(m, why.text);
		return;
	}
	if (generation_start(m->next, &why) == 0)
		return;
	abandon_next(m);
	refuse(m, why.text);
}

/* HUPs that cannot be answered yet become one more reload. */
static void
reload_if_wanted(struct master *m)
{
	if (!m->is_reload_wanted || m->phase != MASTER_SERVING ||
		m->next != NULL || count_draining(m) >= DRAINING_MAX)
		return;
	m->is_reload_wanted = false;
	reload(m);
}

static void
on_reload(struct master *m, const char *name)
{
	log_notice(&m->log.log, "SIG%s: reloading %s", name, m->plan->what);
	notify_reloading(&m->notify);
	if (m->next != NULL || m->phase == MASTER_STARTING)
		log_notice(&m->log.log,
			"a reload is under way: once more after it");
	else if (count_draining(m) >= DRAINING_MAX)
		log_notice(&m->log.log, "%d generations drain: after the first",
			DRAINING_MAX);
	m->is_reload_wanted = true;
	reload_if_wanted(m);
}

/* ---- what generations tell -------------------------------------------------
 */

static void
on_failed(void *arg, struct generation *g, const struct reason *why)
{
	struct master *m = arg;

	if (g != m->next)
		return;
	if (m->phase == MASTER_STARTING) {
		give_up(m, why);
		return;
	}
	refuse(m, why->text);
	abandon_next(m);
	reload_if_wanted(m);
}

static void
on_ready(void *arg, struct generation *g)
{
	struct master *m = arg;
	struct reason why;

	if (g != m->next)
		return;
	if (generation_go(g, &why) == -1) {
		on_failed(m, g, &why);
		return;
	}
	commit(m, g);
	reload_if_wanted(m);
}

static void
on_gone(void *arg, struct generation *g)
{
	struct master *m = arg;
	struct generation **at = &m->generations;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	if (m->phase == MASTER_SERVING)
		log_notice(&m->log.log, "generation %u is gone", g->number);
	generation_free(g);
	if (m->phase == MASTER_LEAVING && m->generations == NULL)
		ev_break(m->env.loop, EVBREAK_ALL);
	reload_if_wanted(m);
}

static const struct generation_events events = { on_ready, on_failed, on_gone };

/* ---- what signals ask for --------------------------------------------------
 */

static void
on_reopen(struct master *m, const char *name)
{
	struct reason why;

	for (struct generation *g = m->generations; g != NULL; g = g->next)
		if (generation_reopen(g, &why) == -1)
			log_errx(&m->log.log, "logs were not reopened: %s",
				why.text);
	if (m->current != NULL)
		error_log_open(
			&m->log, &m->current->logs, &m->current->conf->log);
	log_notice(&m->log.log, "SIG%s: logs reopened", name);
}

static void
reap(struct master *m, pid_t pid, int status)
{
	struct generation *g = m->generations;

	while (g != NULL && !generation_reap(g, pid, status))
		g = g->next;
}

static void
on_reap(struct master *m, const char *name)
{
	int status;
	pid_t pid;

	(void)name;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reap(m, pid, status);
}

static void
on_action(void *arg, enum signals_action action, const char *name)
{
	static void (*const actions[])(struct master *, const char *) = {
		[SIGNALS_DRAIN] = on_drain,
		[SIGNALS_STOP] = on_stop,
		[SIGNALS_RELOAD] = on_reload,
		[SIGNALS_REOPEN] = on_reopen,
		[SIGNALS_REAP] = on_reap,
	};

	actions[action](arg, name);
}

/* ---- life ------------------------------------------------------------------
 */

static void
start(struct master *m, struct conf *conf)
{
	struct reason why;

	m->listeners.inherited = &m->inherited;
	if (inherited_open(&m->inherited, &why) == -1 ||
		try(m, conf, &why) == -1) {
		conf_free(conf);
		give_up(m, &why);
		return;
	}
	error_log_open(&m->log, &m->next->logs, &m->next->conf->log);
	log_notice(&m->log.log, "prong %s started, pid %ld, %s",
		m->plan->version, (long)getpid(), m->plan->what);
	privileges_warn(m->next->conf, &m->log.log);
	if (generation_start(m->next, &why) == -1)
		give_up(m, &why);
}

static int
open_all(struct master *m)
{
	unsigned backend = ev_supported_backends() & EVBACKEND_EPOLL;

	m->handover = (struct handover){ &m->generations, &m->current };
	m->env = (struct proc_env){ .log = &m->log.log,
		.scoreboard = &m->scoreboard,
		.title = m->plan->title,
		.worker = m->plan->worker,
		.handover = &m->handover };
	m->env.loop = ev_loop_new(
		(backend != 0 ? backend : EVBACKEND_ALL) | EVFLAG_NOENV);
	if (m->env.loop == NULL)
		return -1;
	return scoreboard_open(&m->scoreboard, SLOTS);
}

static void
close_all(struct master *m)
{
	pid_file_close(&m->next_pid_file);
	pid_file_close(&m->pid_file);
	signals_stop(&m->signals, m->env.loop);
	watchdog_stop(&m->watchdog, m->env.loop);
	notify_stop(&m->notify, m->env.loop);
	ev_loop_destroy(m->env.loop);
	scoreboard_close(&m->scoreboard);
	error_log_close(&m->log);
}

static void
serve(struct master *m, struct conf *conf)
{
	signals_start(&m->signals, m->env.loop, on_action, m);
	notify_start(&m->notify, m->env.loop);
	watchdog_start(&m->watchdog, m->env.loop, &m->generations);
	start(m, conf);
	if (m->generations != NULL)
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

int
master_run(const struct master_plan *plan)
{
	struct master m = { .plan = plan,
		.pid_file = PID_FILE_NONE,
		.next_pid_file = PID_FILE_NONE };
	struct conf *conf = plan->read_conf(plan->arg, stderr);

	notify_open(&m.notify);
	if (conf != NULL)
		run(&m, conf);
	else
		notify_failed(&m.notify, "the configuration has errors", 0);
	notify_close(&m.notify);
	return conf == NULL ? 1 : m.status;
}
