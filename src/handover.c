/*
 * Connections are dropped in one case only: the server leaves, and no worker
 * is left that could have them.
 * SPDX-License-Identifier: MIT
 */
#include "handover.h"

#include <stddef.h>
#include <unistd.h>

#include "generation.h"

/* The worker at this place; while there is none that serves, another one. */
static struct proc *
find_serving(struct generation *g, unsigned index)
{
	struct proc *p;

	for (unsigned i = 0; i < g->nprocs; i++) {
		p = &g->procs[(index + i) % g->nprocs];
		if (p->state == PROC_SERVING)
			return p;
	}
	return &g->procs[index % g->nprocs];
}

/* The server leaves: the youngest worker that is still there. */
static struct proc *
find_survivor(struct generation *g)
{
	for (; g != NULL; g = g->next)
		for (unsigned i = 0; i < g->nprocs; i++)
			if (g->procs[i].state != PROC_NONE)
				return &g->procs[i];
	return NULL;
}

void
handover_pass(const struct handover *h, struct proc *from,
	const struct channel_message *m)
{
	struct proc *to = *h->current != NULL
				  ? find_serving(*h->current, from->index)
				  : find_survivor(*h->generations);

	if (to == NULL)
		return;
	proc_pass(to, m);
	if (proc_is_congested(to))
		proc_pause(from);
}

void
handover_pass_on(const struct handover *h, struct proc *from)
{
	struct channel_message m;

	while (outbox_take(&from->outbox, &m)) {
		handover_pass(h, from, &m);
		while (m.nfds > 0)
			close(m.fds[--m.nfds]);
	}
}

void
handover_resume(const struct handover *h)
{
	for (struct generation *g = *h->generations; g != NULL; g = g->next)
		generation_resume(g);
}
