/*
 * The list of generations.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/generation_list.h"

#include <assert.h>
#include <stddef.h>

void
generation_list_add(struct generation_list *l, struct generation *g)
{
	assert(g->number == l->last_number + 1 && l->next == NULL);
	l->last_number = g->number;
	g->next = l->first;
	l->first = l->next = g;
}

void
generation_list_remove(struct generation_list *l, struct generation *g)
{
	struct generation **at = &l->first;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
}

unsigned
generation_list_count_workers(const struct generation_list *l)
{
	unsigned n = 0;

	for (const struct generation *g = l->first; g != NULL; g = g->next)
		n += generation_count(g);
	return n;
}

unsigned
generation_list_count_draining(const struct generation_list *l)
{
	unsigned n = 0;

	for (const struct generation *g = l->first; g != NULL; g = g->next)
		n += g->state == GENERATION_DRAINING;
	return n;
}

bool
generation_list_reap(struct generation_list *l, pid_t pid, int status)
{
	struct generation *g = l->first;

	while (g != NULL && !generation_reap(g, pid, status))
		g = g->next;
	return g != NULL;
}
