/*
 * A unix socket is shared by all workers; every other socket has one.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/socket_assign.h"

#include <stdlib.h>

#include "common/channel_drain.h"
#include "supervise/generation.h"

/* Socket s is watched by worker s % n.  A generation that starts takes the
 * sockets that listen only from its commit on, too. */
static size_t
count_sockets(const struct generation *g, const struct listener *l)
{
	return g->state == GENERATION_STARTING ? l->nfds : l->nlistening;
}

static size_t
pick_sockets(const struct generation *g, unsigned index,
	struct heritage_listener *out)
{
	size_t n = 0;

	for (size_t i = 0; i < g->conf->nlisten; i++) {
		const struct listener *l = g->listeners[i];
		const struct conf_listen *from = &g->conf->listen[i];
		bool is_shared =
			l->is_shared || from->accept == CONF_ACCEPT_SHARED;

		for (size_t s = 0; s < count_sockets(g, l); s++)
			if (is_shared || s % g->nprocs == index)
				out[n++] =
					(struct heritage_listener){ l->fds[s],
						is_shared, from };
	}
	return n;
}

struct heritage_listener *
socket_assign(const struct generation *g, unsigned index, size_t *n)
{
	struct heritage_listener *out;
	size_t most = 1;

	for (size_t i = 0; i < g->conf->nlisten; i++)
		most += g->listeners[i]->nfds;
	*n = 0;
	out = calloc(most, sizeof(*out));
	if (out != NULL)
		*n = pick_sockets(g, index, out);
	return out;
}

void
socket_assign_release(const struct generation *g, struct channel_drain *order)
{
	for (size_t i = 0; i < g->conf->nlisten; i++) {
		struct listener *l = g->listeners[i];

		if (l->users > 1 || l->is_shared)
			continue;
		listener_close_sockets(l);
		if (order->naddresses < CHANNEL_DRAIN_ADDRESSES)
			order->addresses[order->naddresses++] = (unsigned)i;
	}
}
