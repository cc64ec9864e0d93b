/*
 * Requests for a change, until reconfig.c can begin them.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/reconfig.h"

#include <assert.h>

enum { DRAINING_MAX = 4 /* generations */ };

static const char *const names[] = {
	[RECONFIG_START] = "start",
	[RECONFIG_RELOAD] = "reload",
	[RECONFIG_SCALE] = "scale",
	[RECONFIG_ROLLBACK] = "rollback",
	[RECONFIG_UPGRADE] = "upgrade",
	[RECONFIG_ROOTS] = "root switch",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == RECONFIG_KINDS,
	"every kind has a name");

const char *
reconfig_kind_name(enum reconfig_kind kind)
{
	return names[kind];
}

bool
reconfig_is_known(const struct reconfig *c)
{
	return c->kind == RECONFIG_SCALE || c->kind == RECONFIG_ROLLBACK ||
	       c->kind == RECONFIG_ROOTS;
}

/* A start must succeed where nothing else serves. */
bool
reconfig_is_tried(const struct reconfig *c)
{
	return c->kind == RECONFIG_RELOAD || c->kind == RECONFIG_ROOTS ||
	       (c->kind == RECONFIG_START &&
		       upgrade_peer_is_waiting(
			       c->env->upgrade->env->old_master));
}

/* Roots that are replaced again and again leave room for a reload. */
bool
reconfig_must_wait(struct reconfig *c, enum reconfig_kind kind)
{
	unsigned most =
		kind == RECONFIG_ROOTS ? DRAINING_MAX - 1 : DRAINING_MAX;

	if (kind == RECONFIG_UPGRADE &&
		upgrade_peer_is_waiting(c->env->upgrade->env->old_master))
		return true;
	if (kind == RECONFIG_ROLLBACK ||
		generation_list_count_draining(c->env->generations) < most)
		return false;
	if (c->pending[kind] && !c->is_told[kind])
		log_notice(c->env->workers->log,
			"%u generations are draining: the %s waits until one "
			"of "
			"them has ended",
			most, names[kind]);
	c->is_told[kind] = c->pending[kind];
	return true;
}

static unsigned
request_change(struct reconfig *c, enum reconfig_kind kind, bool is_forced)
{
	struct log *log = c->env->workers->log;

	if (c->env->life->phase == LIFECYCLE_LEAVING) {
		log_warnx(
			log, "%s refused: the server shuts down", names[kind]);
		return 0;
	}
	if (c->step != RECONFIG_NONE)
		log_notice(log, "the %s waits for the end of the %s under way",
			names[kind], names[c->kind]);
	c->pending[kind] = true;
	c->is_next_forced[kind] = is_forced;
	return c->serial[kind] + 1;
}

unsigned
reconfig_ask_reload(struct reconfig *c, bool is_forced)
{
	if (c->env->life->phase != LIFECYCLE_LEAVING)
		c->env->events->on_reloading(c->env->arg);
	return request_change(c, RECONFIG_RELOAD, is_forced);
}

unsigned
reconfig_ask_upgrade(struct reconfig *c, bool is_forced)
{
	return request_change(c, RECONFIG_UPGRADE, is_forced);
}

unsigned
reconfig_ask_workers(struct reconfig *c, unsigned workers)
{
	assert(workers >= 1 && workers <= RECONFIG_WORKERS_MAX);
	c->workers_wanted = workers;
	return request_change(c, RECONFIG_SCALE, false);
}

unsigned
reconfig_workers(const struct reconfig *c)
{
	const struct generation_list *all = c->env->generations;
	const struct generation *g =
		all->next != NULL ? all->next : all->current;

	if (c->pending[RECONFIG_SCALE])
		return c->workers_wanted;
	return g == NULL ? 0 : g->nprocs;
}
