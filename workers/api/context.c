/*
 * The life of contexts.  What ends one is the answer, or the exchange.
 * SPDX-License-Identifier: MIT
 */
#include "context.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "content.h"
#include "exchange.h"
#include "flight.h"
#include "instance.h"
#include "router.h"
#include "serve.h"
#include "stream.h"
#include "unrouted.h"
#include "worker.h"
#include "ws.h"

_Static_assert((int)CONTEXT_PARAMS == (int)ROUTER_PARAMS, "one limit");

/* ---- memory ------------------------------------------------------------- */

/* So many others are used before one is used again. */
enum { QUARANTINE = 64 };

void
context_pool_init(struct context_pool *p, struct worker *w)
{
	p->first = NULL;
	p->last = &p->first;
	p->count = 0;
	event_pool_init(&p->events);
	pulse_init(&p->pulse, w);
	request_ids_init(&p->ids);
}

void
context_pool_fini(struct context_pool *p)
{
	struct prong_context *ctx;

	while ((ctx = p->first) != NULL) {
		p->first = ctx->next;
		free(ctx);
	}
	event_pool_fini(&p->events);
	pulse_fini(&p->pulse);
}

static void
give(struct prong_context *ctx)
{
	struct context_pool *p = context_worker(ctx)->contexts;

	ctx->next = NULL;
	*p->last = ctx;
	p->last = &ctx->next;
	p->count++;
}

static struct prong_context *
take(struct context_pool *p)
{
	struct prong_context *ctx = p->first;

	if (p->count <= QUARANTINE) {
		ctx = malloc(sizeof(*ctx));
		assert(ctx != NULL);
		return ctx;
	}
	p->first = ctx->next;
	p->count--;
	return ctx;
}

static struct prong_context *
begin(struct exchange *x, struct prong_instance *instance)
{
	struct prong_context *ctx = take(x->worker->contexts);

	memset(ctx, 0, offsetof(struct prong_context, params));
	ctx->state = CONTEXT_LIVE;
	ctx->exchange = x;
	ctx->instance = instance;
	request_id_name(x, &x->worker->contexts->ids);
	flight_on_named(x);
	ctx->next = instance->live;
	ctx->link = &instance->live;
	if (ctx->next != NULL)
		ctx->next->link = &ctx->next;
	instance->live = ctx;
	instance->nlive++;
	return ctx;
}

static void
unlink_live(struct prong_context *ctx)
{
	*ctx->link = ctx->next;
	if (ctx->next != NULL)
		ctx->next->link = ctx->link;
	ctx->instance->nlive--;
}

/* ---- the end ------------------------------------------------------------ */

/* Will a module that was told nothing come back to it? */
static bool
will_be_answered(const struct prong_context *ctx, enum prong_end why)
{
	return why != PRONG_ANSWERED && why != PRONG_STOPPED && ctx->is_held &&
	       !ctx->is_answered && ctx->on_end == NULL && ctx->events == NULL;
}

static void
end(struct prong_context *ctx, enum prong_end why)
{
	ctx->is_orphan = will_be_answered(ctx, why);
	ctx->is_answered = ctx->is_complete = true;
	ctx->depth++;
	ws_tell_gone(ctx);
	if (ctx->on_end != NULL)
		ctx->on_end(ctx, why, ctx->on_end_data);
	ctx->depth--;
	event_cancel_all(&ctx->events);
	ws_free(ctx);
	stream_free(ctx);
	content_end(ctx);
	unlink_live(ctx);
	ctx->state = CONTEXT_ENDED;
	ctx->exchange = NULL;
	if (!ctx->is_orphan)
		give(ctx);
}

static void
finish(struct prong_context *ctx)
{
	struct exchange *x = ctx->exchange;
	/* Not by who was given it to answer. */
	bool was_held = ctx->is_held && x->handler_data == ctx;

	end(ctx, ctx->how);
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
	if (--ctx->depth == 0 && ctx->is_complete)
		finish(ctx);
}

void
context_complete(struct prong_context *ctx)
{
	ctx->is_complete = true;
	if (ctx->depth == 0)
		finish(ctx);
}

/* Nobody has answered yet, and nobody will in time. */
static void
dismiss(struct prong_context *ctx)
{
	struct exchange *x = ctx->exchange;

	if (ctx->stream != NULL) {
		stream_stop(ctx->stream);
	} else if (ctx->is_held && !ctx->is_answered &&
		   x->phase == EXCHANGE_HANDLE) {
		end(ctx, PRONG_STOPPED);
		x->handler = NULL;
		serve_refuse(x, 503);
		exchange_resume(x);
	}
}

/* One may end others, but its memory stays. */
static void
for_each_live(
	struct prong_instance *instance, void (*f)(struct prong_context *))
{
	unsigned count = instance->nlive;
	struct prong_context **all, *ctx = instance->live;

	if (count == 0)
		return;
	all = malloc(count * sizeof(struct prong_context *));
	assert(all != NULL);
	for (unsigned i = 0; i < count; i++, ctx = ctx->next)
		all[i] = ctx;
	for (unsigned i = 0; i < count; i++)
		if (all[i]->state == CONTEXT_LIVE)
			f(all[i]);
	free(all);
}

void
context_drain_all(struct prong_instance *instance)
{
	for_each_live(instance, ws_go_away);
}

void
context_dismiss_all(struct prong_instance *instance)
{
	for_each_live(instance, dismiss);
}

void
context_stop_all(struct prong_instance *instance)
{
	struct prong_context *ctx;

	while ((ctx = instance->live) != NULL) {
		struct exchange *x = ctx->exchange;

		end(ctx, PRONG_STOPPED);
		x->handler = NULL;
	}
}

/* ---- being held --------------------------------------------------------- */

static void
on_content(struct exchange *x, struct span content)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->on_content != NULL)
		ctx->on_content(ctx, content);
}

static void
on_content_end(struct exchange *x)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->on_content_end != NULL)
		ctx->on_content_end(ctx);
}

static size_t
on_bytes(struct exchange *x, struct span bytes)
{
	struct prong_context *ctx = x->handler_data;

	return ctx->on_bytes == NULL ? bytes.len : ctx->on_bytes(ctx, bytes);
}

static void
on_sent(struct exchange *x)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->on_sent != NULL)
		ctx->on_sent(ctx);
}

static bool
on_due(struct exchange *x)
{
	struct prong_context *ctx = x->handler_data;

	if (ctx->on_due != NULL && ctx->on_due(ctx))
		return true;
	context_log(ctx, LOG_LEVEL_ERROR, "did not answer in time");
	return false;
}

static void
on_gone(struct exchange *x, enum exchange_end why)
{
	static const enum prong_end ends[] = {
		[EXCHANGE_GONE] = PRONG_CLIENT_GONE,
		[EXCHANGE_LATE] = PRONG_TIMED_OUT,
		[EXCHANGE_REFUSED] = PRONG_REFUSED,
	};

	end(x->handler_data, ends[why]);
}

#define CALLS                                                                  \
	.on_content = on_content, .on_content_end = on_content_end,            \
	.on_bytes = on_bytes, .on_sent = on_sent, .on_due = on_due,            \
	.on_gone = on_gone

static const struct exchange_handler patient = { CALLS };
static const struct exchange_handler attentive = { CALLS, .minds_eof = true };

void
context_hold(struct prong_context *ctx)
{
	struct exchange *x = ctx->exchange;

	ctx->is_held = true;
	/* Until there is somebody to take it. */
	if (x->streams_body && ctx->on_content == NULL)
		x->is_paused = true;
	exchange_hold(x,
		ctx->on_end == NULL && !ctx->minds_eof ? &patient : &attentive,
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
	ctx->on_end = f;
	ctx->on_end_data = data;
	if (ctx->is_held)
		context_hold(ctx);
	return 0;
}

/* ---- a request ---------------------------------------------------------- */

/* The path from where the module is mounted on. */
static struct span
path_below(const struct prong_instance *instance, struct span path)
{
	size_t skip = strlen(instance->mount);

	if (skip >= path.len)
		return SPAN("/");
	return (struct span){ path.at + skip, path.len - skip };
}

/* In memory that stays where it is. */
static void
keep_match(struct prong_context *ctx, const struct router_match *m)
{
	ctx->route = m->route;
	ctx->pattern = m->pattern;
	ctx->chain = m->chain;
	ctx->nparams = m->nparams;
	for (unsigned i = 0; i < m->nparams; i++)
		ctx->params[i] = (struct context_param){ m->names[i],
			context_text(ctx, m->values[i]) };
}

void
prong_next(struct prong_context *ctx)
{
	prong_handler *next;

	if (!context_is_live(ctx, __func__))
		return;
	if (ctx->chain == NULL || *ctx->chain == NULL) {
		context_misuse(
			ctx, __func__, "nothing comes after the handler");
		return;
	}
	next = *ctx->chain++;
	context_enter(ctx);
	next(ctx);
	context_leave(ctx);
}

static void
refuse_unrouted(struct prong_context *ctx, struct span path,
	const struct router_match *match)
{
	ctx->is_answered = true;
	unrouted_answer(ctx->exchange, ctx->instance->router, path, match);
	context_complete(ctx);
}

/* Neither answered nor deferred. */
static void
on_forgotten(struct prong_context *ctx)
{
	context_log(ctx, LOG_LEVEL_ERROR, "returned without an answer");
	ctx->is_answered = true;
	serve_error(ctx->exchange, 500);
	context_complete(ctx);
}

void
context_run(struct exchange *x, struct prong_instance *instance)
{
	struct prong_context *ctx = begin(x, instance);
	struct span path = path_below(instance, x->request.path);
	struct router_match match;

	router_find(
		instance->router, request_method(&x->request), path, &match);
	keep_match(ctx, &match);
	context_enter(ctx);
	if (ctx->route == NULL)
		refuse_unrouted(ctx, path, &match);
	else
		prong_next(ctx);
	if (!ctx->is_answered && !ctx->is_held)
		on_forgotten(ctx);
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
		path_below(instance, x->request.path), &match);
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
	if (ctx != NULL && !ctx->is_orphan)
		log_errx(&context_worker(ctx)->log,
			"module %s: %s() was called for a request that is over",
			ctx->instance->self->name, function);
	return false;
}

bool
context_is_open(struct prong_context *ctx, const char *function)
{
	if (ctx != NULL && ctx->state == CONTEXT_ENDED && ctx->is_orphan) {
		ctx->is_orphan = false;
		give(ctx);
		errno = ECANCELED;
		return false;
	}
	if (!context_is_live(ctx, function))
		return false;
	if (!ctx->is_answered)
		return true;
	errno = EALREADY;
	context_log(ctx, LOG_LEVEL_ERROR, "answered twice");
	return false;
}
