/*
 * First in, first out.
 * SPDX-License-Identifier: MIT
 */
#include "conn/run_queue.h"

#include "conn/conn.h"
#include "conn/worker_state.h"

void
run_queue_init(struct run_queue *r)
{
	r->first = NULL;
	r->last = &r->first;
	r->count = 0;
}

void
run_queue_add(struct conn *c)
{
	struct run_queue *r = &c->worker->run_queue;

	/* A closed connection is in a list of the table. */
	if (c->is_queued || c->state == CONN_CLOSED)
		return;
	c->is_queued = true;
	c->next = NULL;
	*r->last = c;
	r->last = &c->next;
	r->count++;
}

void
run_queue_remove(struct conn *c)
{
	struct run_queue *r = &c->worker->run_queue;
	struct conn **link = &r->first;

	if (!c->is_queued)
		return;
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	if (r->last == &c->next)
		r->last = link;
	r->count--;
	c->is_queued = false;
}

bool
run_queue_run(struct run_queue *r)
{
	for (unsigned n = r->count; n > 0 && r->first != NULL; n--) {
		struct conn *c = r->first;

		run_queue_remove(c);
		if (c->exchange != NULL || c->tls != NULL || c->http2 != NULL)
			conn_resume(c);
	}
	return r->first != NULL;
}
