/*
 * One buffer is in the exchange's output while the next one is filled: a buffer
 * in the output may grow at its end, but must not move.
 * SPDX-License-Identifier: MIT
 */
#include "api/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/module_response.h"
#include "api/response_coding.h"
#include "api/stream_coding.h"
#include "api/ws_bus.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "conn/worker_state.h"
#include "serve/access_log.h"

enum {
	MOST = 1024 * 1024, /* bytes that may be queued */
	FIRST_SIZE = 1024,
};

/* ---- buffers ------------------------------------------------------------ */

static void
free_buffer(struct stream_buffer *b)
{
	free(b->bytes);
	*b = (struct stream_buffer){ 0 };
}

static void
append_bytes(struct stream_buffer *b, const void *bytes, size_t len)
{
	if (len > b->size - b->len) {
		b->size = (b->len + len) * 2;
		if (b->size < FIRST_SIZE)
			b->size = FIRST_SIZE;
		b->bytes = mem_realloc(b->bytes, b->size);
	}
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
}

/* ---- the life of a stream ----------------------------------------------- */

static void
complete_stream(struct stream *s)
{
	s->is_logged = true;
	response_end(s->ctx->exchange);
	context_complete(s->ctx);
}

/* Called when the output was sent: queues the next buffer. */
static void
on_stream_sent(struct context *ctx)
{
	const struct prong_instance *i = ctx->instance;
	struct stream *s = ctx->stream;
	struct stream_buffer sent = s->sending;

	s->sending = s->waiting;
	s->waiting = (struct stream_buffer){ 0 };
	s->before = 0;
	free_buffer(&sent);
	if (s->sending.len > 0) {
		output_add(ctx->exchange->output, s->sending.bytes,
			s->sending.len, NULL);
		return;
	}
	if (s->is_ended) {
		complete_stream(s);
		return;
	}
	if (ctx->websocket != NULL && !ws_bus_replay(ctx))
		return;
	if (!s->is_dirty || s->on_drain == NULL ||
		stream_coding_waiting(s) > 0 || s->is_ending)
		return;
	s->is_dirty = false;
	s->is_in_drain = true;
	instance_note_call(i, SLOT_CALL_STREAM);
	context_enter(ctx);
	s->on_drain(ctx->handle, s->on_drain_data);
	s->is_in_drain = false;
	context_leave(ctx);
	instance_end_call(i);
}

/* A streaming handler has no deadline; the client's is timeouts.write. */
static bool
on_stream_due(struct context *ctx)
{
	(void)ctx;
	return true;
}

struct stream *
stream_new(struct context *ctx)
{
	struct stream *s = mem_calloc(1, sizeof(*s));

	s->ctx = ctx;
	s->before = ctx->exchange->output->queued;
	ctx->stream = s;
	ctx->answer.is_answered = true;
	ctx->hooks.on_sent = on_stream_sent;
	ctx->hooks.on_due = on_stream_due;
	/* The head must be sent even if the exchange is not running. */
	exchange_resume(ctx->exchange);
	return s;
}

void
stream_free(struct context *ctx)
{
	struct stream *s = ctx->stream;

	if (s == NULL)
		return;
	ctx->stream = NULL;
	if (!s->is_logged) {
		access_log_cut(ctx->exchange);
		response_end(ctx->exchange);
	}
	deadline_cancel(&s->keepalive);
	stream_coding_free(s);
	if (s->sending.len > 0)
		exchange_adopt(ctx->exchange, s->sending.bytes, free);
	else
		free(s->sending.bytes);
	free(s->waiting.bytes);
	free(s);
}

void
stream_arm(struct stream *s, enum keepalive_wait wait)
{
	deadline_arm(&context_worker(s->ctx)->contexts->keepalive.waits[wait],
		&s->keepalive);
}

/* ---- writing ------------------------------------------------------------ */

/*
 * Counts the module's own bytes: earlier responses on the connection may be
 * queued as well.
 */
static size_t
count_queued(const struct stream *s)
{
	const struct output *o = s->ctx->exchange->output;
	uint64_t gone = o->sent > s->before ? o->sent : s->before;

	return (size_t)(o->queued - gone) + s->waiting.len +
	       stream_coding_waiting(s);
}

bool
stream_has_room(const struct stream *s, size_t len)
{
	size_t waits = count_queued(s);

	if (waits == 0 || (waits < MOST && len <= MOST - waits))
		return true;
	errno = ENOBUFS;
	return false;
}

void
stream_put(struct stream *s, const void *bytes, size_t len)
{
	struct exchange *x = s->ctx->exchange;
	struct stream_buffer *b = &s->sending;

	s->is_dirty = true;
	if (output_is_empty(x->output))
		exchange_resume(x);
	/* What on_drain writes is sent in the next turn, after other
	 * connections. */
	if (s->waiting.len > 0 || s->is_in_drain ||
		(b->len > 0 && len > b->size - b->len)) {
		append_bytes(&s->waiting, bytes, len);
		return;
	}
	append_bytes(b, bytes, len);
	if (b->len == len)
		output_add(x->output, b->bytes, len, NULL);
	else
		output_extend(x->output, len);
}

/* Frames a chunk (RFC 9112 7.1). */
void
stream_put_raw(struct stream *s, const void *bytes, size_t len)
{
	char size[2 * sizeof(len) + 3];

	s->content += len;
	if (s->is_chunked)
		stream_put(s, size, (size_t)sprintf(size, "%zx\r\n", len));
	stream_put(s, bytes, len);
	if (s->is_chunked)
		stream_put(s, "\r\n", 2);
}

void
stream_put_part(struct stream *s, const void *bytes, size_t len)
{
	if (s->coding != NULL)
		stream_coding_put(s, bytes, len);
	else
		stream_put_raw(s, bytes, len);
	if (s->is_sse)
		stream_arm(s, KEEPALIVE_COMMENT);
}

void
stream_end(struct stream *s)
{
	static const char last[] = "0\r\n\r\n";

	if (s->is_ended)
		return;
	if (s->is_chunked)
		stream_put(s, last, sizeof(last) - 1);
	s->is_ended = true;
	deadline_cancel(&s->keepalive);
	if (output_is_empty(s->ctx->exchange->output) && s->waiting.len == 0)
		complete_stream(s);
}

/* What waits to be compressed takes more turns. */
static void
finish_stream(struct stream *s)
{
	if (s->coding == NULL) {
		stream_end(s);
		return;
	}
	deadline_cancel(&s->keepalive);
	stream_coding_end(s);
}

void
stream_stop(struct stream *s)
{
	if (s->is_ended)
		return;
	s->was_stopped = true;
	s->ctx->answer.end_reason = PRONG_STOPPED;
	s->ctx->exchange->closes = true;
	finish_stream(s);
}

/* A response to HEAD has the fields and needs no compressor. */
static void
compress_stream(struct stream *s, int status, struct span type)
{
	enum coding coding =
		response_coding_choose(s->ctx, status, type, INT64_MAX);

	if (coding == CODING_IDENTITY)
		return;
	if (s->ctx->exchange->request.method != METHOD_HEAD) {
		s->coding = stream_coding_new(s->ctx, coding);
		if (s->coding == NULL)
			return;
	}
	if (!response_coding_mark(s->ctx, coding))
		stream_coding_free(s);
}

/* ---- prong.h ------------------------------------------------------------ */

int
prong_stream(struct prong_context *handle, int status, const char *type)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct exchange *x;
	struct stream *s;

	if (ctx == NULL)
		return -1;
	if (type == NULL)
		type = "application/octet-stream";
	if (status < 200 || status > 599 || !module_response_is_type(ctx, type))
		return context_misuse(ctx, __func__,
			"the status is not one of 200 to 599, or the type is "
			"not a media type");
	x = ctx->exchange;
	s = stream_new(ctx);
	module_response_head(ctx, status);
	if (ctx->instance->codings != 0)
		compress_stream(s, status, span_of(type));
	s->is_silent =
		!response_begin(x, &(struct response){ .status = status,
					   .type = span_of(type),
					   .fields = ctx->answer.fields });
	s->is_chunked = !s->is_silent && x->is_chunked;
	s->is_ended = s->is_silent;
	/* Outside of the request's functions the context outlives this call,
	 * for those that write and finish the stream: until its head is sent.
	 */
	if (s->is_silent && ctx->depth > 0)
		complete_stream(s);
	else
		context_hold(ctx);
	return 0;
}

/* Returns the stream that may be written to; NULL with errno. */
static struct stream *
find_open_stream(struct prong_context *handle, const char *function)
{
	struct context *ctx = context_find(handle, function);
	struct stream *s;

	if (ctx == NULL)
		return NULL;
	s = ctx->stream;
	if (s == NULL || s->is_tunnel)
		context_misuse(ctx, function, "call prong_stream() first");
	else if (s->was_stopped)
		errno = EPIPE;
	else if ((s->is_ended || s->is_ending) && !s->is_silent)
		context_misuse(
			ctx, function, "it was called after prong_finish()");
	else
		return s;
	return NULL;
}

int
prong_write(struct prong_context *handle, const void *bytes, size_t len)
{
	struct stream *s = find_open_stream(handle, __func__);

	if (s == NULL)
		return -1;
	if (bytes == NULL && len > 0)
		return context_misuse(s->ctx, __func__, "bytes is NULL");
	if (context_check_length(s->ctx, __func__, len) == -1)
		return -1;
	if (len == 0 || s->is_silent)
		return 0;
	if (!stream_has_room(s, len))
		return -1;
	stream_put_part(s, bytes, len);
	return 0;
}

int64_t
stream_sent(const struct stream *s)
{
	size_t waits = count_queued(s);

	return s->content < waits ? 0 : (int64_t)(s->content - waits);
}

size_t
prong_queued(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL || ctx->stream == NULL)
		return 0;
	return count_queued(ctx->stream);
}

int
prong_on_drain(struct prong_context *handle,
	void (*f)(struct prong_context *, void *data), void *data)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return -1;
	if (ctx->stream == NULL)
		return context_misuse(
			ctx, __func__, "call prong_stream() first");
	ctx->stream->on_drain = f;
	ctx->stream->on_drain_data = data;
	return 0;
}

int
prong_finish(struct prong_context *handle)
{
	struct stream *s = find_open_stream(handle, __func__);

	if (s == NULL)
		return -1;
	if (!s->is_ended)
		finish_stream(s);
	return 0;
}
