/*
 * A worker may be told to stop more than once; a later order may shorten the
 * time that an earlier one left.
 * SPDX-License-Identifier: MIT
 */
#include "shutdown.h"

#include "api/module.h"
#include "common/channel_drain.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/proctitle.h"
#include "common/slot.h"
#include "conn/accept.h"
#include "conn/conn.h"
#include "conn/end_reason.h"
#include "http2/http2.h"
#include "serve/serve_state.h"
#include "worker.h"

enum {
	LAST_ASKERS = 50,   /* milliseconds */
	DRAIN_IDLE = 1000,  /* milliseconds */
	LAST_MOMENT = 1000, /* before the master's SIGKILL */
};

static void
show_leaving(struct worker *w)
{
	const struct heritage *h = w->heritage;

	if (h->title != NULL)
		proctitle_set(h->title,
			"prong: worker %u (generation %u) shutting down",
			h->index, h->generation);
}

static void
on_force_end(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)loop;
	(void)revents;
	site_table_for_modules(&w->serve->sites, module_force_end);
}

static void
set_timer(struct worker *w, ev_timer *timer, int64_t milliseconds)
{
	ev_timer_stop(w->loop, timer);
	ev_timer_set(timer, (double)milliseconds / 1e3, 0.);
	ev_timer_start(w->loop, timer);
}

/*
 * The worker ends a moment before the master's SIGKILL: first the streams of
 * modules, which may last for ever, are ended cleanly, then all that is left is
 * closed.  An order that would leave more time than an earlier one is ignored.
 */
static void
finish_within(struct worker *w, int64_t within)
{
	int64_t moment = within / 4 < LAST_MOMENT ? within / 4 : LAST_MOMENT;
	int64_t end = within - moment / 4;

	if (ev_is_active(&w->leave) &&
		ev_timer_remaining(w->loop, &w->leave) <= (double)end / 1e3)
		return;
	set_timer(w, &w->leave, end);
	set_timer(w, &w->force_end, within - moment);
}

static void
begin_drain(struct worker *w)
{
	ev_timer_stop(w->loop, &w->leave);
	acceptors_stop(w);
	worker_enter(w, WORKER_DRAINING);
	show_leaving(w);
	/* WebSockets send their close frames before the GOAWAY. */
	site_table_for_modules(&w->serve->sites, module_drain);
}

static void
drain_worker(struct worker *w, int64_t within)
{
	if (w->state < WORKER_DRAINING)
		begin_drain(w);
	if (w->state == WORKER_DRAINING)
		finish_within(w, within);
}

/* Starts the hand-over: another worker takes the connections over and serves
 * the sockets, except those of the addresses that the order lists. */
static void
start_handover(
	struct worker *w, const struct channel_drain *order, int64_t within)
{
	if (w->state == WORKER_SERVING || w->state == WORKER_DRAIN_DELAY)
		acceptors_empty_some(w, order->addresses, order->naddresses);
	if (w->state == WORKER_DONE)
		return;
	/* Before the modules drain: their WebSockets then wait to move. */
	migrate_start(w);
	drain_worker(w, within);
	deadline_class_set(&w->conns.waits[CONN_WAIT_HTTP2_MOVE], within / 2);
	http2_drain(w);
	/* Connections of the admin address are not handed over: their responses
	 * say close, and idle ones are closed after DRAIN_IDLE. */
	deadline_class_set(&w->conns.waits[CONN_WAIT_ADMIN], DRAIN_IDLE);
	w->idle_grace = conf_handover_limit(w->conf) - within;
}

/* The workers of another master serve these sockets but do not take the
 * connections over: each is closed after its next response, or at the end of
 * the drain. */
static void
drain_keep_listeners(struct worker *w, int64_t within)
{
	migrate_stop(w);
	w->idle_grace = 0;
	drain_worker(w, within);
	http2_drain(w);
	deadline_class_set(&w->conns.waits[CONN_WAIT_ADMIN], DRAIN_IDLE);
}

/* Closes idle connections after DRAIN_IDLE: until then a client that is about
 * to send its next request gets a response, which says close. */
static void
limit_idle(struct worker *w, enum conn_wait wait)
{
	struct deadline_class *idle = &w->conns.waits[wait];

	if (idle->timeout == 0 || idle->timeout > DRAIN_IDLE)
		deadline_class_set(idle, DRAIN_IDLE);
}

void
shutdown_drain(struct worker *w, int64_t within)
{
	if (w->state == WORKER_SERVING || w->state == WORKER_DRAIN_DELAY)
		acceptors_empty(w);
	drain_keep_listeners(w, within);
	limit_idle(w, CONN_WAIT_IDLE);
	limit_idle(w, CONN_WAIT_IDLE_HERE);
}

static void
log_closed(struct worker *w, size_t count)
{
	if (count > 0)
		log_notice(&w->log,
			"the time to drain is up: %zu connections "
			"are closed",
			count);
}

static void
end_worker(struct worker *w)
{
	log_closed(w, w->conns.count);
	worker_enter(w, WORKER_DONE);
}

void
shutdown_close(struct conn *c, const char *why)
{
	c->end_reason = END_SHUTDOWN;
	conn_close(c, why);
}

/*
 * Connections with TLS cannot be handed over: idle ones may wait for their next
 * request as long as without a reload.  All others are closed.
 */
static void
keep_idle_tls(struct worker *w)
{
	size_t closed = 0;

	for (size_t i = 0; i < w->conns.used; i++) {
		struct conn *c = &w->conns.all[i];

		if (c->state == CONN_CLOSED ||
			(c->state == CONN_IDLE && c->tls != NULL))
			continue;
		shutdown_close(c, "the time to drain is up");
		closed++;
	}
	log_closed(w, closed);
	set_timer(w, &w->leave, w->idle_grace);
	w->idle_grace = 0;
}

static void
on_leave(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)loop;
	(void)revents;
	if (w->state == WORKER_DRAIN_DELAY)
		shutdown_drain(w, w->conf->timeouts.drain);
	else if (w->state == WORKER_DRAINING && w->idle_grace > 0)
		keep_idle_tls(w);
	else if (w->state != WORKER_DONE)
		end_worker(w);
}

/*
 * The load balancer needs timeouts.drain_delay to notice that the server shuts
 * down; the worker serves all of that time, even if no request arrives for a
 * while. Without a delay, clients that have just connected still have
 * LAST_ASKERS milliseconds to send their request.
 */
static void
start_drain_delay(struct worker *w)
{
	int64_t delay = w->conf->timeouts.drain_delay;

	w->is_shutting_down = true;
	/* It was to replace another worker, whose sockets it has. */
	if (w->state == WORKER_READY) {
		worker_enter(w, WORKER_SERVING);
		acceptors_start(w);
	}
	if (w->state == WORKER_DRAIN_DELAY)
		return;
	if (w->state != WORKER_SERVING) {
		shutdown_drain(w, delay + w->conf->timeouts.drain);
		return;
	}
	acceptors_stop_deferring(w);
	worker_enter(w, WORKER_DRAIN_DELAY);
	show_leaving(w);
	w->drain_delay_since = w->now_ms;
	set_timer(w, &w->leave, delay > LAST_ASKERS ? delay : LAST_ASKERS);
}

void
shutdown_obey(struct worker *w, const struct channel_drain *order)
{
	int64_t limit = w->conf->timeouts.drain;

	switch (order->mode) {
	case CHANNEL_DRAIN_SHUTDOWN:
		start_drain_delay(w);
		break;
	case CHANNEL_DRAIN_UPGRADE:
		drain_keep_listeners(w, limit);
		break;
	case CHANNEL_DRAIN_HANDOVER:
	case CHANNEL_DRAIN_RELOAD:
		start_handover(w, order, limit);
		break;
	case CHANNEL_DRAIN_RECYCLE:
		start_handover(w, order, CHANNEL_RECYCLE_LIMIT);
		break;
	}
}

void
shutdown_stop(struct worker *w)
{
	enum { WITHIN = 900 }; /* milliseconds */

	w->is_shutting_down = true;
	shutdown_drain(w, WITHIN);
	if (w->state == WORKER_DONE)
		return;
	site_table_for_modules(&w->serve->sites, module_force_end);
	deadline_class_set(&w->conns.waits[CONN_WAIT_IDLE], 1);
	deadline_class_set(&w->conns.waits[CONN_WAIT_IDLE_HERE], 1);
	deadline_class_set(&w->conns.waits[CONN_WAIT_ADMIN], 1);
}

void
shutdown_init(struct worker *w)
{
	ev_timer_init(&w->leave, on_leave, 0., 0.);
	ev_timer_init(&w->force_end, on_force_end, 0., 0.);
	w->leave.data = w->force_end.data = w;
}
