/*
 * The contexts of a worker, and the handles by which modules know them.  A
 * handle has no pointer in it, and prong.h passes nothing else: so the process
 * has one table, which only this file knows.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/module_bus.h"
#include "api/ws_deflate.h"
#include "common/container_of.h"
#include "common/log.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/inflight.h"
#include "conn/worker_state.h"

enum {
	/* free contexts kept before one is used again: functions that are still
	 * running may look at one that has ended */
	MIN_FREE = 64,
	MAX_FREE = 256, /* more are given back */
};

static struct context_pool *process_pool;

/* The same in the worker's thread, NULL in any other. */
static _Thread_local struct context_pool *own_pool;

static struct context *
context_of(struct list_node *node)
{
	return container_of(node, struct context, node);
}

void
context_pool_init(struct context_pool *p, struct worker *w)
{
	*p = (struct context_pool){ .worker = w };
	fifo_init(&p->free);
	event_pool_init(&p->events, w->loop);
	keepalive_init(&p->keepalive, w);
	stream_coding_queue_init(&p->codings, w->loop);
	request_ids_init(&p->ids);
	foreign_call_init(&p->foreign, w->loop, &w->log);
	process_pool = own_pool = p;
}

void
context_pool_fini(struct context_pool *p)
{
	struct list_node *node;

	while ((node = fifo_get(&p->free)) != NULL)
		free(context_of(node));
	handles_fini(&p->handles);
	bus_fini(p);
	event_pool_fini(&p->events);
	keepalive_fini(&p->keepalive);
	stream_coding_queue_fini(&p->codings);
	ws_deflate_free(p->deflate);
	foreign_call_fini(&p->foreign);
	if (process_pool == p)
		process_pool = own_pool = NULL;
}

/* ---- contexts ----------------------------------------------------------- */

static struct context *
get_context(struct context_pool *p)
{
	if (p->free.count > MIN_FREE)
		return context_of(fifo_get(&p->free));
	return mem_alloc(sizeof(struct context));
}

struct context *
context_new(struct exchange *x, struct prong_instance *instance)
{
	struct context_pool *p = x->worker->contexts;
	struct context *ctx = get_context(p);

	*ctx = (struct context){ .exchange = x, .instance = instance };
	ctx->handle = (struct prong_context *)handles_add(&p->handles, ctx);
	if (x->request_id.at == NULL)
		request_id_name(x, &p->ids);
	inflight_set_id(x);
	list_add(&instance->live, &ctx->node);
	instance->nlive++;
	return ctx;
}

/*
 * The module has yet to answer a context that has ended: only its handle is
 * left of it.
 */
static const char abandoned[] = "abandoned";

static void
count_abandoned(struct context_pool *p, const struct prong_instance *i)
{
	enum { MANY = 1000 };

	if (++p->nabandoned % MANY == 0)
		log_warnx(&p->worker->log,
			"module %s: %u requests were deferred, have ended "
			"since, and were never answered: a handler that "
			"defers answers in the end, or uses prong_on_end()",
			i->self->name, p->nabandoned);
}

void
context_free(struct context *ctx, bool will_be_answered)
{
	struct prong_instance *i = ctx->instance;
	struct context_pool *p = i->worker->contexts;
	struct list_node *node;

	list_remove(&ctx->node);
	i->nlive--;
	ctx->exchange = NULL;
	if (will_be_answered) {
		handles_set(
			&p->handles, (uintptr_t)ctx->handle, (void *)abandoned);
		count_abandoned(p, i);
	} else {
		handles_remove(&p->handles, (uintptr_t)ctx->handle);
	}
	ctx->handle = NULL;
	fifo_put(&p->free, &ctx->node);
	if (p->free.count > MAX_FREE && (node = fifo_get(&p->free)) != NULL)
		free(context_of(node));
}

/* ---- handles ------------------------------------------------------------ */

/* Returns the pool; NULL, with errno, for another thread than the worker's. */
static struct context_pool *
find_pool(const char *function)
{
	if (own_pool != NULL)
		return own_pool;
	if (process_pool != NULL)
		foreign_call_note(&process_pool->foreign, function);
	errno = EPERM;
	return NULL;
}

bool
context_is_own_thread(const char *function)
{
	return find_pool(function) != NULL;
}

struct event_pool *
context_event_pool(const char *function)
{
	struct context_pool *p = find_pool(function);

	return p == NULL ? NULL : &p->events;
}

void
context_report_null(const char *function)
{
	const struct context_pool *p = process_pool;

	if (p != NULL && p->caller != NULL)
		log_errx(&p->worker->log,
			"module %s: %s(): the context or instance is NULL",
			p->caller->self->name, function);
	errno = EINVAL;
}

static void
report_ended(const struct context_pool *p, const char *function)
{
	log_errx(&p->worker->log,
		"module %s: %s() was called for a request that has ended",
		p->caller == NULL ? "(unknown)" : p->caller->self->name,
		function);
	errno = ESTALE;
}

struct context *
context_find(struct prong_context *handle, const char *function)
{
	struct context_pool *p = find_pool(function);
	void *ctx;

	if (p == NULL)
		return NULL;
	ctx = handles_find(&p->handles, (uintptr_t)handle);
	if (ctx != NULL && ctx != (void *)abandoned)
		return ctx;
	if (handle == NULL)
		context_report_null(function);
	else if (ctx == (void *)abandoned)
		errno = ESTALE;
	else
		report_ended(p, function);
	return NULL;
}

struct context *
context_find_live(const struct context_pool *p, struct prong_context *handle)
{
	void *ctx = handles_find(&p->handles, (uintptr_t)handle);

	return ctx == (void *)abandoned ? NULL : ctx;
}

/* The module has answered a context that had ended before. */
static struct context *
end_abandoned(struct context_pool *p, struct prong_context *handle)
{
	handles_remove(&p->handles, (uintptr_t)handle);
	p->nabandoned--;
	errno = ECANCELED;
	return NULL;
}

static void
report_answered(struct context *ctx, const char *function)
{
	char what[64];

	snprintf(what, sizeof(what), "answered twice: %s()", function);
	context_log(ctx, LOG_LEVEL_ERROR, what);
	errno = EALREADY;
}

/* Apart from context_find_open(), so that the usual case needs no stack. */
__attribute__((noinline, cold)) static struct context *
refuse_answer(struct context_pool *p, struct prong_context *handle,
	const char *function)
{
	struct context *ctx = handles_find(&p->handles, (uintptr_t)handle);

	if (ctx == (void *)abandoned)
		return end_abandoned(p, handle);
	if (ctx == NULL)
		return context_find(handle, function);
	report_answered(ctx, function);
	return NULL;
}

struct context *
context_find_open(struct prong_context *handle, const char *function)
{
	struct context_pool *p = find_pool(function);
	struct context *ctx;

	if (p == NULL)
		return NULL;
	ctx = handles_find(&p->handles, (uintptr_t)handle);
	if (ctx != NULL && ctx != (void *)abandoned && !ctx->answer.is_answered)
		return ctx;
	return refuse_answer(p, handle, function);
}

void
context_enter(struct context *ctx)
{
	struct context_pool *p = ctx->instance->worker->contexts;

	if (ctx->depth++ > 0)
		return;
	ctx->outer_caller = p->caller;
	p->caller = ctx->instance;
}

void
context_leave_call(struct context *ctx)
{
	if (--ctx->depth == 0)
		ctx->instance->worker->contexts->caller = ctx->outer_caller;
}

/* ---- for the functions of prong.h --------------------------------------- */

struct worker *
context_worker(const struct context *ctx)
{
	return ctx->instance->worker;
}

bool
context_is_abi2(const struct context *ctx)
{
	return ctx->instance->self->abi == 2;
}

const char *
context_text(struct context *ctx, struct span s)
{
	const char *text = exchange_copy_text(ctx->exchange, s);

	return text == NULL ? "" : text;
}
