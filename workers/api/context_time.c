/*
 * SPDX-License-Identifier: MIT
 */
#include "api/context_time.h"

#include <stdlib.h>

#include "api/context.h"
#include "api/instance.h"
#include "common/mem.h"
#include "conn/exchange.h"

enum { AGAIN_MS = 1000 }; /* while the request's content comes */

static void
start_timer(struct context_time *t, int64_t milliseconds)
{
	ev_timer_set(&t->timer, (double)milliseconds / 1e3, 0.);
	ev_timer_start(instance_loop(t->ctx->instance), &t->timer);
}

static void
on_time_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct context_time *t = timer->data;
	struct context *ctx = t->ctx;

	(void)loop;
	(void)revents;
	if (ctx->answer.is_answered)
		return;
	if (ctx->exchange->phase != EXCHANGE_HANDLE) {
		start_timer(t, AGAIN_MS);
		return;
	}
	context_log(ctx, LOG_LEVEL_ERROR, "did not answer in time");
	context_cut_short(ctx, PRONG_TIMED_OUT, 504);
}

static int64_t
time_left(const struct context_time *t)
{
	double passed = ev_now(instance_loop(t->ctx->instance)) - t->since;

	return t->most - (int64_t)(passed * 1e3);
}

void
context_time_set(struct context *ctx, int64_t milliseconds)
{
	struct context_time *t = ctx->time;

	if (t == NULL) {
		t = ctx->time = mem_calloc(1, sizeof(*t));
		t->ctx = ctx;
		ev_timer_init(&t->timer, on_time_over, 0., 0.);
		t->timer.data = t;
	}
	ev_timer_stop(instance_loop(ctx->instance), &t->timer);
	t->most = milliseconds;
	t->since = ev_now(instance_loop(ctx->instance));
	if (ctx->is_held)
		context_time_start(ctx);
}

void
context_time_start(struct context *ctx)
{
	struct context_time *t = ctx->time;
	int64_t left;

	if (t == NULL || t->most == -1 || ev_is_active(&t->timer) ||
		ctx->answer.is_answered)
		return;
	left = time_left(t);
	start_timer(t, left < 0 ? 0 : left);
}

bool
context_time_is_own(const struct context *ctx)
{
	return ctx->time != NULL;
}

void
context_time_free(struct context *ctx)
{
	if (ctx->time == NULL)
		return;
	ev_timer_stop(instance_loop(ctx->instance), &ctx->time->timer);
	free(ctx->time);
	ctx->time = NULL;
}

/* ---- prong.h ------------------------------------------------------------ */

int
prong_set_time(struct prong_context *handle, int64_t milliseconds)
{
	struct context *ctx = context_find_open(handle, __func__);

	if (ctx == NULL)
		return -1;
	if (milliseconds <= 0 && milliseconds != -1)
		return context_misuse(ctx, __func__,
			"the time is not above 0, nor -1 for any time");
	context_time_set(ctx, milliseconds);
	return 0;
}

int64_t
prong_time_left(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return 0;
	if (ctx->time == NULL)
		return context_default_time_left(ctx);
	return ctx->time->most == -1 ? INT64_MAX : time_left(ctx->time);
}
