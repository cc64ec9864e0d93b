/*
 * The life of contexts. A context is ended by its answer or by its exchange.
 * SPDX-License-Identifier: MIT
 */
#include "api/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/instance.h"
#include "api/module_body.h"
#include "api/router.h"
#include "api/router_miss.h"
#include "api/stream.h"
#include "api/ws.h"
#include "common/conf.h"
#include "common/container_of.h"
#include "common/log.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/inflight.h"
#include "serve/serve.h"
#include "worker.h"

_Static_assert((int)CONTEXT_PARAMS == (int)ROUTER_PARAMS, "one limit");

/* ---- memory ------------------------------------------------------------- */

/* number of free contexts kept before one is used again */
enum { QUARANTINE = 64 };

static struct prong_context *
context_of(struct list_node *node)
{
	return container_of(node, struct prong_context, node);
}

void
context_pool_init(struct context_pool *p, struct worker *w)
{
	fifo_init(&p->free);
	event_pool_init(&p->events);
	keepalive_init(&p->keepalive, w);
	request_ids_init(&p->ids);
}

void
context_pool_fini(struct context_pool *p)
{
	struct list_node *node;

	while ((node = fifo_get(&p->free)) != NULL)
		free(context_of(node));
	event_pool_fini(&p->events);
	keepalive_fini(&p->keepalive);
}

static void
put_context(struct prong_context *ctx)
{
	fifo_put(&context_worker(ctx)->contexts->free, &ctx->node);
}

static struct prong_context *
get_context(struct context_pool *p)
{
	struct prong_context *ctx;

	if (p->free.count > QUARANTINE)
		return context_of(fifo_get(&p->free));
	ctx = mem_alloc(sizeof(*ctx));
	return ctx;
}

static struct prong_context *
start_context(struct exchange *x, struct prong_instance *instance)
{
	struct prong_context *ctx = get_context(x->worker->contexts);

	memset(ctx, 0, offsetof(struct prong_context, match.params));
	ctx->state = CONTEXT_LIVE;
	ctx->exchange = x;
	ctx->instance = instance;
	request_id_name(x, &x->worker->contexts->ids);
	inflight_set_id(x);
	list_add(&instance->live, &ctx->node);
	instance->nlive++;
	return ctx;
}

static void
unlink_context(struct prong_context *ctx)
{
	list_remove(&ctx->node);
	ctx->instance->nlive--;
}

/* ---- ending ------------------------------------------------------------- */

/* True when a module that was not told of the end will still answer. */
static bool
will_be_answered(const struct prong_context *ctx, enum prong_end why)
{
	return why != PRONG_ANSWERED && why != PRONG_STOPPED && ctx->is_held &&
	       !ctx->answer.is_answered && ctx->on_end == NULL &&
	       ctx->events.first == NULL;
}

static void
end_context(struct prong_context *ctx, enum prong_end why)
{
	ctx->is_abandoned = will_be_answered(ctx, why);
	ctx->answer.is_answered = ctx->answer.is_complete = true;
	ctx->is_ending = true;
	ctx->depth++;
	ws_tell_gone(ctx);
	if (ctx->on_end != NULL)
		ctx->on_end(ctx, why, ctx->on_end_data);
	ctx->depth--;
	event_cancel_all(&ctx->events);
	ws_free(ctx);
	stream_free(ctx);
	module_body_end(ctx);
	unlink_context(ctx);
	ctx->state = CONTEXT_ENDED;
	ctx->exchange = NULL;
	if (!ctx->is_abandoned)
		put_context(ctx);
}

static void
finish_context(struct prong_context *ctx)
{
	struct exchange *x = ctx->exchange;
	/* A handler that the exchange was passed on to completes it itself. */
	bool was_held = ctx->is_held && x->handler_data == ctx;

	end_context(ctx, ctx->answer.end_reason);
	if (was_held)
		exchange_complete(x);
}

void
context_enter(struct prong_context *ctx)
{
	ctx->depth++;
}

void
context_leave(struct prong_context *ctx)
{
	if (--ctx->depth == 0 && ctx->answer.is_complete)
		finish_context(ctx);
}

void
context_complete(struct prong_context *ctx)
{
	ctx->answer.is_complete = true;
	if (ctx->depth == 0)
		finish_context(ctx);
}

/* Ends a context that will not be answered in time. */
static void
force_end(struct prong_context *ctx)
{
	struct exchange *x = ctx->exchange;

	if (ctx->stream != NULL) {
		stream_stop(ctx->stream);
	} else if (ctx->is_held && !ctx->answer.is_answered &&
		   x->phase == EXCHANGE_HANDLE) {
		end_context(ctx, PRONG_STOPPED);
		x->handler = NULL;
		serve_refuse(x, 503);
		exchange_resume(x);
	}
}

/*
 * Calls f for every live context. f may end other contexts; their memory stays
 * valid.
 */
static void
for_each_live_context(
	struct prong_instance *instance, void (*f)(struct prong_context *))
{
	unsigned count = instance->nlive;
	struct list_node *node = instance->live.first;
	struct prong_context **all;

	if (count == 0)
		return;
	all = mem_alloc(count * sizeof(struct prong_context *));
	for (unsigned i = 0; i < count; i++, node = node->next)
		all[i] = context_of(node);
	for (unsigned i = 0; i < count; i++)
		if (all[i]->state == CONTEXT_LIVE)
			f(all[i]);
	free(all);
}

void
context_drain_all(struct prong_instance *instance)
{
	for_each_live_context(instance, ws_go_away);
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
		struct prong_context *ctx = context_of(instance->live.first);
		struct exchange *x = ctx->exchange;

		end_context(ctx, PRONG_STOPPED);
		x->handler = NULL;
	}
}

/* ---- suspended exchanges ------------------------------------------------ */

static void
on_exchange_content(struct exchange *x, struct span content)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->hooks.on_content != NULL)
		ctx->hooks.on_content(ctx, content);
}

static void
on_exchange_content_end(struct exchange *x)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->hooks.on_content_end != NULL)
		ctx->hooks.on_content_end(ctx);
}

static size_t
on_exchange_bytes(struct exchange *x, struct span bytes)
{
	struct prong_context *ctx = x->handler_data;

	return ctx->hooks.on_bytes == NULL ? bytes.len
					   : ctx->hooks.on_bytes(ctx, bytes);
}

static void
on_exchange_sent(struct exchange *x)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->hooks.on_sent != NULL)
		ctx->hooks.on_sent(ctx);
}

static bool
on_exchange_due(struct exchange *x)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->hooks.on_due != NULL && ctx->hooks.on_due(ctx))
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

	end_context(x->handler_data, ends[why]);
}

#define CALLS                                                                  \
	.on_content = on_exchange_content,                                     \
	.on_content_end = on_exchange_content_end,                             \
	.on_bytes = on_exchange_bytes, .on_sent = on_exchange_sent,            \
	.on_due = on_exchange_due, .on_gone = on_exchange_gone

static const struct exchange_handler plain_handler = { CALLS };
static const struct exchange_handler eof_handler = { CALLS, .minds_eof = true };

void
context_hold(struct prong_context *ctx)
{
	struct exchange *x = ctx->exchange;

	/* The exchange has left its handler, or is about to. */
	if (ctx->is_ending)
		return;
	ctx->is_held = true;
	/* The body waits until prong_on_body(). */
	if (x->streams_body && ctx->hooks.on_content == NULL)
		x->is_paused = true;
	exchange_hold(x,
		ctx->on_end == NULL && !ctx->minds_eof ? &plain_handler
						       : &eof_handler,
		ctx);
}

int
prong_defer(struct prong_context *ctx)
{
	if (!context_is_open(ctx, __func__))
		return -1;
	context_hold(ctx);
	return 0;
}

int
prong_on_end(struct prong_context *ctx,
	void (*f)(struct prong_context *, enum prong_end, void *data),
	void *data)
{
	if (!context_is_live(ctx, __func__))
		return -1;
	if (ctx->is_ending)
		return context_misuse(
			ctx, __func__, "the request is ending already");
	ctx->on_end = f;
	ctx->on_end_data = data;
	if (ctx->is_held)
		context_hold(ctx);
	return 0;
}

/* ---- running a request -------------------------------------------------- */

/* Returns the path below the mount. */
static struct span
strip_mount(const struct prong_instance *instance, struct span path)
{
	size_t skip = strlen(instance->mount);

	if (skip >= path.len)
		return SPAN("/");
	return (struct span){ path.at + skip, path.len - skip };
}

/* Copies the match to the context, whose memory does not move. */
static void
store_match(struct prong_context *ctx, const struct router_match *m)
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
prong_next(struct prong_context *ctx)
{
	prong_handler *next;

	if (!context_is_live(ctx, __func__))
		return;
	if (ctx->match.chain == NULL || *ctx->match.chain == NULL) {
		context_misuse(ctx, __func__, "there is no next handler");
		return;
	}
	next = *ctx->match.chain++;
	context_enter(ctx);
	next(ctx);
	context_leave(ctx);
}

static void
refuse_unrouted(struct prong_context *ctx, struct span path,
	const struct router_match *match)
{
	ctx->answer.is_answered = true;
	router_miss_respond(ctx->exchange, ctx->instance->router, path, match);
	context_complete(ctx);
}

/* Called when the handler has neither answered nor deferred. */
static void
answer_forgotten(struct prong_context *ctx)
{
	context_log(ctx, LOG_LEVEL_ERROR, "returned without an answer");
	ctx->answer.is_answered = true;
	serve_error(ctx->exchange, 500);
	context_complete(ctx);
}

void
context_run(struct exchange *x, struct prong_instance *instance)
{
	struct prong_context *ctx = start_context(x, instance);
	struct span path = strip_mount(instance, x->request.path);
	struct router_match match;

	router_find(
		instance->router, request_method(&x->request), path, &match);
	store_match(ctx, &match);
	context_enter(ctx);
	if (ctx->match.route == NULL)
		refuse_unrouted(ctx, path, &match);
	else
		prong_next(ctx);
	if (!ctx->answer.is_answered && !ctx->is_held)
		answer_forgotten(ctx);
	context_leave(ctx);
}

void
context_expect_content(struct exchange *x, struct prong_instance *instance)
{
	struct router_match match;

	x->body_most = x->worker->conf->limits.body;
	if (!router_minds_content(instance->router))
		return;
	router_find(instance->router, request_method(&x->request),
		strip_mount(instance, x->request.path), &match);
	if (match.route == NULL)
		return;
	x->streams_body = (match.route->flags & PRONG_STREAM_BODY) != 0;
	if (match.route->body_most > 0)
		x->body_most = (int64_t)match.route->body_most;
}

/* ---- for the functions of prong.h --------------------------------------- */

struct worker *
context_worker(const struct prong_context *ctx)
{
	return ctx->instance->worker;
}

const char *
context_text(struct prong_context *ctx, struct span s)
{
	const char *text = exchange_copy_text(ctx->exchange, s);

	return text == NULL ? "" : text;
}

bool
context_is_live(struct prong_context *ctx, const char *function)
{
	if (ctx != NULL && ctx->state == CONTEXT_LIVE)
		return true;
	errno = ctx == NULL ? EINVAL : ESTALE;
	if (ctx != NULL && !ctx->is_abandoned)
		log_errx(&context_worker(ctx)->log,
			"module %s: %s() was called for a request that has "
			"ended",
			ctx->instance->self->name, function);
	return false;
}

bool
context_is_open(struct prong_context *ctx, const char *function)
{
	if (ctx != NULL && ctx->state == CONTEXT_ENDED && ctx->is_abandoned) {
		ctx->is_abandoned = false;
		put_context(ctx);
		errno = ECANCELED;
		return false;
	}
	if (!context_is_live(ctx, function))
		return false;
	if (!ctx->answer.is_answered)
		return true;
	errno = EALREADY;
	context_log(ctx, LOG_LEVEL_ERROR, "answered twice");
	return false;
}
