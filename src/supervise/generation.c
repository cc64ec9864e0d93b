/*
 * The workers of one configuration: their start is in generation_start.c, their
 * exits in generation_supervise.c, the master's orders in generation_orders.c.
 * Only generation_enter() writes the state.
 *
 *   STARTING -> CURRENT -> DRAINING -> GONE
 *       '- failed, abandoned -^
 * SPDX-License-Identifier: MIT
 */
#include "supervise/generation.h"

#include <assert.h>
#include <stdlib.h>

#include "supervise/generation_private.h"

#define TO(state) (1u << GENERATION_##state)

// clang-format off
static const unsigned arrows[GENERATION_STATES] = {
	[GENERATION_STARTING] = TO(CURRENT) | TO(DRAINING),
	[GENERATION_CURRENT]  = TO(DRAINING),
	[GENERATION_DRAINING] = TO(DRAINING) | TO(GONE),
	[GENERATION_GONE]     = 0,
};
// clang-format on

void
generation_enter(struct generation *g, enum generation_state next)
{
	assert(arrows[g->state] & (1u << next));
	g->state = next;
}

void
generation_set_deadline(struct generation *g, double after)
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

void
generation_tell(struct generation *g, const struct channel_message *m)
{
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		proc_tell(p, m);
}

/* ---- life --------------------------------------------------------------- */

static int
open_logs(struct generation *g, const struct log_files *kept,
	struct error_text *why)
{
	int rc = kept == NULL ? log_files_open(&g->logs, &g->conf->log, why)
			      : log_files_open_or_keep(&g->logs, &g->conf->log,
					kept, g->env->log, why);

	if (rc == 0)
		log_files_warn(&g->logs, &g->conf->log, g->env->log);
	return rc;
}

static const struct proc_events proc_events = {
	.on_message = generation_on_message,
	.on_timer = generation_on_timer,
};

static void
add_sites(struct generation *g)
{
	if (!scoreboard_add_sites(g->env->scoreboard, g->conf, &g->sites))
		log_warnx(g->env->log,
			"the scoreboard has no room for all of %zu sites: in "
			"the metrics some are counted as site \"%s\"",
			g->conf->nsites, SCOREBOARD_NO_SITE);
	for (unsigned i = 0; i < g->nprocs; i++)
		g->procs[i].sites = &g->sites;
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
		proc_init(&g->procs[i], env, g, i, &proc_events);
	add_sites(g);
	ev_init(&g->deadline, generation_on_deadline);
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
	scoreboard_remove_sites(g->env->scoreboard, &g->sites);
	conf_free(g->conf);
	free(g->procs);
	free(g);
}

void
generation_show(const struct generation *g, bool is_loaded)
{
	scoreboard_show_generation(
		g->env->scoreboard, g->number, g->nprocs, is_loaded);
}

/* ---- questions ----------------------------------------------------------- */

bool
generation_is_serving(const struct generation *g)
{
	struct proc *p = generation_next(g, NULL);

	while (p != NULL && p->state != PROC_SERVING)
		p = generation_next(g, p);
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
