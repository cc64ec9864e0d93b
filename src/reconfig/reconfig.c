/*
 * The steps of a change.  Only this file writes reconfig->step.
 *
 *   start:              NONE -> OPENING -> TRYING -> NONE
 *   reload: NONE -> CHECKING -> OPENING -> TRYING -> NONE, or refused
 *   others: NONE ------------------------> TRYING -> NONE
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/reconfig.h"

#include <stdlib.h>

#include "common/clock.h"

/* ---- the end of a change ------------------------------------------------ */

static void
abandon_next(struct reconfig *c)
{
	struct generation *g = c->env->generations->next;

	c->env->generations->next = NULL;
	c->env->events->release_paths(c->env->arg);
	if (g != NULL)
		generation_kill(g);
}

static void
end_change(struct reconfig *c, bool is_ok, const char *errors,
	const struct error_text *why)
{
	c->step = RECONFIG_NONE;
	c->last = (struct reconfig_verdict){ .kind = c->kind,
		.is_ok = is_ok,
		.at = clock_now_ms(),
		.why = *why };
	c->env->events->on_end(c->env->arg, &c->last, errors);
}

static void
log_refusal(struct reconfig *c, const struct error_text *why)
{
	const struct generation *current = c->env->generations->current;
	const char *kind = reconfig_kind_name(c->kind);
	struct log *log = c->env->workers->log;

	if (generation_is_serving(current))
		log_errx(log,
			"%s refused: %s; generation %u continues to serve",
			kind, why->text, current->number);
	else
		log_errx(log,
			"%s refused: %s; no worker of generation %u can start: "
			"nothing is served",
			kind, why->text, current->number);
}

static void
refuse_change(
	struct reconfig *c, const char *errors, const struct error_text *why)
{
	if (c->kind == RECONFIG_RELOAD)
		scoreboard_add_refusal(c->env->workers->scoreboard);
	if (c->kind == RECONFIG_START)
		c->env->events->on_start_failed(c->env->arg, why, errors);
	abandon_next(c);
	if (c->kind == RECONFIG_ROLLBACK)
		probation_stop(&c->probation);
	if (c->kind == RECONFIG_ROOTS)
		root_watch_try_later(&c->root_watch);
	if (c->kind != RECONFIG_START)
		log_refusal(c, why);
	end_change(c, false, errors, why);
}

static void
drain_generation(struct reconfig *c, struct generation *old)
{
	unsigned n = generation_count(old);

	log_notice(c->env->workers->log, "draining generation %u: %u worker%s",
		old->number, n, log_plural(n));
	generation_drain(
		old, conf_handover_limit(old->conf), CHANNEL_DRAIN_RELOAD);
}

static void
settle_probation(struct reconfig *c, const struct generation *old,
	const struct generation *g)
{
	if (c->kind == RECONFIG_RELOAD) {
		probation_start(&c->probation, old->conf, old->resources,
			old->nprocs, g->conf->timeouts.probation);
	} else if (c->kind == RECONFIG_ROLLBACK) {
		probation_stop(&c->probation);
	}
}

static void
commit_generation(struct reconfig *c, struct generation *g)
{
	struct generation_list *all = c->env->generations;
	struct generation *old = all->current;
	struct error_text why;

	all->next = NULL;
	all->current = g;
	generation_show(g, old == NULL || c->kind == RECONFIG_RELOAD);
	c->env->events->on_commit(c->env->arg, g, old);
	root_watch_follow(&c->root_watch, g->resources);
	if (old != NULL) {
		settle_probation(c, old, g);
		drain_generation(c, old);
	}
	error_text_set(&why, "generation %u serves with %u worker%s", g->number,
		g->nprocs, log_plural(g->nprocs));
	end_change(c, true, "", &why);
}

/* ---- events of a generation ---------------------------------------------- */

static void
on_failed(void *arg, struct generation *g, const struct error_text *why)
{
	struct reconfig *c = arg;

	if (g != c->env->generations->next)
		return;
	refuse_change(c, "", why);
	reconfig_resume(c);
}

static void
on_ready(void *arg, struct generation *g)
{
	struct reconfig *c = arg;
	struct error_text why;

	if (g != c->env->generations->next)
		return;
	if (generation_go(g, &why) == -1) {
		on_failed(c, g, &why);
		return;
	}
	commit_generation(c, g);
	reconfig_resume(c);
}

static void
on_crash(void *arg, struct generation *g, const struct error_text *how)
{
	struct reconfig *c = arg;

	if (g != c->env->generations->current ||
		!probation_fails(&c->probation) ||
		c->pending[RECONFIG_ROLLBACK])
		return;
	log_errx(c->env->workers->log,
		"rolling back generation %u: its workers died %u times on "
		"probation, the last time: %s",
		g->number, c->probation.crashes, how->text);
	c->pending[RECONFIG_ROLLBACK] = true;
	reconfig_resume(c);
}

static void
on_gone(void *arg, struct generation *g)
{
	struct reconfig *c = arg;

	generation_list_remove(c->env->generations, g);
	if (c->env->life->phase == LIFECYCLE_SERVING)
		log_notice(
			c->env->workers->log, "generation %u ended", g->number);
	generation_free(g);
	c->env->events->on_generation_gone(c->env->arg);
	reconfig_resume(c);
}

static void
on_worker_ready(void *arg, struct generation *g)
{
	struct reconfig *c = arg;

	(void)g;
	if (c->kind == RECONFIG_START)
		upgrade_peer_tell_progress(c->env->upgrade->env->old_master);
}

static const struct generation_events events = {
	.on_ready = on_ready,
	.on_failed = on_failed,
	.on_gone = on_gone,
	.on_crash = on_crash,
	.on_worker_ready = on_worker_ready,
};

/* ---- a change begins ---------------------------------------------------- */

/* Takes conf and resources over.  The new generation exists, without a
 * process, when 0 is returned. */
static int
make_next(struct reconfig *c, struct conf *conf, struct resources *resources,
	unsigned workers, struct error_text *why)
{
	const struct reconfig_env *env = c->env;
	const struct log_files *kept =
		reconfig_is_known(c) ? &env->generations->current->logs : NULL;
	struct generation *g = NULL;

	if (env->events->claim_paths(
		    env->arg, conf, reconfig_is_known(c), why) == 0)
		g = generation_new(env->workers, &events, c, env->listeners,
			conf, workers, env->generations->last_number + 1, kept,
			why);
	if (g == NULL) {
		conf_free(conf);
		resources_unref(resources);
		return -1;
	}
	g->resources = resources;
	generation_list_add(env->generations, g);
	return 0;
}

/* Takes conf and resources over. */
static void
try_generation(struct reconfig *c, struct conf *conf,
	struct resources *resources, unsigned workers)
{
	bool has_canary =
		reconfig_is_tried(c) && !resources_has_hung(resources);
	struct generation *g;
	struct error_text why;

	c->step = RECONFIG_TRYING;
	if (reconfig_is_tried(c) && !has_canary)
		log_notice(c->env->workers->log,
			"a document root does not answer: no worker is tried "
			"before the %s, and no check is answered",
			reconfig_kind_name(c->kind));
	if (make_next(c, conf, resources, workers, &why) == -1) {
		refuse_change(c, "", &why);
		return;
	}
	g = c->env->generations->next;
	g->has_checks = !c->is_forced;
	if (c->kind == RECONFIG_START)
		c->env->events->on_start(c->env->arg, g);
	if (generation_start(g, has_canary, &why) == -1)
		refuse_change(c, "", &why);
}

/* errors is NULL if there was no memory for them. */
static void
refuse_file(
	struct reconfig *c, const char *errors, const struct error_text *why)
{
	if (errors == NULL)
		errors = "";
	c->env->events->log_errors(c->env->arg, errors);
	refuse_change(c, errors, why);
}

/* ---- the files that a configuration names -------------------------------- */

/* A new configuration is refused if a file that it names is missing.  A file
 * that disappears later does not stop a worker from being started. */
static void
on_opened(void *arg, struct resources *r)
{
	struct reconfig *c = arg;
	struct conf *conf = r->conf;
	struct error_text why;
	char *errors = NULL;

	resources_keep_hung(r, c->root_watch.resources);
	if (resources_describe_complaints(r, &errors) == 0) {
		try_generation(c, conf_hold(conf), r, (unsigned)conf->workers);
	} else {
		error_text_set(&why, "the configuration has errors");
		if (errors == NULL)
			error_text_no_memory(&why, "the configuration");
		refuse_file(c, errors, &why);
		resources_unref(r);
	}
	free(errors);
	reconfig_resume(c);
}

/* Takes conf over. */
static void
open_and_try(struct reconfig *c, struct conf *conf)
{
	struct resources *r = resources_new(conf);
	struct error_text why;

	conf_free(conf);
	c->step = RECONFIG_OPENING;
	if (r == NULL) {
		error_text_no_memory(&why, "the document roots");
		refuse_change(c, "", &why);
		return;
	}
	resources_keep_hung(r, c->root_watch.resources);
	if (opener_start(&c->opener, c->env->workers->loop, r, &why) == -1)
		refuse_change(c, "", &why);
}

/* The checker has found no error: the master reads the same text itself. */
static void
on_checked(void *arg, bool is_good, const char *errors,
	const struct error_text *why)
{
	struct reconfig *c = arg;
	struct conf *conf = NULL;
	char *own_errors = NULL;
	struct error_text own_why = *why;

	if (is_good)
		conf = config_checker_read_again(c->env->reader, &own_errors);
	if (is_good && (own_errors == NULL || *own_errors == '\0'))
		error_text_no_memory(&own_why, "the configuration");
	if (conf != NULL)
		open_and_try(c, conf);
	else
		refuse_file(c, is_good ? own_errors : errors, &own_why);
	free(own_errors);
	reconfig_resume(c);
}

static void
begin_reload(struct reconfig *c)
{
	const struct conf *conf = c->env->generations->current->conf;
	double limit = (double)conf->timeouts.ready / 1e3;
	struct error_text why;

	c->step = RECONFIG_CHECKING;
	if (config_checker_start(&c->checker, c->env->workers->loop,
		    c->env->reader, limit, &why) == -1)
		refuse_change(c, "", &why);
}

static void
begin_upgrade(struct reconfig *c)
{
	const struct generation *current = c->env->generations->current;
	struct error_text why;

	c->step = RECONFIG_TRYING;
	if (upgrade_start(c->env->upgrade, c->is_forced, current, &why) == -1)
		refuse_change(c, "", &why);
}

static void
replace_roots(struct reconfig *c)
{
	const struct generation *current = c->env->generations->current;
	struct resources *r;
	struct error_text why;

	if (!root_watch_has_replaced(&c->root_watch))
		return;
	r = root_watch_resources(&c->root_watch);
	if (r == NULL) {
		error_text_set(&why, "no memory or no descriptor is left");
		refuse_change(c, "", &why);
		return;
	}
	try_generation(c, conf_hold(current->conf), r, current->nprocs);
}

static void
begin_change(struct reconfig *c, enum reconfig_kind kind)
{
	const struct generation *current = c->env->generations->current;

	c->kind = kind;
	c->pending[kind] = c->is_told[kind] = false;
	c->is_forced = c->is_next_forced[kind];
	c->serial[kind]++;
	if (kind == RECONFIG_RELOAD)
		begin_reload(c);
	else if (kind == RECONFIG_UPGRADE)
		begin_upgrade(c);
	else if (kind == RECONFIG_ROOTS)
		replace_roots(c);
	else if (kind == RECONFIG_SCALE)
		try_generation(c, conf_hold(current->conf),
			resources_ref(current->resources), c->workers_wanted);
	else if (probation_is_on(&c->probation))
		try_generation(c, conf_hold(c->probation.conf),
			resources_ref(c->probation.resources),
			c->probation.workers);
}

/* A rollback is an emergency: it comes first, and no limit holds for it. */
void
reconfig_resume(struct reconfig *c)
{
	static const enum reconfig_kind order[] = { RECONFIG_ROLLBACK,
		RECONFIG_RELOAD, RECONFIG_SCALE, RECONFIG_UPGRADE,
		RECONFIG_ROOTS };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (c->env->life->phase != LIFECYCLE_SERVING ||
			c->step != RECONFIG_NONE)
			return;
		if (!reconfig_must_wait(c, order[i]) && c->pending[order[i]])
			begin_change(c, order[i]);
	}
}

/* ---- an upgrade ends ---------------------------------------------------- */

static void
on_upgrade_done(
	void *arg, pid_t pid, const char *errors, const struct error_text *why)
{
	struct reconfig *c = arg;
	struct error_text serves;

	if (pid == 0) {
		c->env->events->log_errors(c->env->arg, errors);
		refuse_change(c, errors, why);
		reconfig_resume(c);
		return;
	}
	error_text_set(&serves, "pid %ld serves", (long)pid);
	end_change(c, true, "", &serves);
	c->env->events->on_upgraded(c->env->arg, pid);
}

/* ---- life --------------------------------------------------------------- */

static void
on_root_replaced(void *arg)
{
	struct reconfig *c = arg;

	c->pending[RECONFIG_ROOTS] = true;
	reconfig_resume(c);
}

void
reconfig_init(struct reconfig *c, const struct reconfig_env *env)
{
	*c = (struct reconfig){ .env = env };
	probation_init(&c->probation, env->workers->loop);
	c->checker.on_done = on_checked;
	c->checker.arg = c;
	c->opener.on_done = on_opened;
	c->opener.arg = c;
	env->upgrade->on_done = on_upgrade_done;
	env->upgrade->on_done_arg = c;
	root_watch_init(&c->root_watch, env->workers->loop, env->workers->log,
		env->workers->title, env->workers->changes);
	c->root_watch.on_replaced = on_root_replaced;
	c->root_watch.arg = c;
}

void
reconfig_fini(struct reconfig *c)
{
	config_checker_stop(&c->checker);
	opener_stop(&c->opener);
	probation_stop(&c->probation);
	root_watch_fini(&c->root_watch);
}

void
reconfig_start(struct reconfig *c, struct conf *conf)
{
	c->kind = RECONFIG_START;
	c->is_forced = c->env->upgrade->env->old_master->is_forced;
	open_and_try(c, conf);
}

void
reconfig_abandon(struct reconfig *c)
{
	config_checker_stop(&c->checker);
	opener_stop(&c->opener);
	root_watch_stop(&c->root_watch);
	upgrade_cancel(c->env->upgrade);
	probation_stop(&c->probation);
	abandon_next(c);
	c->step = RECONFIG_NONE;
}

bool
reconfig_reap(struct reconfig *c, pid_t pid, int status)
{
	return config_checker_reap(&c->checker, pid, status) ||
	       upgrade_reap(c->env->upgrade, pid, status);
}
