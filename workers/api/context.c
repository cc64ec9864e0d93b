/*
 * The life of contexts. A context is ended by its answer or by its exchange.
 * SPDX-License-Identifier: MIT
 */
#include "api/context.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/context_time.h"
#include "api/instance.h"
#include "api/module_body.h"
#include "api/route_duration.h"
#include "api/stream.h"
#include "api/work.h"
#include "api/ws.h"
#include "api/ws_move.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "serve/serve.h"

static struct context *
context_of(struct list_node *node)
{
	return container_of(node, struct context, node);
}

/* ---- ending ------------------------------------------------------------- */

/* True when a module that was not told of the end will still answer. */
static bool
will_be_answered(const struct context *ctx, enum prong_end why)
{
	return why != PRONG_ANSWERED && why != PRONG_STOPPED && ctx->is_held &&
	       !ctx->answer.is_answered && ctx->ends == NULL &&
	       ctx->events.first == NULL && ctx->works.first == NULL;
}

/* Calls the functions of prong_on_end(), the last one first. */
static void
call_ends(struct context *ctx, enum prong_end why)
{
	struct context_end *end;

	while ((end = ctx->ends) != NULL) {
		ctx->ends = end->next;
		end->f(ctx->handle, why, end->data);
	}
}

static void
end_context(struct context *ctx, enum prong_end why)
{
	bool is_abandoned = will_be_answered(ctx, why);

	ctx->answer.is_answered = ctx->answer.is_complete = true;
	ctx->is_ending = true;
	context_enter(ctx);
	ws_tell_gone(ctx);
	call_ends(ctx, why);
	context_leave_call(ctx);
	if (why != PRONG_MOVED)
		route_duration_observe(ctx->instance->duration, ctx->exchange);
	event_cancel_all(&ctx->events);
	work_cancel_all(&ctx->works);
	context_time_free(ctx);
	ws_free(ctx);
	stream_free(ctx);
	module_body_end(ctx);
	context_free(ctx, is_abandoned);
}

static void
finish_context(struct context *ctx)
{
	struct exchange *x = ctx->exchange;
	/* A handler that the exchange was passed on to completes it itself. */
	bool was_held = ctx->is_held && x->handler_data == ctx;

	end_context(ctx, ctx->answer.end_reason);
	if (was_held)
		exchange_complete(x);
}

void
context_leave(struct context *ctx)
{
	context_leave_call(ctx);
	if (ctx->depth == 0 && ctx->answer.is_complete)
		finish_context(ctx);
}

void
context_complete(struct context *ctx)
{
	ctx->answer.is_complete = true;
	if (ctx->depth == 0)
		finish_context(ctx);
}

void
context_cut_short(struct context *ctx, enum prong_end why, int status)
{
	struct exchange *x = ctx->exchange;

	end_context(ctx, why);
	x->handler = NULL;
	serve_refuse(x, status);
	exchange_resume(x);
}

/* Ends a context that will not be answered in time. */
static void
force_end(struct context *ctx)
{
	struct exchange *x = ctx->exchange;

	if (ctx->stream != NULL) {
		ws_force_end(ctx);
		stream_stop(ctx->stream);
	} else if (ctx->is_held && !ctx->answer.is_answered &&
		   x->phase == EXCHANGE_HANDLE) {
		context_cut_short(ctx, PRONG_STOPPED, 503);
	}
}

/* Calls f for every live context; f may end any of them. */
static void
for_each_live_context(
	struct prong_instance *instance, void (*f)(struct context *))
{
	const struct context_pool *pool = instance->worker->contexts;
	unsigned count = instance->nlive;
	struct list_node *node = instance->live.first;
	struct prong_context **all;
	struct context *ctx;

	if (count == 0)
		return;
	all = mem_alloc(count * sizeof(*all));
	for (unsigned i = 0; i < count; i++, node = node->next)
		all[i] = context_of(node)->handle;
	for (unsigned i = 0; i < count; i++)
		if ((ctx = context_find_live(pool, all[i])) != NULL)
			f(ctx);
	free(all);
}

void
context_drain_all(struct prong_instance *instance)
{
	for_each_live_context(instance, ws_drain);
}

void
context_force_end_all(struct prong_instance *instance)
{
	for_each_live_context(instance, force_end);
}

void
context_stop_all(struct prong_instance *instance)
{
	while (instance->live.first != NULL) {
		struct context *ctx = context_of(instance->live.first);
		struct exchange *x = ctx->exchange;

		end_context(ctx, PRONG_STOPPED);
		x->handler = NULL;
	}
}

/* ---- suspended exchanges ------------------------------------------------ */

static void
on_exchange_content(struct exchange *x, struct span content)
{
	struct context *ctx = x->handler_data;

	if (ctx->hooks.on_content != NULL)
		ctx->hooks.on_content(ctx, content);
}

static void
on_exchange_content_end(struct exchange *x)
{
	struct context *ctx = x->handler_data;

	if (ctx->hooks.on_content_end != NULL)
		ctx->hooks.on_content_end(ctx);
}

static size_t
on_exchange_bytes(struct exchange *x, struct span bytes)
{
	struct context *ctx = x->handler_data;

	return ctx->hooks.on_bytes == NULL ? bytes.len
					   : ctx->hooks.on_bytes(ctx, bytes);
}

static void
on_exchange_sent(struct exchange *x)
{
	struct context *ctx = x->handler_data;

	if (ctx->hooks.on_sent != NULL)
		ctx->hooks.on_sent(ctx);
}

static bool
on_exchange_due(struct exchange *x)
{
	struct context *ctx = x->handler_data;

	if (ctx->hooks.on_due != NULL && ctx->hooks.on_due(ctx))
		return true;
	if (context_time_is_own(ctx))
		return true;
	context_log(ctx, LOG_LEVEL_ERROR, "did not answer in time");
	return false;
}

static void
on_exchange_gone(struct exchange *x, enum exchange_end why)
{
	static const enum prong_end ends[] = {
		[EXCHANGE_GONE] = PRONG_CLIENT_GONE,
		[EXCHANGE_LATE] = PRONG_TIMED_OUT,
		[EXCHANGE_REFUSED] = PRONG_REFUSED,
	};
	struct context *ctx = x->handler_data;

	if (ws_has_moved(ctx))
		end_context(ctx, PRONG_MOVED);
	else
		end_context(ctx,
			ctx->answer.is_aborted ? PRONG_ABORTED : ends[why]);
}

#define CALLS                                                                  \
	.on_content = on_exchange_content,                                     \
	.on_content_end = on_exchange_content_end,                             \
	.on_bytes = on_exchange_bytes, .on_sent = on_exchange_sent,            \
	.on_due = on_exchange_due, .on_gone = on_exchange_gone

static const struct exchange_handler plain_handler = { CALLS };
static const struct exchange_handler eof_handler = { CALLS, .minds_eof = true };

void
context_hold(struct context *ctx)
{
	struct exchange *x = ctx->exchange;

	/* The exchange has left its handler, or is about to. */
	if (ctx->is_ending)
		return;
	ctx->is_held = true;
	context_time_start(ctx);
	/* The body waits until prong_on_body(). */
	if (x->streams_body && ctx->hooks.on_content == NULL)
		x->is_paused = true;
	exchange_hold(x,
		ctx->ends == NULL && !ctx->minds_eof ? &plain_handler
						     : &eof_handler,
		ctx);
}

int
prong_defer(struct prong_context *handle)
{
	struct context *ctx = context_find_open(handle, __func__);

	if (ctx == NULL)
		return -1;
	context_hold(ctx);
	return 0;
}

int
prong_on_end(struct prong_context *handle,
	void (*f)(struct prong_context *, enum prong_end, void *data),
	void *data)
{
	struct context *ctx = context_find(handle, __func__);
	struct context_end *end;

	if (ctx == NULL)
		return -1;
	if (ctx->is_ending)
		return context_misuse(
			ctx, __func__, "the request is ending already");
	if (f == NULL)
		return context_misuse(ctx, __func__, "the function is NULL");
	end = arena_alloc(&ctx->exchange->arena, sizeof(*end));
	assert(end != NULL);
	/* Modules of PRONG_ABI 2 replace the function. */
	if (context_is_abi2(ctx))
		ctx->ends = NULL;
	*end = (struct context_end){ ctx->ends, f, data };
	ctx->ends = end;
	if (ctx->is_held)
		context_hold(ctx);
	return 0;
}
