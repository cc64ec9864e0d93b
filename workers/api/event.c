/*
 * Timers and watches: libev watchers, each in a list of its owner.
 * SPDX-License-Identifier: MIT
 */
#include "api/event.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "api/context.h"
#include "api/instance.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "conn/worker_state.h"
#include "file/retry_io.h"

/* ---- memory ------------------------------------------------------------- */

static struct event *
event_of(struct list_node *node)
{
	return container_of(node, struct event, node);
}

void
event_pool_init(struct event_pool *p, struct ev_loop *loop)
{
	p->handles = (struct handles){ 0 };
	watch_table_init(&p->watches, loop);
}

void
event_pool_fini(struct event_pool *p)
{
	handles_fini(&p->handles);
	watch_table_fini(&p->watches);
}

static struct event_pool *
event_pool_of(const struct prong_instance *i)
{
	return &i->worker->contexts->events;
}

struct event *
event_new(struct prong_instance *i, struct context *ctx, void *data)
{
	struct list *list = ctx == NULL ? &i->events : &ctx->events;
	struct event *e = mem_alloc(sizeof(*e));

	*e = (struct event){ .instance = i, .ctx = ctx, .data = data };
	e->handle = (struct prong_event *)handles_add(
		&event_pool_of(i)->handles, e);
	list_add(list, &e->node);
	return e;
}

/* ---- cancelling --------------------------------------------------------- */

void
event_cancel(struct event *e)
{
	if (e->is_watch)
		watch_table_remove(&event_pool_of(e->instance)->watches, e);
	else
		ev_timer_stop(e->instance->worker->loop, &e->watcher.timer);
	list_remove(&e->node);
	handles_remove(
		&event_pool_of(e->instance)->handles, (uintptr_t)e->handle);
	free(e);
}

void
event_cancel_all(struct list *list)
{
	while (list->first != NULL)
		event_cancel(event_of(list->first));
}

void
prong_cancel(struct prong_event *handle)
{
	struct event_pool *p = context_event_pool(__func__);
	struct event *e;

	if (p == NULL)
		return;
	e = handles_find(&p->handles, (uintptr_t)handle);
	if (e != NULL)
		event_cancel(e);
}

/* ---- timers ------------------------------------------------------------- */

static void
on_after_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct event *e = timer->data;
	struct context *ctx = e->ctx;
	struct prong_instance *i = e->instance;
	void (*f)(struct prong_context *, void *) = e->f.after;
	void *data = e->data;

	(void)loop;
	(void)revents;
	event_cancel(e);
	instance_note_call(i, SLOT_CALL_TIMER);
	context_enter(ctx);
	f(ctx->handle, data);
	context_leave(ctx);
	instance_end_call(i);
}

static void
on_later_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct event *e = timer->data;
	struct prong_instance *i = e->instance;
	void (*f)(struct prong_instance *, void *) = e->f.later;
	void *data = e->data;

	(void)loop;
	(void)revents;
	event_cancel(e);
	instance_enter(i, SLOT_CALL_TIMER);
	f(i, data);
	instance_leave(i);
}

static void
on_every_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct event *e = timer->data;
	struct prong_instance *i = e->instance;

	(void)loop;
	(void)revents;
	instance_enter(i, SLOT_CALL_TIMER);
	e->f.every(i, e->data);
	instance_leave(i);
}

static void
start_timer(struct event *e,
	void (*on_timer)(struct ev_loop *, ev_timer *, int), int64_t after,
	int64_t repeat)
{
	ev_timer_init(&e->watcher.timer, on_timer, (double)after / 1e3,
		(double)repeat / 1e3);
	e->watcher.timer.data = e;
	ev_timer_start(e->instance->worker->loop, &e->watcher.timer);
}

static void
on_deferred(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct event *e = timer->data;
	struct context *ctx = e->ctx;
	void (*f)(struct context *) = e->f.own;

	(void)loop;
	(void)revents;
	event_cancel(e);
	f(ctx);
}

void
event_defer(struct context *ctx, void (*f)(struct context *))
{
	struct event *e = event_new(ctx->instance, ctx, NULL);

	e->f.own = f;
	start_timer(e, on_deferred, 0, 0);
}

struct prong_event *
prong_after(struct prong_context *handle, int64_t milliseconds,
	void (*f)(struct prong_context *, void *data), void *data)
{
	struct context *ctx = context_find(handle, __func__);
	struct event *e;

	if (ctx == NULL)
		return NULL;
	if (milliseconds < 0 || f == NULL) {
		context_misuse(
			ctx, __func__, "a time and a function are required");
		return NULL;
	}
	e = event_new(ctx->instance, ctx, data);
	e->f.after = f;
	start_timer(e, on_after_timer, milliseconds, 0);
	return e->handle;
}

struct prong_event *
prong_after_always(struct prong_instance *i, int64_t milliseconds,
	void (*f)(struct prong_instance *, void *data), void *data)
{
	struct event *e;

	if (!instance_check_call(i, __func__))
		return NULL;
	if (milliseconds < 0 || f == NULL) {
		instance_misuse(
			i, __func__, "a time and a function are required");
		return NULL;
	}
	e = event_new(i, NULL, data);
	e->f.later = f;
	start_timer(e, on_later_timer, milliseconds, 0);
	return e->handle;
}

struct prong_event *
prong_every(struct prong_instance *i, int64_t milliseconds,
	void (*f)(struct prong_instance *, void *data), void *data)
{
	struct event *e;

	if (!instance_check_call(i, __func__))
		return NULL;
	if (milliseconds <= 0 || f == NULL) {
		instance_misuse(i, __func__,
			"a time above 0 and a function are required");
		return NULL;
	}
	e = event_new(i, NULL, data);
	e->f.every = f;
	start_timer(e, on_every_timer, milliseconds, milliseconds);
	return e->handle;
}
