/*
 * First in, first out.
 * SPDX-License-Identifier: MIT
 */
#include "conn/resumed.h"

#include "conn/conn.h"
#include "worker.h"

void
resumed_init(struct resumed *r)
{
	r->first = NULL;
	r->last = &r->first;
	r->count = 0;
}

void
resumed_add(struct conn *c)
{
	struct resumed *r = &c->worker->resumed;

	if (c->is_resumed)
		return;
	c->is_resumed = true;
	c->next_resumed = NULL;
	*r->last = c;
	r->last = &c->next_resumed;
	r->count++;
}

void
resumed_remove(struct conn *c)
{
	struct resumed *r = &c->worker->resumed;
	struct conn **link = &r->first;

	if (!c->is_resumed)
		return;
	while (*link != c)
		link = &(*link)->next_resumed;
	*link = c->next_resumed;
	if (r->last == &c->next_resumed)
		r->last = link;
	r->count--;
	c->is_resumed = false;
}

bool
resumed_run(struct resumed *r)
{
	for (unsigned n = r->count; n > 0 && r->first != NULL; n--) {
		struct conn *c = r->first;

		resumed_remove(c);
		if (c->exchange != NULL)
			conn_resume(c);
	}
	return r->first != NULL;
}
