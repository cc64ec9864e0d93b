/*
 * What the master is asked to change, until change.c can begin it; and what the
 * service manager is told of it.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/change.h"

#include <assert.h>

#include "master.h"
#include "master_state.h"

enum { DRAINING_MAX = 4 /* generations */ };

static const char *const names[] = {
	[CHANGE_START] = "start",
	[CHANGE_RELOAD] = "reload",
	[CHANGE_SCALE] = "scale",
	[CHANGE_ROLLBACK] = "rollback",
	[CHANGE_UPGRADE] = "upgrade",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == CHANGE_KINDS,
	"every kind has a name");

const char *
change_kind_name(enum change_kind kind)
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
change_must_wait(struct master *m, enum change_kind kind)
{
	struct change *c = &m->change;

	if (kind == CHANGE_ROLLBACK || count_draining(m) < DRAINING_MAX)
		return false;
	if (c->is_wanted[kind] && !c->is_told[kind])
		log_notice(&m->log.log,
			"%d generations drain: the %s comes after the first",
			DRAINING_MAX, names[kind]);
	c->is_told[kind] = c->is_wanted[kind];
	return true;
}

static unsigned
ask(struct master *m, enum change_kind kind)
{
	if (m->phase == MASTER_LEAVING) {
		log_warnx(&m->log.log, "%s refused: the server shuts down",
			names[kind]);
		return 0;
	}
	if (m->change.step != CHANGE_NONE)
		log_notice(&m->log.log,
			"a %s is under way: the %s comes after it",
			names[m->change.kind], names[kind]);
	m->change.is_wanted[kind] = true;
	return m->change.begun[kind] + 1;
}

unsigned
change_ask_reload(struct master *m)
{
	if (m->phase != MASTER_LEAVING)
		notify_reloading(&m->notify);
	return ask(m, CHANGE_RELOAD);
}

unsigned
change_ask_upgrade(struct master *m)
{
	return ask(m, CHANGE_UPGRADE);
}

unsigned
change_ask_workers(struct master *m, unsigned workers)
{
	assert(workers >= 1 && workers <= CHANGE_WORKERS_MAX);
	m->change.workers_wanted = workers;
	return ask(m, CHANGE_SCALE);
}

unsigned
change_workers(const struct master *m)
{
	const struct generation *g = m->next != NULL ? m->next : m->current;

	if (m->change.is_wanted[CHANGE_SCALE])
		return m->change.workers_wanted;
	return g == NULL ? 0 : g->nprocs;
}

void
change_tell_manager(struct master *m)
{
	const struct change_verdict *v = &m->change.last;
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
			g->nprocs, change_kind_name(v->kind), v->why.text);
}
