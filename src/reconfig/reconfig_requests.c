/*
 * What the master is asked to change, until reconfig.c can begin it; and what
 * the service manager is told of it. SPDX-License-Identifier: MIT
 */
#include "reconfig/reconfig.h"

#include <assert.h>

#include "master.h"
#include "master_state.h"

enum { DRAINING_MAX = 4 /* generations */ };

static const char *const names[] = {
	[RECONFIG_START] = "start",
	[RECONFIG_RELOAD] = "reload",
	[RECONFIG_SCALE] = "scale",
	[RECONFIG_ROLLBACK] = "rollback",
	[RECONFIG_UPGRADE] = "upgrade",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == RECONFIG_KINDS,
	"every kind has a name");

const char *
reconfig_kind_name(enum reconfig_kind kind)
{
	return names[kind];
}

static unsigned
count_draining(const struct master *m)
{
	unsigned n = 0;

	for (struct generation *g = m->generations; g != NULL; g = g->next)
		n += g->state == GENERATION_DRAINING;
	return n;
}

/* A rollback is an emergency. */
bool
reconfig_must_wait(struct master *m, enum reconfig_kind kind)
{
	struct reconfig *c = &m->reconfig;

	if (kind == RECONFIG_ROLLBACK || count_draining(m) < DRAINING_MAX)
		return false;
	if (c->pending[kind] && !c->is_told[kind])
		log_notice(&m->log.log,
			"%d generations drain: the %s comes after the first",
			DRAINING_MAX, names[kind]);
	c->is_told[kind] = c->pending[kind];
	return true;
}

static unsigned
ask(struct master *m, enum reconfig_kind kind)
{
	if (m->phase == MASTER_LEAVING) {
		log_warnx(&m->log.log, "%s refused: the server shuts down",
			names[kind]);
		return 0;
	}
	if (m->reconfig.step != RECONFIG_NONE)
		log_notice(&m->log.log,
			"a %s is under way: the %s comes after it",
			names[m->reconfig.kind], names[kind]);
	m->reconfig.pending[kind] = true;
	return m->reconfig.serial[kind] + 1;
}

unsigned
reconfig_ask_reload(struct master *m)
{
	if (m->phase != MASTER_LEAVING)
		notify_reloading(&m->notify);
	return ask(m, RECONFIG_RELOAD);
}

unsigned
reconfig_ask_upgrade(struct master *m)
{
	return ask(m, RECONFIG_UPGRADE);
}

unsigned
reconfig_ask_workers(struct master *m, unsigned workers)
{
	assert(workers >= 1 && workers <= RECONFIG_WORKERS_MAX);
	m->reconfig.workers_wanted = workers;
	return ask(m, RECONFIG_SCALE);
}

unsigned
reconfig_workers(const struct master *m)
{
	const struct generation *g = m->next != NULL ? m->next : m->current;

	if (m->reconfig.pending[RECONFIG_SCALE])
		return m->reconfig.workers_wanted;
	return g == NULL ? 0 : g->nprocs;
}

void
reconfig_tell_manager(struct master *m)
{
	const struct reconfig_verdict *v = &m->reconfig.last;
	const struct generation *g = m->current;

	if (upgrade_peer_is_waiting(&m->old_master))
		return;
	if (!generation_is_serving(g))
		notify_ready(&m->notify,
			"generation %u: no worker can start, nothing is served",
			g->number);
	else if (v->is_ok)
		notify_ready(&m->notify, "generation %u: %u workers", g->number,
			g->nprocs);
	else
		notify_ready(&m->notify,
			"generation %u: %u workers; %s refused: %s", g->number,
			g->nprocs, reconfig_kind_name(v->kind), v->why.text);
}
