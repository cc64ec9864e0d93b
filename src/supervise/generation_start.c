/*
 * The start of a generation: one worker or all are forked; when all are ready,
 * and the master agrees, they are told to serve.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "supervise/generation.h"
#include "supervise/generation_private.h"
#include "supervise/respawn.h"
#include "supervise/socket_assign.h"
#include "supervise/steering.h"

enum { STARTS_AT_ONCE = 32 /* workers */ };

void
generation_fail(struct generation *g, const struct error_text *why)
{
	if (g->has_failed)
		return;
	g->has_failed = true;
	g->events->on_failed(g->arg, g, why);
}

int
generation_fork(struct generation *g, struct proc *p, struct error_text *why)
{
	struct heritage h = { .conf = g->conf,
		.index = p->index,
		.generation = g->number,
		.is_canary = g->has_canary && g->nforked == 0,
		.has_checks = g->has_checks,
		.is_again = g->state == GENERATION_CURRENT,
		.is_daemon = g->env->is_daemon,
		.title = g->env->title,
		.changes = g->env->changes,
		.logs.error = g->logs.error,
		.logs.access = g->logs.access,
		.logs.naccess = g->logs.naccess };
	struct heritage_listener *sockets;
	int rc;

	sockets = socket_assign(g, p->index, &h.nlisteners);
	if (sockets == NULL)
		return error_text_no_memory(why, "the sockets of a worker");
	h.listeners = sockets;
	resources_fill(g->resources, &h);
	respawn_fill(p, &h);
	rc = proc_fork(p, &h, why);
	free(sockets);
	return rc;
}

static unsigned
count_ready(const struct generation *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < g->nforked; i++)
		n += g->procs[i].state == PROC_READY;
	return n;
}

/* Some hundred that start at once would leave the master no time between its
 * forks: the next one follows when one is ready. */
static int
fork_some(struct generation *g, struct error_text *why)
{
	unsigned most = count_ready(g) + STARTS_AT_ONCE;

	for (; g->nforked < g->nprocs && g->nforked < most; g->nforked++)
		if (generation_fork(g, &g->procs[g->nforked], why) == -1)
			return -1;
	return 0;
}

/* From one worker that is ready to the next: many on a busy machine need more
 * time together than one that hangs may take.  The time is that after forks. */
static void
restart_deadline(struct generation *g)
{
	ev_now_update(g->env->loop);
	generation_set_deadline(g, (double)g->conf->timeouts.ready / 1e3);
}

int
generation_start(struct generation *g, bool has_canary, struct error_text *why)
{
	int rc;

	g->has_canary = has_canary;
	if (has_canary) {
		rc = generation_fork(g, &g->procs[0], why);
		g->nforked = rc == 0 ? 1 : 0;
	} else {
		rc = fork_some(g, why);
	}
	restart_deadline(g);
	return rc;
}

void
generation_worker_ready(struct generation *g)
{
	struct error_text why;

	if (fork_some(g, &why) == -1) {
		generation_fail(g, &why);
		return;
	}
	restart_deadline(g);
	if (g->events->on_worker_ready != NULL)
		g->events->on_worker_ready(g->arg, g);
	if (count_ready(g) == g->nprocs)
		g->events->on_ready(g->arg, g);
}

int
generation_go(struct generation *g, struct error_text *why)
{
	for (size_t i = 0; i < g->conf->nlisten; i++) {
		g->listeners[i]->backlog = (int)g->conf->listen[i].backlog;
		if (listener_listen(g->listeners[i], why) == -1)
			return -1;
	}
	ev_timer_stop(g->env->loop, &g->deadline);
	generation_enter(g, GENERATION_CURRENT);
	generation_tell(g, &(struct channel_message){ .kind = CHANNEL_GO });
	steering_update(g);
	return 0;
}
