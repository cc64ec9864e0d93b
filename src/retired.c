/*
 * A list, youngest first.
 * SPDX-License-Identifier: MIT
 */
#include "retired.h"

#include <stdlib.h>

#include "generation.h"
#include "handover.h"

void
retired_add(struct proc *p)
{
	struct generation *g = p->generation;
	struct proc *old = proc_detach(p);

	old->next = g->retired;
	g->retired = old;
}

void
retired_drain(struct generation *g, unsigned index)
{
	struct channel_message m = { .verb = CHANNEL_DRAIN, .text = "reload" };

	for (struct proc *p = g->retired; p != NULL; p = p->next) {
		if (p->index != index || p->state != PROC_SERVING)
			continue;
		proc_tell(p, &m);
		proc_start_timer(p, (double)g->conf->timeouts.drain / 1e3);
	}
}

bool
retired_remove(struct generation *g, struct proc *p)
{
	struct proc **at = &g->retired;

	while (*at != NULL && *at != p)
		at = &(*at)->next;
	if (*at == NULL)
		return false;
	*at = p->next;
	handover_pass_on(g->env->handover, p);
	proc_fini(p);
	free(p);
	return true;
}
