/*
 * The order to leave is taken once or more often: a later one may be stricter
 * than the one before.
 * SPDX-License-Identifier: MIT
 */
#include "leaving.h"

#include "acceptor.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/proctitle.h"
#include "common/slot.h"
#include "conn.h"
#include "module.h"
#include "worker.h"

enum {
	LAST_ASKERS = 50,   /* milliseconds */
	DRAIN_IDLE = 1000,  /* milliseconds */
	LAST_MOMENT = 1000, /* before the master ends us */
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
on_dismiss(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)loop;
	(void)revents;
	site_table_for_modules(&w->sites, module_dismiss);
}

/* Streams may last as long as we do: their ends are sent a moment before. */
static void
dismiss_later(struct worker *w)
{
	int64_t within = w->conf->timeouts.drain;
	int64_t moment = within / 4 < LAST_MOMENT ? within / 4 : LAST_MOMENT;

	ev_timer_set(&w->dismiss, (double)(within - moment) / 1e3, 0.);
	ev_timer_start(w->loop, &w->dismiss);
}

static void
drain(struct worker *w)
{
	if (w->state == WORKER_DRAINING || w->state == WORKER_DONE)
		return;
	ev_timer_stop(w->loop, &w->leave);
	acceptors_stop(w);
	worker_enter(w, WORKER_DRAINING);
	show_leaving(w);
	site_table_for_modules(&w->sites, module_drain);
	dismiss_later(w);
}

void
leaving_make_way(struct worker *w, const char *numbers)
{
	if (w->state == WORKER_SERVING || w->state == WORKER_LAME)
		acceptors_empty_some(w, numbers);
	drain(w);
	if (w->state == WORKER_DRAINING)
		handover_start(w);
}

void
leaving_alone(struct worker *w)
{
	struct deadline_class *idle = &w->conns.waits[CONN_WAIT_IDLE];

	handover_stop(w);
	drain(w);
	if (idle->timeout == 0 || idle->timeout > DRAIN_IDLE)
		deadline_class_set(idle, DRAIN_IDLE);
}

void
leaving_close_shop(struct worker *w)
{
	if (w->state == WORKER_SERVING || w->state == WORKER_LAME)
		acceptors_empty(w);
	leaving_alone(w);
}

static void
on_leave(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)loop;
	(void)revents;
	if (w->state == WORKER_LAME)
		leaving_close_shop(w);
	else if (w->state != WORKER_DONE)
		worker_enter(w, WORKER_DONE);
}

void
leaving_after(struct worker *w, int64_t milliseconds)
{
	ev_timer_stop(w->loop, &w->leave);
	ev_timer_set(&w->leave, (double)milliseconds / 1e3, 0.);
	ev_timer_start(w->loop, &w->leave);
}

void
leaving_be_lame(struct worker *w)
{
	int64_t delay = w->conf->timeouts.drain_delay;

	w->is_shutting_down = true;
	if (w->state != WORKER_SERVING) {
		leaving_close_shop(w);
		return;
	}
	acceptors_stop_deferring(w);
	worker_enter(w, WORKER_LAME);
	show_leaving(w);
	w->requests_at_beat = w->slot->requests;
	leaving_after(w, delay > LAST_ASKERS ? delay : LAST_ASKERS);
}

void
leaving_stop(struct worker *w)
{
	enum { WITHIN = 900 }; /* milliseconds */

	w->is_shutting_down = true;
	leaving_close_shop(w);
	if (w->state == WORKER_DONE)
		return;
	site_table_for_modules(&w->sites, module_dismiss);
	deadline_class_set(&w->conns.waits[CONN_WAIT_IDLE], 1);
	leaving_after(w, WITHIN);
}

void
leaving_init(struct worker *w)
{
	ev_timer_init(&w->leave, on_leave, 0., 0.);
	ev_timer_init(&w->dismiss, on_dismiss, 0., 0.);
	w->leave.data = w->dismiss.data = w;
}
