/*
 * prong_test_advance(): libev knows one clock only, so that each timer is moved
 * towards now instead.
 * SPDX-License-Identifier: MIT
 */
#include "api/context.h"
#include "api/context_time.h"
#include "api/event.h"
#include "api/instance.h"
#include "common/container_of.h"
#include "conn/conn_table.h"
#include "test/test_state.h"

/* What is done to each timer; seconds. */
struct visit {
	struct ev_loop *loop;
	double step, next;
	bool is_shift; /* otherwise next becomes the time of the first one */
};

static void
visit_timer(struct visit *v, ev_timer *timer)
{
	double left;

	if (!ev_is_active(timer))
		return;
	left = ev_timer_remaining(v->loop, timer);
	if (!v->is_shift) {
		if (left < v->next)
			v->next = left > 0 ? left : 0;
		return;
	}
	left = left > v->step ? left - v->step : 0;
	ev_timer_stop(v->loop, timer);
	ev_timer_set(timer, left, timer->repeat);
	ev_timer_start(v->loop, timer);
}

static void
visit_events(struct visit *v, const struct list *events)
{
	struct event *e;

	for (struct list_node *n = events->first; n != NULL; n = n->next) {
		e = container_of(n, struct event, node);
		if (!e->is_watch)
			visit_timer(v, &e->watcher.timer);
	}
}

static void
visit_context(struct visit *v, struct context *ctx)
{
	visit_events(v, &ctx->events);
	if (ctx->time == NULL)
		return;
	visit_timer(v, &ctx->time->timer);
	if (v->is_shift)
		ctx->time->since -= v->step;
}

/* Classes count in the worker's time. */
static void
visit_class(struct visit *v, struct deadline_class *class)
{
	if (class->loop == NULL)
		return;
	if (v->is_shift)
		deadline_class_set(class, class->timeout);
	else
		visit_timer(v, &class->timer);
}

static void
visit_all(struct prong_test *t, struct visit *v)
{
	struct prong_instance *i = prong_test_instance(t);
	struct worker *w = &t->worker;

	ev_now_update(v->loop);
	visit_events(v, &i->events);
	for (struct list_node *n = i->live.first; n != NULL; n = n->next)
		visit_context(v, container_of(n, struct context, node));
	for (size_t k = 0; k < CONN_WAITS; k++)
		visit_class(v, &w->conns.waits[k]);
	for (size_t k = 0; k < KEEPALIVE_WAITS; k++)
		visit_class(v, &w->contexts->keepalive.waits[k]);
}

/* Returns the seconds until the first timer; as many as given at most. */
static double
find_next(struct prong_test *t, double most)
{
	struct visit v = { .loop = t->worker.loop, .next = most };

	visit_all(t, &v);
	return v.next;
}

static void
run_due(struct prong_test *t)
{
	enum { TURNS = 16 }; /* what a timer causes, too */

	for (int i = 0; i < TURNS; i++)
		ev_run(t->worker.loop, EVRUN_NOWAIT);
}

void
prong_test_advance(struct prong_test *t, int64_t milliseconds)
{
	struct visit v = { .loop = t->worker.loop, .is_shift = true };
	double left = (double)milliseconds / 1e3, passed = 0;
	int64_t before = t->advanced_ms;

	run_due(t);
	while (left > 0) {
		v.step = find_next(t, left);
		if (v.step < 1e-3)
			v.step = left < 1e-3 ? left : 1e-3;
		left -= v.step;
		passed += v.step;
		t->advanced_ms = before + (int64_t)(passed * 1e3 + 0.5);
		test_take_time(t);
		visit_all(t, &v);
		run_due(t);
	}
}
