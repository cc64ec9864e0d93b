/*
 * A request finds its row of the module's table, and its handlers are called.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <errno.h>

#include "api/context.h"
#include "api/context_time.h"
#include "api/instance.h"
#include "api/module_response.h"
#include "api/router.h"
#include "api/router_miss.h"
#include "conn/exchange.h"

struct span
context_path(const struct prong_instance *instance, struct span path)
{
	size_t skip = strlen(instance->mount);

	if (skip >= path.len)
		return SPAN("/");
	return (struct span){ path.at + skip, path.len - skip };
}

/* Copies the match, whose memory is on the stack. */
static void
store_match(struct context *ctx, const struct router_match *m)
{
	ctx->match.route = m->route;
	ctx->match.pattern = m->pattern;
	ctx->match.wants_slash = m->wants_slash;
	ctx->match.is_known = m->is_known;
	ctx->match.chain = m->chain;
	ctx->match.nparams = m->nparams;
	if (m->nparams == 0)
		return;
	ctx->match.params = arena_alloc(
		&ctx->exchange->arena, m->nparams * sizeof(*ctx->match.params));
	assert(ctx->match.params != NULL);
	for (unsigned i = 0; i < m->nparams; i++)
		ctx->match.params[i] = (struct context_param){ m->names[i],
			context_param(ctx, m->values[i]) };
}

/* 404, 405 and 308, behind the middleware; OPTIONS is answered without it. */
static void
refuse_unrouted(struct context *ctx)
{
	struct exchange *x = ctx->exchange;
	struct router_match match = { .wants_slash = ctx->match.wants_slash,
		.is_known = ctx->match.is_known };

	module_response_head(ctx, router_miss_status(x, &match));
	if (ctx->answer.fields.len > 0)
		exchange_add_fields(x, ctx->answer.fields);
	router_miss_respond(x, ctx->instance->router,
		context_path(ctx->instance, x->request.path), &match);
	context_complete(ctx);
}

static bool
is_restored(const struct context *ctx)
{
	return ctx->exchange->protocol->is_restored;
}

void
prong_next(struct prong_context *handle)
{
	struct context *ctx = context_find_open(handle, __func__);
	prong_handler *next;

	if (ctx == NULL)
		return;
	if (ctx->match.chain != NULL && *ctx->match.chain != NULL) {
		next = *ctx->match.chain++;
		if (*ctx->match.chain == NULL && is_restored(ctx))
			next = ctx->match.route->on_restore;
		context_enter(ctx);
		next(ctx->handle);
		context_leave(ctx);
	} else if (ctx->match.route == NULL) {
		refuse_unrouted(ctx);
	} else {
		context_misuse(ctx, __func__, "there is no next handler");
	}
}

/* Called when the handler has neither answered nor deferred. */
static void
answer_forgotten(struct context *ctx)
{
	context_log(ctx, LOG_LEVEL_ERROR, "returned without an answer");
	module_response_fail(ctx, 500);
}

/* Modules of PRONG_ABI 2 do not expect their middleware to be called. */
static void
find_route(struct context *ctx, struct router_match *match)
{
	const struct prong_instance *i = ctx->instance;
	const struct request *r = &ctx->exchange->request;
	struct span path = context_path(i, r->path);

	router_find(i->router, request_method(r), path, match);
	if (match->route == NULL && i->self->abi > 2 &&
		r->method != METHOD_OPTIONS)
		router_find_middleware(i->router, path, match);
	store_match(ctx, match);
	if (match->route != NULL && match->route->time_most != 0)
		context_time_set(ctx, match->route->time_most);
}

void
context_run(struct exchange *x, struct prong_instance *instance)
{
	struct context *ctx = context_new(x, instance);
	struct router_match match;

	find_route(ctx, &match);
	context_enter(ctx);
	if (is_restored(ctx) && (ctx->match.route == NULL ||
					ctx->match.route->on_restore == NULL))
		module_response_fail(ctx, 503);
	else
		prong_next(ctx->handle);
	if (!ctx->answer.is_answered && !ctx->is_held)
		answer_forgotten(ctx);
	context_leave(ctx);
}
