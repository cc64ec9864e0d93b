/*
 * Content that is handed to a module as it comes.
 * SPDX-License-Identifier: MIT
 */
#include "upload.h"

#include <errno.h>

#include "context.h"
#include "exchange.h"

struct upload *
upload_of(struct prong_context *ctx)
{
	if (ctx->upload == NULL)
		ctx->upload = arena_calloc(
			&ctx->exchange->arena, 1, sizeof(*ctx->upload));
	return ctx->upload;
}

static void
call(struct prong_context *ctx, const char *bytes, size_t len)
{
	struct upload *u = ctx->upload;

	context_enter(ctx);
	u->f(ctx, bytes, len, u->data);
	context_leave(ctx);
}

static void
on_content(struct prong_context *ctx, struct span s)
{
	if (!ctx->is_complete)
		call(ctx, s.at, s.len);
}

static void
on_content_end(struct prong_context *ctx)
{
	if (ctx->upload->is_told || ctx->is_complete)
		return;
	ctx->upload->is_told = true;
	call(ctx, "", 0);
}

/* Why it can't be; NULL: it can. */
static const char *
find_fault(struct prong_context *ctx)
{
	if (ctx->route == NULL || !(ctx->route->flags & PRONG_STREAM_BODY))
		return "the route is not PRONG_STREAM_BODY";
	if (ctx->on_content != NULL)
		return "it was called before";
	return NULL;
}

int
prong_on_body(struct prong_context *ctx,
	void (*f)(struct prong_context *, const char *bytes, size_t len,
		void *data),
	void *data)
{
	const char *fault;
	struct upload *u;

	if (!context_is_open(ctx, __func__))
		return -1;
	fault = f == NULL ? "the function is NULL" : find_fault(ctx);
	if (fault != NULL)
		return context_misuse(ctx, __func__, fault);
	if ((u = upload_of(ctx)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	u->f = f;
	u->data = data;
	ctx->on_content = on_content;
	ctx->on_content_end = on_content_end;
	context_hold(ctx);
	ctx->exchange->is_paused = false;
	exchange_continue(ctx->exchange);
	exchange_resume(ctx->exchange);
	return 0;
}

static int
set_paused(struct prong_context *ctx, const char *function, bool is_paused)
{
	if (!context_is_live(ctx, function))
		return -1;
	if (ctx->on_content == NULL)
		return context_misuse(
			ctx, function, "prong_on_body() comes first");
	ctx->exchange->is_paused = is_paused;
	exchange_resume(ctx->exchange);
	return 0;
}

int
prong_pause_body(struct prong_context *ctx)
{
	return set_paused(ctx, __func__, true);
}

int
prong_resume_body(struct prong_context *ctx)
{
	return set_paused(ctx, __func__, false);
}
