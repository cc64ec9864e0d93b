/*
 * A change, step by step; who is asked again meanwhile waits for the end.
 *
 *   start:              NONE -> OPENING -> TRYING -> NONE
 *   reload: NONE -> CHECKING -> OPENING -> TRYING -> NONE, or refused
 *   others: NONE ------------------------> TRYING -> NONE
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/reconfig.h"

#include <stdlib.h>

#include "banner.h"
#include "common/clock.h"
#include "control/control_orders.h"
#include "master.h"
#include "master_state.h"
#include "privileges.h"

/* ---- the end of a change ------------------------------------------------ */

static void
abandon_next(struct master *m)
{
	struct generation *g = m->next;

	m->next = NULL;
	pid_file_close(&m->next_pid_file);
	control_cancel(&m->control);
	if (g != NULL)
		generation_kill(g);
}

static void
conclude(struct master *m, bool is_ok, const char *errors,
	const struct error_text *why)
{
	struct reconfig *c = &m->reconfig;

	c->step = RECONFIG_NONE;
	c->last = (struct reconfig_verdict){ .kind = c->kind,
		.is_ok = is_ok,
		.at = clock_now_ms(),
		.why = *why };
	control_orders_conclude(m, &c->last, errors);
	/* Another one is wanted: the service manager waits for that. */
	if (m->phase == MASTER_SERVING && !c->pending[RECONFIG_RELOAD])
		reconfig_tell_manager(m);
}

static void
log_refusal(struct master *m, const struct error_text *why)
{
	const char *kind = reconfig_kind_name(m->reconfig.kind);
	unsigned number = m->current->number;

	if (generation_is_serving(m->current))
		log_errx(&m->log.log, "%s refused: %s; generation %u serves on",
			kind, why->text, number);
	else
		log_errx(&m->log.log,
			"%s refused: %s; no worker of generation %u can start: "
			"nothing is served",
			kind, why->text, number);
}

static void
refuse(struct master *m, const char *errors, const struct error_text *why)
{
	enum reconfig_kind kind = m->reconfig.kind;

	if (kind == RECONFIG_RELOAD)
		m->scoreboard.totals->refusals++;
	abandon_next(m);
	if (kind == RECONFIG_ROLLBACK)
		probation_stop(&m->reconfig.probation);
	if (kind == RECONFIG_START)
		master_give_up(m, why);
	else
		log_refusal(m, why);
	conclude(m, false, errors, why);
}

static void
drain_generation(struct master *m, struct generation *old)
{
	log_notice(&m->log.log, "generation %u drains: %u workers", old->number,
		generation_count(old));
	generation_drain(old, old->conf->timeouts.drain, "reload");
}

static void
settle_probation(struct master *m, const struct generation *old)
{
	struct probation *p = &m->reconfig.probation;

	if (m->reconfig.kind == RECONFIG_RELOAD)
		m->scoreboard.totals->reloads++;
	if (m->reconfig.kind == RECONFIG_RELOAD)
		probation_start(p, old->conf, old->resources, old->nprocs,
			m->current->conf->timeouts.probation);
	else if (m->reconfig.kind == RECONFIG_ROLLBACK)
		probation_stop(p);
}

static void
adopt_files(struct master *m, struct generation *g)
{
	struct error_text why;

	error_log_open(&m->log, &g->logs, &g->conf->log);
	pid_file_replace(&m->pid_file, &m->next_pid_file);
	if (control_replace(&m->control, &why) == -1)
		log_warnx(&m->log.log, "control: %s", why.text);
}

static void
commit(struct master *m, struct generation *g)
{
	struct generation *old = m->current;
	struct error_text why;

	m->next = NULL;
	m->current = g;
	adopt_files(m, g);
	banner_log(g, &m->log.log);
	if (old != NULL) {
		settle_probation(m, old);
		drain_generation(m, old);
	} else {
		master_begin(m);
	}
	error_text_set(&why, "generation %u serves with %u workers", g->number,
		g->nprocs);
	conclude(m, true, "", &why);
}

/* ---- what the new generation tells -------------------------------------- */

static void
on_failed(void *arg, struct generation *g, const struct error_text *why)
{
	struct master *m = arg;

	if (g != m->next)
		return;
	refuse(m, "", why);
	reconfig_resume(m);
}

static void
on_ready(void *arg, struct generation *g)
{
	struct master *m = arg;
	struct error_text why;

	if (g != m->next)
		return;
	if (generation_go(g, &why) == -1) {
		on_failed(m, g, &why);
		return;
	}
	commit(m, g);
	reconfig_resume(m);
}

static void
on_crash(void *arg, struct generation *g, const struct error_text *how)
{
	struct master *m = arg;

	if (g != m->current || !probation_fails(&m->reconfig.probation))
		return;
	if (m->reconfig.pending[RECONFIG_ROLLBACK])
		return;
	log_errx(&m->log.log,
		"generation %u is rolled back: its workers died %u times on "
		"probation, last by %s",
		g->number, m->reconfig.probation.crashes, how->text);
	m->reconfig.pending[RECONFIG_ROLLBACK] = true;
	reconfig_resume(m);
}

static void
on_gone(void *arg, struct generation *g)
{
	master_forget(arg, g);
}

static const struct generation_events events = {
	on_ready,
	on_failed,
	on_gone,
	on_crash,
};

/* ---- a change begins ---------------------------------------------------- */

static int
claim_pid_file(struct master *m, const char *path, struct error_text *why)
{
	if (upgrade_peer_is_waiting(&m->old_master))
		return pid_file_inherit(
			&m->pid_file, &m->next_pid_file, path, why);
	return pid_file_claim(&m->pid_file, &m->next_pid_file, path, why);
}

static int
claim(struct master *m, const struct conf *conf, struct error_text *why)
{
	if (privileges_check(conf, why) == -1 ||
		claim_pid_file(m, conf->paths.pid_file, why) == -1)
		return -1;
	return control_claim(&m->control, conf->paths.control, why);
}

/* Takes conf and resources over.  The new generation exists, without a
 * process, when 0 is returned. */
static int
make_next(struct master *m, struct conf *conf, struct resources *resources,
	unsigned workers, struct error_text *why)
{
	struct generation *g = NULL;

	if (claim(m, conf, why) == 0)
		g = generation_new(&m->env, &events, m, &m->listeners, conf,
			workers, m->last_number + 1, why);
	if (g == NULL) {
		conf_free(conf);
		resources_unref(resources);
		return -1;
	}
	g->resources = resources;
	m->last_number++;
	g->next = m->generations;
	m->generations = g;
	m->next = g;
	return 0;
}

static void
try(struct master *m, struct conf *conf, struct resources *resources,
	unsigned workers)
{
	bool has_canary = m->reconfig.kind == RECONFIG_RELOAD;
	struct error_text why;

	m->reconfig.step = RECONFIG_TRYING;
	if (make_next(m, conf, resources, workers, &why) == -1) {
		refuse(m, "", &why);
		return;
	}
	if (m->reconfig.kind == RECONFIG_START)
		master_announce(m);
	if (generation_start(m->next, has_canary, &why) == -1)
		refuse(m, "", &why);
}

static struct conf *
read_again(struct master *m, char **errors)
{
	size_t size = 0;
	FILE *file = open_memstream(errors, &size);
	struct conf *conf;

	if (file == NULL)
		return NULL;
	conf = m->plan->read_conf_text(m->plan->arg, file);
	fclose(file);
	return conf;
}

/* errors: NULL where there was no memory for them. */
static void
refuse_file(struct master *m, const char *errors, const struct error_text *why)
{
	if (errors == NULL)
		errors = "";
	if (m->reconfig.kind == RECONFIG_START)
		fputs(errors, stderr);
	else
		error_log_lines(&m->log, errors);
	refuse(m, errors, why);
}

/* ---- what it needs of disks --------------------------------------------- */

/* How many are missing; *errors is the caller's, NULL where there was no memory
 * for it. */
static unsigned
describe_missing(const struct resources *r, char **errors)
{
	size_t size = 0;
	FILE *file;
	unsigned n;

	*errors = NULL;
	file = open_memstream(errors, &size);
	if (file == NULL)
		return 1;
	n = resources_print_complaints(r, file);
	fclose(file);
	return n;
}

/* A new configuration is refused when something that it needs is missing; a
 * worker that is started later for it never is. */
static void
on_opened(void *arg, struct resources *r)
{
	struct master *m = arg;
	struct conf *conf = r->conf;
	struct error_text why;
	char *errors;

	if (describe_missing(r, &errors) == 0) {
		try(m, conf_hold(conf), r, (unsigned)conf->workers);
	} else {
		error_text_set(&why, "the configuration has errors");
		if (errors == NULL)
			reason_no_memory(&why, "the configuration");
		refuse_file(m, errors, &why);
		resources_unref(r);
	}
	free(errors);
	reconfig_resume(m);
}

/* Takes conf over. */
static void
open_and_try(struct master *m, struct conf *conf)
{
	struct resources *r = resources_new(conf);
	struct error_text why;

	conf_free(conf);
	m->reconfig.step = RECONFIG_OPENING;
	if (r == NULL) {
		reason_no_memory(&why, "the document roots");
		refuse(m, "", &why);
	} else if (opener_start(&m->reconfig.opener, m->env.loop, r, &why) ==
		   -1)
		refuse(m, "", &why);
}

/* It is good: what it was a moment ago it will be in our own hands. */
static void
on_checked(void *arg, bool is_good, const char *errors,
	const struct error_text *why)
{
	struct master *m = arg;
	struct conf *conf = NULL;
	char *own_errors = NULL;
	struct error_text own_why = *why;

	if (is_good)
		conf = read_again(m, &own_errors);
	if (is_good && (own_errors == NULL || *own_errors == '\0'))
		reason_no_memory(&own_why, "the configuration");
	if (conf != NULL)
		open_and_try(m, conf);
	else
		refuse_file(m, is_good ? own_errors : errors, &own_why);
	free(own_errors);
	reconfig_resume(m);
}

static void
begin_reload(struct master *m)
{
	double limit = (double)m->current->conf->timeouts.ready / 1e3;
	struct error_text why;

	m->reconfig.step = RECONFIG_CHECKING;
	if (config_checker_start(&m->reconfig.checker, m->env.loop,
		    m->plan->read_conf, m->plan->arg, limit, &why) == -1)
		refuse(m, "", &why);
}

static void
begin_upgrade(struct master *m)
{
	struct error_text why;

	m->reconfig.step = RECONFIG_TRYING;
	if (upgrade_start(m, &why) == -1)
		refuse(m, "", &why);
}

static void
begin(struct master *m, enum reconfig_kind kind)
{
	struct reconfig *c = &m->reconfig;

	c->kind = kind;
	c->pending[kind] = c->is_told[kind] = false;
	c->serial[kind]++;
	if (kind == RECONFIG_RELOAD)
		begin_reload(m);
	else if (kind == RECONFIG_UPGRADE)
		begin_upgrade(m);
	else if (kind == RECONFIG_SCALE)
		try(m, conf_hold(m->current->conf),
			resources_ref(m->current->resources),
			c->workers_wanted);
	else if (probation_is_on(&c->probation))
		try(m, conf_hold(c->probation.conf),
			resources_ref(c->probation.resources),
			c->probation.workers);
}

/* A rollback goes first, and past the limit: it is an emergency. */
void
reconfig_resume(struct master *m)
{
	static const enum reconfig_kind order[] = { RECONFIG_ROLLBACK,
		RECONFIG_RELOAD, RECONFIG_SCALE, RECONFIG_UPGRADE };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (m->phase != MASTER_SERVING ||
			m->reconfig.step != RECONFIG_NONE)
			return;
		if (!reconfig_must_wait(m, order[i]) &&
			m->reconfig.pending[order[i]])
			begin(m, order[i]);
	}
}

/* ---- an upgrade ends ---------------------------------------------------- */

void
reconfig_upgraded(struct master *m, pid_t pid)
{
	struct error_text why;

	error_text_set(&why, "pid %ld serves", (long)pid);
	conclude(m, true, "", &why);
	master_upgraded(m, pid);
}

void
reconfig_upgrade_failed(struct master *m, const struct error_text *why)
{
	refuse(m, "", why);
	reconfig_resume(m);
}

/* ---- life --------------------------------------------------------------- */

void
reconfig_init(struct master *m)
{
	probation_init(&m->reconfig.probation, m->env.loop);
	m->reconfig.checker.on_done = on_checked;
	m->reconfig.checker.arg = m;
	m->reconfig.opener.on_done = on_opened;
	m->reconfig.opener.arg = m;
}

void
reconfig_fini(struct master *m)
{
	config_checker_stop(&m->reconfig.checker);
	opener_stop(&m->reconfig.opener);
	probation_stop(&m->reconfig.probation);
	pid_file_close(&m->next_pid_file);
}

void
reconfig_start(struct master *m, struct conf *conf)
{
	m->reconfig.kind = RECONFIG_START;
	open_and_try(m, conf);
}

void
reconfig_abandon(struct master *m)
{
	config_checker_stop(&m->reconfig.checker);
	opener_stop(&m->reconfig.opener);
	upgrade_cancel(m);
	probation_stop(&m->reconfig.probation);
	abandon_next(m);
	m->reconfig.step = RECONFIG_NONE;
	control_orders_abandon(m);
}

bool
reconfig_reap(struct master *m, pid_t pid, int status)
{
	return config_checker_reap(&m->reconfig.checker, pid, status) ||
	       upgrade_reap(m, pid, status);
}
