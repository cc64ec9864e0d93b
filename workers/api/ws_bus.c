/*
 * The master writes connections and messages of the bus to a worker's channel
 * in one order, and the worker that gives a WebSocket away has read no more
 * than the master has sent: so the other worker has seen, when the WebSocket
 * arrives, all that the first one has, and what came meanwhile is in its ring.
 * A worker that takes the place of one that has died gets what that one did not
 * read before the greeting, which tells how much there was: a replay waits for
 * it.
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_bus.h"

#include <stdlib.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/module_bus.h"
#include "api/ws_private.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "conn/conn_record.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"

static bool
wants_bus(const struct context *ctx)
{
	const struct websocket *w = ctx->websocket;

	return w != NULL && !w->is_closing && !ctx->answer.is_complete &&
	       (w->calls.on_published != NULL || w->calls.on_lost != NULL);
}

static void
call_on_published(struct context *ctx, const struct bus_head *head,
	const char *bytes, size_t len)
{
	const struct prong_instance *i = ctx->instance;
	const struct websocket *w = ctx->websocket;

	if (w->calls.on_published == NULL)
		return;
	instance_note_call(i, SLOT_CALL_WEBSOCKET);
	w->calls.on_published(ctx->handle, head->from, bytes, len, w->data);
	instance_end_call(i);
}

static void
call_on_lost(struct context *ctx, uint64_t count)
{
	const struct prong_instance *i = ctx->instance;
	const struct websocket *w = ctx->websocket;

	if (w->calls.on_lost == NULL)
		return;
	instance_note_call(i, SLOT_CALL_WEBSOCKET);
	w->calls.on_lost(ctx->handle, count, w->data);
	instance_end_call(i);
}

/* ---- all of an instance -------------------------------------------------- */

/* Returns the handles of the WebSockets that get messages; NULL: there is none.
 * A module may end any of them meanwhile. */
static struct prong_context **
list_receivers(const struct prong_instance *i, unsigned *count)
{
	struct prong_context **all = NULL;

	*count = 0;
	for (struct list_node *n = i->live.first; n != NULL; n = n->next) {
		const struct context *ctx =
			container_of(n, struct context, node);

		if (!wants_bus(ctx))
			continue;
		if (all == NULL)
			all = mem_alloc(i->nlive * sizeof(*all));
		all[(*count)++] = ctx->handle;
	}
	return all;
}

/* Returns NULL if it no longer gets messages. */
static struct context *
find_receiver(const struct prong_instance *i, struct prong_context *handle)
{
	struct context *ctx = context_find_live(i->worker->contexts, handle);

	return ctx != NULL && wants_bus(ctx) ? ctx : NULL;
}

void
ws_bus_deliver(struct prong_instance *i, const struct bus_head *head,
	const char *bytes, size_t len)
{
	unsigned count;
	struct prong_context **all = list_receivers(i, &count);
	struct context *ctx;

	for (unsigned k = 0; k < count; k++) {
		ctx = find_receiver(i, all[k]);
		if (ctx == NULL)
			continue;
		/* The message is in the ring. */
		if (ctx->websocket->owes_replay) {
			ws_bus_replay(ctx);
			continue;
		}
		context_enter(ctx);
		call_on_published(ctx, head, bytes, len);
		context_leave(ctx);
	}
	free(all);
}

void
ws_bus_tell_loss(struct prong_instance *i, uint64_t lost)
{
	unsigned count;
	struct prong_context **all = list_receivers(i, &count);
	struct context *ctx;

	for (unsigned k = 0; k < count; k++) {
		ctx = find_receiver(i, all[k]);
		/* A replay counts what is not in the ring. */
		if (ctx == NULL || ctx->websocket->owes_replay)
			continue;
		context_enter(ctx);
		call_on_lost(ctx, lost);
		context_leave(ctx);
	}
	free(all);
}

/* ---- one that has moved -------------------------------------------------- */

void
ws_bus_begin(struct context *ctx)
{
	const struct exchange *x = ctx->exchange;
	struct websocket *w = ctx->websocket;

	if (!x->protocol->is_restored || !wants_bus(ctx))
		return;
	w->owes_replay = true;
	w->bus_number = x->restored->bus_number;
}

/* Returns how many messages behind this number are not in the ring. */
static uint64_t
count_missing(const struct context_pool *p, uint64_t number)
{
	uint64_t have = bus_ring_count_after(&p->bus.ring, number);
	uint64_t all = p->bus.seen > number ? p->bus.seen - number : 0;

	return all > have ? all - have : 0;
}

static void
tell_missing(struct context *ctx, const struct context_pool *p, uint64_t number)
{
	uint64_t missing = count_missing(p, number);

	/* Another master has counted it. */
	if (number < p->bus.base)
		call_on_lost(ctx, 0);
	else if (missing > 0)
		call_on_lost(ctx, missing);
}

/* What the module publishes in these calls comes back by the master, so the
 * ring does not change. */
static void
replay_ring(struct context *ctx, const struct context_pool *p, uint64_t number)
{
	uint64_t key = bus_key_of(ctx->instance);
	const struct bus_ring_entry *e;

	for (e = bus_ring_after(&p->bus.ring, number); e != NULL; e = e->next)
		if (e->head.key == key && wants_bus(ctx))
			call_on_published(ctx, &e->head, e->bytes, e->len);
}

bool
ws_bus_replay(struct context *ctx)
{
	struct prong_context *handle = ctx->handle;
	const struct context_pool *p = context_worker(ctx)->contexts;
	struct websocket *w = ctx->websocket;

	if (!w->owes_replay || !wants_bus(ctx) || p->bus.base == 0)
		return true;
	w->owes_replay = false;
	context_enter(ctx);
	tell_missing(ctx, p, w->bus_number);
	replay_ring(ctx, p, w->bus_number);
	context_leave(ctx);
	return context_find_live(p, handle) != NULL;
}

void
ws_bus_settle(struct prong_instance *i)
{
	unsigned count;
	struct prong_context **all = list_receivers(i, &count);
	struct context *ctx;

	for (unsigned k = 0; k < count; k++)
		if ((ctx = find_receiver(i, all[k])) != NULL)
			ws_bus_replay(ctx);
	free(all);
}

uint64_t
ws_bus_number(const struct context *ctx)
{
	const struct websocket *w = ctx->websocket;

	return w->owes_replay ? w->bus_number
			      : context_worker(ctx)->contexts->bus.seen;
}
