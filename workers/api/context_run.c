/*
 * A request finds its row of the module's table, and its handlers are called.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "api/context.h"
#include "api/context_time.h"
#include "api/instance.h"
#include "api/router.h"
#include "api/router_miss.h"
#include "conn/exchange.h"
#include "serve/serve.h"

_Static_assert((int)CONTEXT_PARAMS == (int)ROUTER_PARAMS, "one limit");

struct span
context_path(const struct prong_instance *instance, struct span path)
{
	size_t skip = strlen(instance->mount);

	if (skip >= path.len)
		return SPAN("/");
	return (struct span){ path.at + skip, path.len - skip };
}

/* Copies the match to the context, whose memory does not move. */
static void
store_match(struct context *ctx, const struct router_match *m)
{
	ctx->match.route = m->route;
	ctx->match.pattern = m->pattern;
	ctx->match.chain = m->chain;
	ctx->match.nparams = m->nparams;
	for (unsigned i = 0; i < m->nparams; i++)
		ctx->match.params[i] = (struct context_param){ m->names[i],
			context_param(ctx, m->values[i]) };
}

void
prong_next(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	prong_handler *next;

	if (ctx == NULL)
		return;
	if (ctx->match.chain == NULL || *ctx->match.chain == NULL) {
		context_misuse(ctx, __func__, "there is no next handler");
		return;
	}
	next = *ctx->match.chain++;
	context_enter(ctx);
	next(ctx->handle);
	context_leave(ctx);
}

static void
refuse_unrouted(
	struct context *ctx, struct span path, const struct router_match *match)
{
	ctx->answer.is_answered = true;
	router_miss_respond(ctx->exchange, ctx->instance->router, path, match);
	context_complete(ctx);
}

/* Called when the handler has neither answered nor deferred. */
static void
answer_forgotten(struct context *ctx)
{
	context_log(ctx, LOG_LEVEL_ERROR, "returned without an answer");
	ctx->answer.is_answered = true;
	serve_error(ctx->exchange, 500);
	context_complete(ctx);
}

void
context_run(struct exchange *x, struct prong_instance *instance)
{
	struct context *ctx = context_new(x, instance);
	struct span path = context_path(instance, x->request.path);
	struct router_match match;

	router_find(
		instance->router, request_method(&x->request), path, &match);
	store_match(ctx, &match);
	if (match.route != NULL && match.route->time_most != 0)
		context_time_set(ctx, match.route->time_most);
	context_enter(ctx);
	if (ctx->match.route == NULL)
		refuse_unrouted(ctx, path, &match);
	else
		prong_next(ctx->handle);
	if (!ctx->answer.is_answered && !ctx->is_held)
		answer_forgotten(ctx);
	context_leave(ctx);
}
