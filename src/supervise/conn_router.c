/*
 * The router drops connections in one case only: the server shuts down, and no
 * worker is left that could serve them.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/conn_router.h"

#include <stddef.h>

#include "supervise/generation_list.h"

static bool
has_new_master(const struct conn_router *r)
{
	return r->peer != NULL && r->generations->current == NULL &&
	       r->peer->is_open(r->peer_arg);
}

static bool
is_emptier(const struct proc *a, const struct proc *b)
{
	return b == NULL || scoreboard_load(a->slot) + a->coming <
				    scoreboard_load(b->slot) + b->coming;
}

struct proc *
conn_router_find_emptiest(const struct generation *g, const struct proc *but)
{
	struct proc *best = NULL;

	for (struct proc *p = g->procs; p < g->procs + g->nprocs; p++)
		if (p != but && proc_is_live(p) && is_emptier(p, best))
			best = p;
	return best;
}

/* Returns the serving worker of this index, or the next one that serves; if
 * none serves, the one of this index. */
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

/* The server shuts down: returns a worker of the newest generation that has
 * one. */
static struct proc *
find_survivor(struct generation *g)
{
	for (; g != NULL; g = g->next)
		for (unsigned i = 0; i < g->nprocs; i++)
			if (g->procs[i].state != PROC_NONE)
				return &g->procs[i];
	return NULL;
}

/* from is NULL if another master sent the connections. */
static struct proc *
find_receiver(const struct conn_router *r, const struct proc *from)
{
	struct generation *g = r->generations->current;
	struct proc *to = NULL;

	if (g == NULL)
		return find_survivor(r->generations->first);
	if (from == NULL || from->state == PROC_SERVING)
		to = conn_router_find_emptiest(g, from);
	return to != NULL ? to
			  : find_serving(g, from == NULL ? 0 : from->index);
}

/* The load of n connections: each as much as the mean of its worker. */
static unsigned
estimate_load(const struct proc *from, unsigned n)
{
	uint64_t connections;

	if (from == NULL)
		return n;
	connections = scoreboard_connections(from->slot);
	if (connections <= n)
		return n;
	return (unsigned)(scoreboard_load(from->slot) * n / connections);
}

static struct proc *
relay_conns(const struct conn_router *r, const struct proc *from,
	struct channel_message *m)
{
	struct proc *to = find_receiver(r, from);

	if (to == NULL)
		return NULL;
	to->coming += estimate_load(from, (unsigned)m->nfds);
	proc_pass(to, m);
	return to;
}

/* The new master has exited: draining workers keep their connections. */
static void
keep_all_conns(const struct conn_router *r)
{
	for (struct generation *g = r->generations->first; g != NULL;
		g = g->next)
		if (g->state == GENERATION_DRAINING)
			generation_keep_conns(g);
}

/* Returns false if there is no other master that takes them. */
static bool
send_to_new_master(const struct conn_router *r, struct proc *from,
	struct channel_message *m)
{
	if (!has_new_master(r))
		return false;
	if (r->peer->pass(r->peer_arg, m) == -1) {
		keep_all_conns(r);
		return false;
	}
	if (r->peer->is_congested(r->peer_arg))
		proc_pause(from);
	return true;
}

void
conn_router_from_worker(const struct conn_router *r, struct proc *from,
	struct channel_message *m)
{
	const struct proc *to;

	if (send_to_new_master(r, from, m))
		return;
	to = relay_conns(r, from, m);
	if (to != NULL && proc_is_congested(to))
		proc_pause(from);
}

bool
conn_router_from_peer(const struct conn_router *r, struct channel_message *m)
{
	const struct proc *to;

	if (has_new_master(r) && r->peer->pass(r->peer_arg, m) == 0)
		return !r->peer->is_congested(r->peer_arg);
	to = relay_conns(r, NULL, m);
	return to == NULL || !proc_is_congested(to);
}

void
conn_router_flush(const struct conn_router *r, struct proc *from)
{
	struct channel_message m;

	while (send_queue_take_kind(
		&from->channel.send_queue, CHANNEL_CONN, &m)) {
		conn_router_from_worker(r, from, &m);
		send_queue_close_fds(&m);
	}
	conn_router_resume(r);
}

void
conn_router_resume(const struct conn_router *r)
{
	for (struct generation *g = r->generations->first; g != NULL;
		g = g->next)
		generation_resume(g);
	if (r->peer != NULL)
		r->peer->resume(r->peer_arg);
}
