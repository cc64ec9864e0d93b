/*
 * Streamed request bodies: prong_on_body() and back-pressure.
 * SPDX-License-Identifier: MIT
 */
#include "api/body_stream.h"

#include <assert.h>

#include "api/context.h"
#include "conn/exchange.h"

struct body_stream *
body_stream_of(struct context *ctx)
{
	if (ctx->body_stream == NULL)
		ctx->body_stream = arena_calloc(
			&ctx->exchange->arena, 1, sizeof(*ctx->body_stream));
	assert(ctx->body_stream != NULL);
	return ctx->body_stream;
}

static void
call_body_handler(struct context *ctx, const char *bytes, size_t len)
{
	struct body_stream *u = ctx->body_stream;

	context_enter(ctx);
	u->f(ctx->handle, bytes, len, u->data);
	context_leave(ctx);
}

static void
on_body_content(struct context *ctx, struct span s)
{
	if (!ctx->answer.is_complete)
		call_body_handler(ctx, s.at, s.len);
}

static void
on_body_end(struct context *ctx)
{
	if (ctx->body_stream->is_told || ctx->answer.is_complete)
		return;
	ctx->body_stream->is_told = true;
	call_body_handler(ctx, "", 0);
}

/* Returns why prong_on_body() is not allowed, or NULL. */
static const char *
check_streamed_route(struct context *ctx)
{
	if (ctx->match.route == NULL ||
		!(ctx->match.route->flags & PRONG_STREAM_BODY))
		return "the route does not have PRONG_STREAM_BODY";
	if (ctx->hooks.on_content != NULL)
		return "it was already called";
	return NULL;
}

int
prong_on_body(struct prong_context *handle,
	void (*f)(struct prong_context *, const char *bytes, size_t len,
		void *data),
	void *data)
{
	struct context *ctx = context_find_open(handle, __func__);
	const char *fault;
	struct body_stream *u;

	if (ctx == NULL)
		return -1;
	fault = f == NULL ? "the function is NULL" : check_streamed_route(ctx);
	if (fault != NULL)
		return context_misuse(ctx, __func__, fault);
	u = body_stream_of(ctx);
	u->f = f;
	u->data = data;
	ctx->hooks.on_content = on_body_content;
	ctx->hooks.on_content_end = on_body_end;
	context_hold(ctx);
	ctx->exchange->is_paused = false;
	exchange_continue(ctx->exchange);
	exchange_resume(ctx->exchange);
	return 0;
}

static int
set_body_paused(
	struct prong_context *handle, const char *function, bool is_paused)
{
	struct context *ctx = context_find(handle, function);

	if (ctx == NULL)
		return -1;
	if (ctx->hooks.on_content == NULL)
		return context_misuse(
			ctx, function, "call prong_on_body() first");
	ctx->exchange->is_paused = is_paused;
	exchange_resume(ctx->exchange);
	return 0;
}

int
prong_pause_body(struct prong_context *handle)
{
	return set_body_paused(handle, __func__, true);
}

int
prong_resume_body(struct prong_context *handle)
{
	return set_body_paused(handle, __func__, false);
}
