/*
 * A WebSocket is a stream together with a frame reader.
 *
 *   OPEN -> CLOSING -> ENDED   a close frame was sent and the peer's is awaited
 *   OPEN ------------> ENDED   the peer closed or failed, and was answered
 *
 * In ENDED the queued output is still sent, then the connection closes.
 * SPDX-License-Identifier: MIT
 */
#include "api/ws.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/abi2.h"
#include "api/context.h"
#include "api/handshake.h"
#include "api/instance.h"
#include "api/module_response.h"
#include "api/module_table.h"
#include "api/stream.h"
#include "api/websocket.h"
#include "api/ws_bus.h"
#include "api/ws_deflate.h"
#include "api/ws_extension.h"
#include "api/ws_move.h"
#include "api/ws_private.h"
#include "common/mem.h"
#include "conn/conn_record.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/response.h"
#include "conn/worker_state.h"
#include "serve/error_page.h"

enum {
	MESSAGE_MOST = 1024 * 1024,
	/* frames per turn, so that other connections are served */
	AT_ONCE = 64,
};

/* ---- callbacks ----------------------------------------------------------- */

static void
call_on_close(struct context *ctx, int code)
{
	const struct prong_instance *i = ctx->instance;
	struct websocket *w = ctx->websocket;

	if (w->has_told)
		return;
	w->has_told = true;
	if (w->calls.on_close == NULL)
		return;
	instance_note_call(i, SLOT_CALL_WEBSOCKET);
	context_enter(ctx);
	w->calls.on_close(ctx->handle, code, w->data);
	context_leave(ctx);
	instance_end_call(i);
}

static void
call_on_message(struct context *ctx, const struct websocket_event *e)
{
	const struct prong_instance *i = ctx->instance;
	struct websocket *w = ctx->websocket;

	if (w->is_closing || w->calls.on_message == NULL)
		return;
	instance_note_call(i, SLOT_CALL_WEBSOCKET);
	w->calls.on_message(ctx->handle,
		e->opcode == WEBSOCKET_TEXT ? PRONG_WS_TEXT : PRONG_WS_BINARY,
		e->content.at, e->content.len, w->data);
	instance_end_call(i);
}

void
ws_tell_gone(struct context *ctx)
{
	if (ctx->websocket != NULL)
		call_on_close(ctx, WEBSOCKET_ABNORMAL);
}

void
ws_free(struct context *ctx)
{
	if (ctx->websocket == NULL)
		return;
	migrate_remove(&ctx->websocket->move);
	websocket_reader_fini(&ctx->websocket->reader);
	free(ctx->websocket);
	ctx->websocket = NULL;
}

/* ---- frames ------------------------------------------------------------- */

static void
put_frame(struct context *ctx, enum websocket_opcode opcode, const void *bytes,
	size_t len)
{
	uint8_t head[WEBSOCKET_HEAD];

	stream_put(ctx->stream, head, websocket_head(head, opcode, len));
	if (len > 0)
		stream_put(ctx->stream, bytes, len);
}

static void
put_message(struct context *ctx, enum websocket_opcode opcode,
	const void *bytes, size_t len)
{
	unsigned window_bits = ctx->websocket->window_bits;
	uint8_t head[WEBSOCKET_HEAD];
	const char *small;
	size_t n = 0, head_len;

	if (window_bits > 0)
		n = ws_deflate_message(&context_worker(ctx)->contexts->deflate,
			window_bits, bytes, len, &small);
	if (n == 0) {
		put_frame(ctx, opcode, bytes, len);
		return;
	}
	head_len = websocket_head(head, opcode, n);
	head[0] |= WEBSOCKET_COMPRESSED;
	stream_put(ctx->stream, head, head_len);
	stream_put(ctx->stream, small, n);
}

/* Queues a close frame (RFC 6455 5.5.1). */
static void
put_close(struct context *ctx, int code, struct span reason)
{
	char content[WEBSOCKET_CONTROL] = { (char)(code >> 8), (char)code };

	ctx->websocket->is_closing = true;
	migrate_remove(&ctx->websocket->move);
	if (reason.len > 0)
		memcpy(content + 2, reason.at, reason.len);
	put_frame(ctx, WEBSOCKET_CLOSE, content,
		code == WEBSOCKET_NO_CODE ? 0 : 2 + reason.len);
}

static void
begin_close(struct context *ctx, int code, struct span reason)
{
	put_close(ctx, code, reason);
	stream_arm(ctx->stream, KEEPALIVE_CLOSE);
}

/*
 * Handles the peer's close frame. The code of the close is that of the first
 * close frame received (RFC 6455 7.1.5); ours echoes it.
 */
static void
handle_close(struct context *ctx, const struct websocket_event *e)
{
	if (!ctx->websocket->is_closing)
		put_close(ctx, e->code, SPAN(""));
	call_on_close(ctx, e->code);
	stream_end(ctx->stream);
}

static void
handle_error(struct context *ctx, const struct websocket_event *e)
{
	if (!ctx->websocket->is_closing)
		put_close(ctx, e->code, SPAN(""));
	call_on_close(ctx, WEBSOCKET_ABNORMAL);
	stream_end(ctx->stream);
}

static void
handle_control(struct context *ctx, const struct websocket_event *e)
{
	if (e->opcode == WEBSOCKET_CLOSE)
		handle_close(ctx, e);
	else if (e->opcode == WEBSOCKET_PING && !ctx->websocket->is_closing)
		put_frame(ctx, WEBSOCKET_PONG, e->content.at, e->content.len);
}

static void
handle_event(struct context *ctx, const struct websocket_event *e)
{
	switch (e->what) {
	case WEBSOCKET_GOT_NOTHING:
		break;
	case WEBSOCKET_GOT_MESSAGE:
		call_on_message(ctx, e);
		break;
	case WEBSOCKET_GOT_CONTROL:
		handle_control(ctx, e);
		break;
	case WEBSOCKET_GOT_ERROR:
		handle_error(ctx, e);
		break;
	}
}

/*
 * Reads frames, at most AT_ONCE: a message may cost the module far more than
 * its bytes.  Those that are compressed may be a thousand times as large.
 */
static size_t
read_frames(struct context *ctx, struct span bytes)
{
	struct websocket *w = ctx->websocket;
	struct span rest = bytes;
	struct websocket_event e;
	size_t used, inflated = 0;

	for (int i = 0;
		i < AT_ONCE && rest.len > 0 && inflated < WEBSOCKET_INFLATED;
		i++) {
		used = websocket_read(&w->reader, rest, &e);
		inflated += w->reader.inflated;
		rest.at += used;
		rest.len -= used;
		handle_event(ctx, &e);
	}
	return bytes.len - rest.len;
}

/*
 * Called by the stream with the bytes received; the reader keeps incomplete
 * frames. Returns the number consumed.
 */
static size_t
on_websocket_bytes(struct context *ctx, struct span bytes)
{
	struct websocket *w = ctx->websocket;
	struct exchange *x = ctx->exchange;
	size_t used;

	if (w->rests && x->protocol->will_resume(x))
		return 0;
	context_enter(ctx);
	if (!w->is_closing)
		stream_arm(ctx->stream, KEEPALIVE_PING);
	used = read_frames(ctx, bytes);
	w->rests = used < bytes.len;
	if (w->rests)
		exchange_resume(x);
	context_leave(ctx);
	return used;
}

/* ---- timeouts ----------------------------------------------------------- */

void
ws_on_ping_due(struct deadline *d)
{
	struct stream *s = stream_of_keepalive(d);

	/* timeouts.write limits a peer that does not take the output. */
	if (!output_is_empty(s->ctx->exchange->output)) {
		stream_arm(s, KEEPALIVE_PING);
		return;
	}
	put_frame(s->ctx, WEBSOCKET_PING, NULL, 0);
	stream_arm(s, KEEPALIVE_PONG);
}

void
ws_on_pong_due(struct deadline *d)
{
	struct exchange *x = stream_of_keepalive(d)->ctx->exchange;

	x->protocol->close(x, "no pong was received");
}

/* Called when the peer has not answered a close frame; it may have vanished. */
void
ws_on_close_due(struct deadline *d)
{
	struct context *ctx = stream_of_keepalive(d)->ctx;

	/* The peer may not have received the close frame: timeouts.write
	 * applies. */
	if (!output_is_empty(ctx->exchange->output)) {
		stream_arm(ctx->stream, KEEPALIVE_CLOSE);
		return;
	}
	context_enter(ctx);
	call_on_close(ctx, WEBSOCKET_ABNORMAL);
	stream_end(ctx->stream);
	context_leave(ctx);
}

void
ws_go_away(struct context *ctx)
{
	if (ctx->websocket != NULL && !ctx->websocket->is_closing)
		begin_close(ctx, WEBSOCKET_GOING_AWAY, SPAN(""));
}

void
ws_force_end(struct context *ctx)
{
	if (ctx->websocket != NULL && !ctx->websocket->is_closing)
		put_close(ctx, WEBSOCKET_GOING_AWAY, SPAN(""));
}

/* ---- prong.h ------------------------------------------------------------ */

static int
refuse_handshake(struct context *ctx, int status)
{
	/* A 426 names the protocol and version (RFC 9110 15.5.22, RFC 6455
	 * 4.4). */
	struct span fields = SPAN("Upgrade: websocket\r\n"
				  "Connection: Upgrade\r\n"
				  "Sec-WebSocket-Version: 13\r\n");

	if (status == 400)
		exchange_log_refusal(ctx->exchange, status,
			"a WebSocket handshake that RFC 6455 4.2.1 or RFC 8441 "
			"forbids");
	module_response_head(ctx, status);
	if (ctx->answer.fields.len > 0)
		exchange_add_fields(ctx->exchange, ctx->answer.fields);
	error_page_send(
		ctx->exchange, status, status == 426 ? fields : SPAN(""));
	context_complete(ctx);
	errno = EPROTO;
	return -1;
}

/* Returns the window that the worker that had it before has negotiated, or the
 * one that the client and the route permit; 0: no permessage-deflate. */
static unsigned
choose_window(const struct context *ctx)
{
	const struct exchange *x = ctx->exchange;

	if (!ws_deflate_is_supported())
		return 0;
	if (x->protocol->is_restored)
		return x->restored->window_bits;
	return ctx->instance->conf->module.websocket_compress
		       ? ws_extension_choose(&x->request)
		       : 0;
}

static struct span
format_handshake_fields(
	struct context *ctx, const struct handshake *h, unsigned window_bits)
{
	char extension[WS_EXTENSION_FIELD];
	const char *protocol = h->protocol;
	bool has_accept = h->accept[0] != '\0';

	ws_extension_format(extension, window_bits);
	return arena_printf(&ctx->exchange->arena, "%s%s%s%s%s%s%s%.*s",
		has_accept ? "Sec-WebSocket-Accept: " : "", h->accept,
		has_accept ? "\r\n" : "",
		protocol == NULL ? "" : "Sec-WebSocket-Protocol: ",
		protocol == NULL ? "" : protocol,
		protocol == NULL ? "" : "\r\n", extension,
		(int)ctx->answer.fields.len,
		ctx->answer.fields.len == 0 ? "" : ctx->answer.fields.at);
}

static void
open_websocket(struct context *ctx, const struct prong_ws *calls, void *data)
{
	struct websocket *w = mem_calloc(1, sizeof(*w));

	websocket_reader_init(&w->reader,
		calls->message_most == 0 ? MESSAGE_MOST : calls->message_most);
	w->reader.memory = exchange_body_memory(ctx->exchange);
	w->ctx = ctx;
	w->calls = *calls;
	w->data = data;
	ctx->websocket = w;
	ctx->hooks.on_bytes = on_websocket_bytes;
	ctx->minds_eof = true;
	stream_new(ctx)->is_tunnel = true;
	context_hold(ctx);
	stream_arm(ctx->stream, KEEPALIVE_PING);
}

int
prong_ws_accept_sized(size_t size, struct prong_context *handle,
	const struct prong_ws *calls, void *data)
{
	struct context *ctx = context_find_open(handle, "prong_ws_accept");
	struct handshake h;
	struct prong_ws own;
	unsigned window_bits;
	int status;

	if (ctx == NULL)
		return -1;
	if (calls == NULL || !module_table_copy(&own, sizeof(own), calls, size))
		return context_misuse(ctx, "prong_ws_accept",
			"the struct prong_ws is NULL, or has members that "
			"this server does not know");
	status = handshake_check(&ctx->exchange->request, own.protocols, &h);
	if (status == 0 &&
		(!ws_is_same_protocol(ctx, h.protocol) || !ws_has_codec(ctx)))
		status = 426;
	if (status != 0)
		return refuse_handshake(ctx, status);
	module_response_head(ctx, ctx->exchange->protocol->switch_status);
	window_bits = choose_window(ctx);
	response_switch(
		ctx->exchange, format_handshake_fields(ctx, &h, window_bits));
	open_websocket(ctx, &own, data);
	ctx->websocket->protocol = h.protocol;
	ctx->websocket->window_bits = window_bits;
	ctx->websocket->reader.takes_deflate = window_bits > 0;
	ws_bus_begin(ctx);
	if (ctx->instance->is_draining)
		ws_drain(ctx);
	return 0;
}

/* Called by modules of PRONG_ABI 2. */
#undef prong_ws_accept
int
prong_ws_accept(
	struct prong_context *handle, const struct prong_ws *calls, void *data)
{
	return prong_ws_accept_sized(
		sizeof(struct abi2_ws), handle, calls, data);
}

/* Returns the context when another frame may be sent; NULL with errno. */
static struct context *
find_open_websocket(struct prong_context *handle, const char *function)
{
	struct context *ctx = context_find(handle, function);

	if (ctx == NULL)
		return NULL;
	if (ctx->websocket == NULL) {
		context_misuse(ctx, function, "call prong_ws_accept() first");
		return NULL;
	}
	if (!ctx->websocket->is_closing)
		return ctx;
	/* EPIPE is not logged: the module cannot know of the close yet. */
	errno = EPIPE;
	return NULL;
}

int
prong_ws_send(struct prong_context *handle, enum prong_ws_kind kind,
	const void *bytes, size_t len)
{
	struct context *ctx = find_open_websocket(handle, __func__);

	if (ctx == NULL)
		return -1;
	if ((kind != PRONG_WS_TEXT && kind != PRONG_WS_BINARY) ||
		(bytes == NULL && len > 0))
		return context_misuse(ctx, __func__,
			"the kind is not known, or the bytes are NULL");
	if (context_check_length(ctx, __func__, len) == -1)
		return -1;
	if (kind == PRONG_WS_TEXT && !utf8_is_valid(bytes, len))
		return context_misuse(
			ctx, __func__, "the text is not valid UTF-8");
	if (!stream_has_room(ctx->stream, len))
		return -1;
	put_message(ctx,
		kind == PRONG_WS_TEXT ? WEBSOCKET_TEXT : WEBSOCKET_BINARY,
		bytes, len);
	return 0;
}

int
prong_ws_close(struct prong_context *handle, int code, const char *reason)
{
	struct context *ctx = find_open_websocket(handle, __func__);
	struct span text = span_of(reason == NULL ? "" : reason);

	if (ctx == NULL)
		return -1;
	if (!websocket_is_code(code))
		return context_misuse(ctx, __func__,
			"the code is not allowed in a close frame (RFC 6455 "
			"7.4)");
	if (text.len > WEBSOCKET_REASON || !utf8_is_valid(text.at, text.len))
		return context_misuse(ctx, __func__,
			"the reason is longer than 123 bytes or not UTF-8");
	begin_close(ctx, code, text);
	return 0;
}
