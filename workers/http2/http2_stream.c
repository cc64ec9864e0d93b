/*
 * A stream and its exchange.  What comes while the library reads is only noted;
 * requests are served at the end of the read, so that a stream that is reset in
 * the same read costs no request.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"
#include "common/slot.h"
#include "conn/body_memory.h"
#include "conn/conn.h"
#include "conn/end_reason.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/inflight.h"
#include "conn/readahead.h"
#include "conn/run_queue.h"
#include "conn/worker_state.h"
#include "file/file.h"
#include "file/output.h"
#include "http2/http2.h"
#include "http2/http2_balance.h"

enum { INSERTED = 2 }; /* runs that output_insert() adds at most */

static struct worker *
worker_of(const struct http2_stream *s)
{
	return s->http2->conn->worker;
}

/* ---- beginning and end --------------------------------------------------- */

static void
link_stream(struct http2_stream *s)
{
	struct http2 *h = s->http2;

	s->next = h->streams;
	s->link = &h->streams;
	if (s->next != NULL)
		s->next->link = &s->next;
	h->streams = s;
	h->nstreams++;
	http2_load_add(h);
	http2_counters_of(h)->streams++;
	worker_of(s)->slot->gauges.http2_streams++;
}

static void
unlink_stream(struct http2_stream *s)
{
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	s->http2->nstreams--;
	if (s->http2->sending == s)
		s->http2->sending = NULL;
	worker_of(s)->slot->gauges.http2_streams--;
}

struct http2_stream *
http2_stream_new(struct http2 *h, uint32_t id)
{
	struct conn *c = h->conn;
	struct worker *w = c->worker;
	struct http2_stream *s;

	if (h->nstreams >= (size_t)w->conf->limits.streams)
		return NULL;
	s = small_pool_get(&w->exchanges.small, sizeof(*s));
	assert(s != NULL);
	*s = (struct http2_stream){
		.http2 = h, .id = id, .length = REQUEST_NO_LENGTH
	};
	output_init_small(
		&s->output, OUTPUT_ROOM + INSERTED, &w->exchanges.small);
	s->output.clock = w->disk == NULL ? NULL : &w->now_ms;
	s->exchange =
		exchange_new(w, &http2_protocol, &s->output, &c->peer.any);
	s->exchange->conn = c;
	s->exchange->stream = s;
	s->exchange->is_admin = c->is_admin;
	s->exchange->is_counted = c->is_counted;
	s->exchange->is_tls = s->exchange->is_https = c->is_tls;
	s->exchange->keeps_head = true;
	link_stream(s);
	return s;
}

static void
remove_ready(struct http2_stream *s)
{
	struct http2 *h = s->http2;
	struct http2_stream **link = &h->ready;

	if (!s->is_ready)
		return;
	while (*link != s)
		link = &(*link)->next_ready;
	*link = s->next_ready;
	if (h->last_ready == &s->next_ready)
		h->last_ready = link;
	s->is_ready = false;
}

/* All was handed over, or is not wanted: the memory is not kept. */
static void
drop_content(struct http2_stream *s)
{
	body_memory_change(&worker_of(s)->exchanges.bodies, s->content.size, 0);
	free(s->content.at);
	s->content = (struct http2_text){ 0 };
	s->content_at = 0;
}

void
http2_stream_free(struct http2_stream *s)
{
	/* Its handler, which is told, may still ask to be resumed. */
	exchange_free(s->exchange);
	remove_ready(s);
	deadline_cancel(&s->deadline);
	inflight_forget(worker_of(s), &s->inflight);
	/* It was received, and still takes from the connection's window. */
	http2_consume_dropped(s->http2, s->content.len - s->content_at);
	unlink_stream(s);
	file_unref(s->file);
	output_shrink(&s->output);
	drop_content(s);
	small_pool_put(&worker_of(s)->exchanges.small, s);
}

static void
note_reset(struct http2_stream *s)
{
	if (!s->is_reset && s->exchange->end_reason == END_OK)
		s->exchange->end_reason =
			(uint8_t)end_reason_of(SLOT_REFUSED_CLIENT_GONE);
	s->is_reset = true;
}

void
http2_stream_close(struct http2_stream *s, bool is_reset)
{
	s->is_closed = true;
	if (is_reset)
		note_reset(s);
	if (s->http2->in_block == s)
		s->http2->in_block = NULL;
}

void
http2_stream_refuse(struct http2_stream *s, const char *rule)
{
	if (s->is_reset)
		return;
	http2_report_malformed(s->http2, rule);
	http2_submit_reset(s, HTTP2_PROTOCOL_ERROR);
	note_reset(s);
}

void
http2_stream_put_ready(struct http2_stream *s)
{
	struct http2 *h = s->http2;

	if (s->is_ready)
		return;
	s->is_ready = true;
	s->next_ready = NULL;
	*h->last_ready = s;
	h->last_ready = &s->next_ready;
}

/* ---- input --------------------------------------------------------------- */

void
http2_stream_take_head(struct http2_stream *s, int status)
{
	s->status = status;
	s->http2->last_id = s->id;
	http2_stream_put_ready(s);
}

/* The flow-control window limits it; it is accounted for so that the bodies of
 * other requests leave room. */
static void
resize_content(struct http2_stream *s, size_t size)
{
	struct http2_text *t = &s->content;

	body_memory_change(&worker_of(s)->exchanges.bodies, t->size, size);
	t->at = mem_realloc(t->at, size);
	t->size = size;
}

void
http2_stream_take_content(struct http2_stream *s, struct span bytes)
{
	struct http2_text *t = &s->content;

	if (t->size - t->len < bytes.len)
		resize_content(s, t->len + bytes.len + t->len / 2);
	memcpy(t->at + t->len, bytes.at, bytes.len);
	t->len += bytes.len;
	http2_stream_put_ready(s);
}

bool
http2_stream_count_content(struct http2_stream *s, size_t len)
{
	s->received += len;
	if (s->length == REQUEST_NO_LENGTH ||
		s->received <= (uint64_t)s->length)
		return true;
	http2_stream_refuse(s, "content beyond its Content-Length");
	return false;
}

void
http2_stream_end_input(struct http2_stream *s)
{
	if (s->length != REQUEST_NO_LENGTH &&
		s->received != (uint64_t)s->length)
		http2_stream_refuse(s, "content short of its Content-Length");
	s->is_ended = true;
	http2_stream_put_ready(s);
}

static void
take_content(struct exchange *x, struct span content)
{
	if (body_take_framed(&x->body, content.len) != 0)
		exchange_spoil(x, 400);
	else
		exchange_take_content(x, content);
}

/* Hands over what is there; true when the exchange took some. */
static bool
hand_content(struct http2_stream *s)
{
	struct exchange *x = s->exchange;
	struct span content;
	size_t used;

	if (s->content.len == 0 || x->is_paused || x->phase == EXCHANGE_HANDLE)
		return false;
	content = (struct span){ s->content.at + s->content_at,
		s->content.len - s->content_at };
	used = content.len;
	if (x->phase == EXCHANGE_TUNNEL)
		used = exchange_take_bytes(x, content);
	else if (x->phase == EXCHANGE_BODY)
		take_content(x, content);
	if (s->is_closed)
		http2_consume_dropped(s->http2, used);
	else
		http2_consume(s, used);
	s->progress += used;
	s->content_at += used;
	x->stats.counters->bytes_in += used;
	if (s->content_at == s->content.len)
		drop_content(s);
	return used > 0;
}

static void
begin_request(struct http2_stream *s)
{
	struct exchange *x = s->exchange;
	const struct request *r = &x->request;

	s->is_begun = true;
	s->http2->conn->requests++;
	request_stats_begin(x);
	if (s->status != 0) {
		exchange_refuse(x, s->status);
		return;
	}
	if ((!s->is_ended || s->content.len > 0) && !r->is_websocket)
		body_start_framed(&x->body, r->content_length);
	exchange_begin(x, s->content.len > 0);
}

/* RFC 8441 5: END_STREAM is the FIN of a TCP connection.  What is queued, as an
 * answer to the client's close frame, is sent before. */
static void
end_tunnel(struct http2_stream *s)
{
	struct exchange *x = s->exchange;

	if (x->phase != EXCHANGE_TUNNEL || x->handler == NULL || !s->is_ended ||
		s->content.len > 0 || !output_is_empty(&s->output))
		return;
	exchange_abandon(x, EXCHANGE_GONE);
	x->is_cut = false;
}

/* The content has come whole. */
static void
end_content(struct http2_stream *s)
{
	struct exchange *x = s->exchange;

	if (!s->is_ended || s->content.len > 0)
		return;
	if (x->phase == EXCHANGE_BODY && !body_is_done(&x->body))
		body_end_framed(&x->body);
	exchange_end_content(x);
}

/* ---- output -------------------------------------------------------------- */

bool
http2_stream_is_complete(const struct http2_stream *s)
{
	const struct exchange *x = s->exchange;

	return x->status != 0 && x->handler == NULL;
}

size_t
http2_stream_readable(struct http2_stream *s, size_t len)
{
	if (s->exchange->readahead != NULL)
		return 0;
	if (!output_is_empty(&s->output) &&
		!output_is_cached(&s->output, s->claimed)) {
		if (s->claimed == 0)
			readahead_fetch(s->exchange);
		return 0;
	}
	return output_borrow(
		&s->output, s->claimed, len, HTTP2_DATA_RUNS, NULL);
}

static void
submit_head(struct http2_stream *s)
{
	bool has_content =
		!http2_stream_is_complete(s) || !output_is_empty(&s->output);

	s->is_submitted = true;
	s->has_sent = true;
	http2_submit_response(s, has_content);
}

static void
send_ready(struct http2_stream *s)
{
	if (s->is_closed || s->is_reset)
		return;
	if (s->exchange->is_cut) {
		s->is_reset = true;
		http2_submit_reset(s, HTTP2_INTERNAL_ERROR);
		return;
	}
	if (s->has_head && !s->is_submitted)
		submit_head(s);
	else if (s->is_deferred)
		http2_resume(s);
	/* RFC 9113 8.1: the rest of the request is not needed. */
	if (s->has_end && !s->is_ended && s->exchange->phase == EXCHANGE_LAST) {
		s->is_reset = true;
		http2_submit_reset(s, HTTP2_NO_ERROR);
	}
}

/* ---- a turn -------------------------------------------------------------- */

static void
serve_stream(struct http2_stream *s)
{
	struct exchange *x = s->exchange;

	if (s->is_closed || s->is_reset)
		return;
	if (!s->is_begun)
		begin_request(s);
	else
		exchange_proceed(x);
	while (hand_content(s))
		;
	end_content(s);
	end_tunnel(s);
	exchange_end_input(x);
	inflight_keep(worker_of(s), &s->inflight);
	send_ready(s);
}

static struct http2_stream *
last_ready(struct http2 *h)
{
	return h->ready == NULL ? NULL
				: container_of(h->last_ready,
					  struct http2_stream, next_ready);
}

void
http2_streams_serve(struct http2 *h)
{
	struct http2_stream *s, *last = last_ready(h);

	/* Those that are added meanwhile are served in the next turn. */
	while (last != NULL && (s = h->ready) != NULL) {
		remove_ready(s);
		serve_stream(s);
		if (s == last)
			break;
	}
	if (h->ready != NULL)
		run_queue_add(h->conn);
}

bool
http2_streams_have_tunnel(const struct http2 *h)
{
	for (const struct http2_stream *s = h->streams; s != NULL; s = s->next)
		if (s->exchange->phase == EXCHANGE_TUNNEL)
			return true;
	return false;
}

static enum conn_wait
class_of(enum http2_wait wait)
{
	switch (wait) {
	case HTTP2_WAIT_BODY:
		return CONN_WAIT_STREAM_BODY;
	case HTTP2_WAIT_HANDLER:
		return CONN_WAIT_STREAM_HANDLER;
	default:
		return CONN_WAIT_STREAM_WRITE;
	}
}

static enum http2_wait
find_wait(const struct http2_stream *s)
{
	const struct exchange *x = s->exchange;

	if (!s->is_begun)
		return HTTP2_WAIT_NOTHING;
	if (x->readahead != NULL)
		return HTTP2_WAIT_HANDLER;
	if (s->is_submitted && !s->has_end &&
		(!output_is_empty(&s->output) || http2_stream_is_complete(s)))
		return HTTP2_WAIT_WRITE;
	if (x->phase == EXCHANGE_HANDLE || x->is_paused)
		return HTTP2_WAIT_HANDLER;
	if (x->phase == EXCHANGE_BODY)
		return HTTP2_WAIT_BODY;
	return HTTP2_WAIT_NOTHING;
}

static void
set_deadline(struct http2_stream *s)
{
	enum http2_wait wait = find_wait(s);

	if (wait == s->wait)
		return;
	s->wait = (uint8_t)wait;
	s->progress = 0;
	if (wait == HTTP2_WAIT_NOTHING)
		deadline_cancel(&s->deadline);
	else
		deadline_arm(&worker_of(s)->conns.waits[class_of(wait)],
			&s->deadline);
	if (output_is_empty(&s->output))
		output_shrink(&s->output);
}

void
http2_streams_settle(struct http2 *h)
{
	struct http2_stream *s, *next;

	for (s = h->streams; s != NULL; s = next) {
		next = s->next;
		if (!s->is_closed) {
			set_deadline(s);
			continue;
		}
		exchange_abandon(s->exchange, EXCHANGE_GONE);
		if (s->nsegments == 0)
			http2_stream_free(s);
	}
}
