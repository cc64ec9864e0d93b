/*
 * conn/migrate.c asks for the state at the end of each turn until the WebSocket
 * is between two messages.
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_move.h"

#include <string.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/stream.h"
#include "api/ws.h"
#include "api/ws_bus.h"
#include "api/ws_deflate.h"
#include "api/ws_private.h"
#include "common/container_of.h"
#include "conn/conn.h"
#include "conn/conn_record.h"
#include "conn/exchange.h"
#include "conn/peer.h"
#include "conn/worker_state.h"

_Static_assert((int)PRONG_WS_STATE == (int)CONN_RECORD_STATE, "one limit");

static struct context *
context_of_move(const struct migrate_websocket *m)
{
	return container_of(m, struct websocket, move)->ctx;
}

/* ---- leaving ------------------------------------------------------------- */

/* True when nothing of a message or of the output is in this process, and no
 * work that the module waits for. */
static bool
is_idle(const struct context *ctx)
{
	const struct websocket *w = ctx->websocket;
	const struct exchange *x = ctx->exchange;

	return !w->is_closing && !w->rests && ctx->depth == 0 &&
	       !ctx->answer.is_complete && !ctx->answer.is_aborted &&
	       !ctx->is_ending && x->phase == EXCHANGE_TUNNEL &&
	       x->conn->state == CONN_TUNNEL && x->conn->input.used == 0 &&
	       output_is_empty(x->output) && ctx->stream->waiting.len == 0 &&
	       !ctx->stream->is_ended && ctx->works.first == NULL &&
	       websocket_reader_is_idle(&w->reader);
}

static void
write_record(const struct context *ctx, struct conn_record_websocket *r,
	struct span state)
{
	const struct exchange *x = ctx->exchange;
	const char *protocol = ctx->websocket->protocol;

	*r = (struct conn_record_websocket){
		.requests = x->conn->requests,
		.state_version = ctx->websocket->calls.state_version,
		.began_ns = x->stats.began_ns,
		.bus_number = ws_bus_number(ctx),
		.window_bits = ctx->websocket->window_bits,
		.head = { x->request.head, x->request.head_len },
		.request_id = x->request_id,
		.protocol = span_of(protocol == NULL ? "" : protocol),
		.state = state,
	};
}

/* Calls on_save.  Returns its result, or -2 if it has ended the context. */
static int
call_on_save(struct context *ctx, char *state)
{
	const struct context_pool *pool = context_worker(ctx)->contexts;
	const struct prong_instance *i = ctx->instance;
	struct websocket *w = ctx->websocket;
	struct prong_context *handle = ctx->handle;
	int len;

	instance_note_call(i, SLOT_CALL_WEBSOCKET);
	context_enter(ctx);
	len = w->calls.on_save(handle, state, PRONG_WS_STATE, w->data);
	context_leave(ctx);
	instance_end_call(i);
	return context_find_live(pool, handle) == NULL ? -2 : len;
}

static enum migrate_answer
save_websocket(struct migrate_websocket *m, struct conn_record_websocket *r,
	char *state)
{
	struct context *ctx = context_of_move(m);
	int len;

	if (ctx->websocket->is_closing)
		return MIGRATE_IS_GONE;
	if (!is_idle(ctx))
		return MIGRATE_WAITS;
	len = call_on_save(ctx, state);
	if (len == -2 || ctx->websocket->is_closing)
		return MIGRATE_IS_GONE;
	if (ctx->answer.is_aborted)
		return MIGRATE_WAITS;
	if (len < 0)
		return MIGRATE_NEVER;
	if (len > PRONG_WS_STATE || !is_idle(ctx)) {
		context_misuse(ctx, "on_save",
			"it returned more than its size, sent a message or "
			"started work");
		return MIGRATE_NEVER;
	}
	write_record(ctx, r, (struct span){ state, (size_t)len });
	return r->protocol.len > CONN_RECORD_PROTOCOL ? MIGRATE_NEVER
						      : MIGRATE_SAVED;
}

/* The other worker calls on_close and logs the response, in the end. */
static void
on_moved(struct migrate_websocket *m)
{
	struct context *ctx = context_of_move(m);

	ctx->websocket->has_moved = true;
	ctx->websocket->has_told = true;
	ctx->stream->is_logged = true;
}

static void
on_go_away(struct migrate_websocket *m)
{
	ws_go_away(context_of_move(m));
}

static const struct migrate_calls calls = {
	.save = save_websocket,
	.on_moved = on_moved,
	.go_away = on_go_away,
};

bool
ws_has_moved(const struct context *ctx)
{
	return ctx->websocket != NULL && ctx->websocket->has_moved;
}

/* The keys of a TLS connection, and other streams of HTTP/2, stay here. */
static bool
can_move(const struct context *ctx)
{
	const struct exchange *x = ctx->exchange;

	return x->worker->migrate.is_on &&
	       ctx->websocket->calls.on_save != NULL && x->conn != NULL &&
	       x->stream == NULL && x->conn->tls == NULL && x->is_counted;
}

void
ws_drain(struct context *ctx)
{
	struct websocket *w = ctx->websocket;

	if (w == NULL || w->is_closing)
		return;
	if (!can_move(ctx)) {
		ws_go_away(ctx);
		return;
	}
	w->move.exchange = ctx->exchange;
	w->move.calls = &calls;
	migrate_add(ctx->exchange->worker, &w->move);
}

/* ---- arriving ------------------------------------------------------------ */

bool
ws_is_same_protocol(const struct context *ctx, const char *protocol)
{
	const struct exchange *x = ctx->exchange;

	return !x->protocol->is_restored ||
	       span_is(x->restored->protocol,
		       span_of(protocol == NULL ? "" : protocol));
}

bool
ws_has_codec(const struct context *ctx)
{
	const struct exchange *x = ctx->exchange;
	char name[PEER_NAME];

	if (!x->protocol->is_restored || x->restored->window_bits == 0 ||
		ws_deflate_is_supported())
		return true;
	peer_name(&x->conn->peer.any, name);
	log_warnx(&x->worker->log,
		"closed %s: a WebSocket with permessage-deflate was handed "
		"over, and this build has no zlib",
		name);
	return false;
}

const void *
prong_ws_restored(struct prong_context *handle, size_t *len, unsigned *version)
{
	struct context *ctx = context_find(handle, __func__);
	const struct conn_record_websocket *r;

	if (ctx == NULL || !ctx->exchange->protocol->is_restored)
		return NULL;
	r = ctx->exchange->restored;
	if (len != NULL)
		*len = r->state.len;
	if (version != NULL)
		*version = r->state_version;
	return r->state.at;
}
