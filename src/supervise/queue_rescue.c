/*
 * A stale heartbeat does not tell a hung worker from an idle one (watchdog.c);
 * a connection that waits in its accept queue for HUNG does.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/queue_rescue.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "supervise/conn_router.h"
#include "supervise/generation.h"
#include "supervise/socket_assign.h"
#include "supervise/steering.h"
#include "supervise/watchdog.h"

static const double interval = 0.25; /* seconds */

static bool
has_queue(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Collects the sockets of the worker whose queues are not empty; returns
 * their number. */
static int
collect_sockets(const struct proc *p, struct channel_message *m)
{
	const struct generation *g = p->generation;
	size_t n, used = 0;
	struct heritage_listener *all = socket_assign(g, p->index, &n);

	*m = (struct channel_message){ .kind = CHANNEL_QUEUE };
	for (size_t i = 0; i < n && m->nfds < CHANNEL_FDS; i++) {
		if (all[i].is_shared || !has_queue(all[i].fd))
			continue;
		m->fds[m->nfds++] = all[i].fd;
		used += (size_t)snprintf(m->text + used, sizeof(m->text) - used,
			" %td", all[i].from - g->conf->listen);
	}
	free(all);
	return m->nfds;
}

void
queue_rescue_send(struct proc *p)
{
	struct proc *to = conn_router_find_emptiest(p->generation, p);
	struct channel_message m;

	if (to == NULL)
		return;
	if (p->state == PROC_NONE)
		conn_router_flush(p->env->router, p);
	if (collect_sockets(p, &m) > 0)
		proc_tell(to, &m);
}

static bool
is_hung(const struct proc *p)
{
	struct channel_message m;

	return watchdog_age(p) >= WATCHDOG_HUNG && collect_sockets(p, &m) > 0;
}

static void
look_at(struct proc *p)
{
	if (p->state == PROC_SERVING && p->health == PROC_WELL) {
		if (!is_hung(p))
			return;
		p->health = PROC_SLOW;
		p->pulse.rescued_at = p->slot->heartbeat;
		steering_update(p->generation);
	}
	queue_rescue_send(p);
}

static void
on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct generation *g = *((struct queue_rescue *)timer->data)->current;

	(void)loop;
	(void)events;
	for (unsigned i = 0; g != NULL && i < g->nprocs; i++)
		look_at(&g->procs[i]);
}

void
queue_rescue_start(struct queue_rescue *r, struct ev_loop *loop,
	struct generation *const *current)
{
	r->current = current;
	ev_timer_init(&r->tick, on_tick, interval, interval);
	r->tick.data = r;
	ev_timer_start(loop, &r->tick);
}

void
queue_rescue_stop(struct queue_rescue *r, struct ev_loop *loop)
{
	ev_timer_stop(loop, &r->tick);
}
