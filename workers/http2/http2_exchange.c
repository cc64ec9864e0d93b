/*
 * What an exchange asks of the stream that carries it.  All of it is noted, and
 * done when the stream is served.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/run_queue.h"
#include "file/file.h"
#include "http2/http2.h"

static void
set_head(struct http2_stream *s, struct http2_fields head)
{
	s->head = head;
	s->has_head = true;
	http2_stream_put_ready(s);
}

/* A 2xx would say that the WebSocket is open (RFC 9110 9.3.6). */
static bool
must_not_succeed(const struct exchange *x, int status)
{
	return x->request.is_websocket && status / 100 == 2;
}

static void
send_head(struct exchange *x, const struct response_head *h)
{
	struct response_head head = *h;

	if (must_not_succeed(x, h->status))
		head.status = 501;
	set_head(x->stream, http2_response_fields(x, &head));
}

static bool
send_file_head(struct exchange *x, struct file *f)
{
	if (must_not_succeed(x, 200)) {
		x->is_cut = true;
		http2_stream_put_ready(x->stream);
		return false;
	}
	x->stream->file = file_ref(f);
	set_head(x->stream, http2_response_file_fields(x, f));
	return false;
}

static void
send_interim(struct exchange *x, int status, struct span fields)
{
	if (x->stream->is_closed)
		return;
	http2_add_interim(x->stream, http2_response_lines(x, status, fields));
	http2_submit_interim(x->stream);
	http2_stream_put_ready(x->stream);
}

static void
send_switch(struct exchange *x, struct span fields)
{
	set_head(x->stream, http2_response_lines(x, 200, fields));
}

static bool
is_last_response(const struct exchange *x)
{
	(void)x;
	return false;
}

static void
end_stream(struct exchange *x)
{
	http2_stream_put_ready(x->stream);
}

static void
resume_stream(struct exchange *x)
{
	http2_stream_put_ready(x->stream);
	run_queue_add(x->conn);
}

static bool
will_resume_stream(const struct exchange *x)
{
	return x->stream->is_ready;
}

/* The stream is freed at the end of a turn. */
static void
close_stream(struct exchange *x, const char *why)
{
	struct http2_stream *s = x->stream;

	(void)why;
	exchange_abandon(x, EXCHANGE_GONE);
	if (!s->is_closed)
		http2_submit_reset(s, HTTP2_INTERNAL_ERROR);
	s->is_reset = true;
	resume_stream(x);
}

static int64_t
handler_since(const struct exchange *x)
{
	const struct http2_stream *s = x->stream;

	return s->wait == HTTP2_WAIT_HANDLER ? s->deadline.since : -1;
}

const struct exchange_protocol http2_protocol = {
	.switch_status = 200,
	.is_single = true,
	.send_head = send_head,
	.send_file_head = send_file_head,
	.send_interim = send_interim,
	.send_switch = send_switch,
	.is_last = is_last_response,
	.on_end = end_stream,
	.resume = resume_stream,
	.will_resume = will_resume_stream,
	.close = close_stream,
	.handler_since = handler_since,
	.doing = exchange_doing,
};
