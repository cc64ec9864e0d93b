/*
 * When the connections of a worker that shuts down end.
 * SPDX-License-Identifier: MIT
 */
#include "common/conf.h"
#include "conn/conn.h"
#include "conn/worker_state.h"

/*
 * In the third quarter of drain_delay, connections close one after the other:
 * each has its own moment from which on its next response is the last.  So
 * clients do not all reconnect at the same time to a server that the load
 * balancer may still list.  In the last quarter every response is the last.
 */
static bool
has_reached_end(const struct conn *c)
{
	const struct worker *w = c->worker;
	int64_t delay = w->conf->timeouts.drain_delay;
	/* Multiples of the golden ratio are spread evenly, however many. */
	uint16_t share = (uint16_t)((c - w->conns.all + 1) * 40503);
	int64_t own = delay / 2 + delay / 4 * share / 65536;

	return w->now_ms - w->drain_delay_since >= own;
}

bool
conn_must_close(const struct conn *c)
{
	const struct worker *w = c->worker;

	if (w->state == WORKER_DRAIN_DELAY)
		return has_reached_end(c);
	return w->state > WORKER_SERVING &&
	       (c->is_admin || c->tls != NULL || !w->migrate.is_on);
}
