/*
 * A turn of an HTTP/2 connection: its input is cut at frames and counted, then
 * read by the library, then requests that are whole are served, and everything
 * that is ready leaves with one write.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/http2_service.h"
#include "conn/peer.h"
#include "conn/run_queue.h"
#include "conn/worker_state.h"
#include "file/output.h"
#include "http2/http2.h"
#include "http2/http2_balance.h"

enum {
	GOAWAY_LEN = HTTP2_FRAME_HEAD + 8,
	BLOCK_TIMES = 4, /* limits.head, for a field block: 431 below */
	ROUNDS = 4,      /* of serving and sending, in a turn */
};

static bool
is_preface(const char *bytes, size_t len)
{
	return len >= HTTP2_PREFACE_LEN &&
	       memcmp(bytes, HTTP2_PREFACE, HTTP2_PREFACE_LEN) == 0;
}

static bool
is_partial_preface(const char *bytes, size_t len)
{
	return len < HTTP2_PREFACE_LEN &&
	       memcmp(bytes, HTTP2_PREFACE, len) == 0;
}

int64_t
http2_now_ms(const struct http2 *h)
{
	return h->conn->worker->now_ms;
}

bool
http2_is_leaving(const struct http2 *h)
{
	return h->conn->worker->state >= WORKER_DRAINING;
}

void
http2_arm(struct http2 *h, enum conn_wait wait, struct deadline *d)
{
	deadline_arm(&h->conn->worker->conns.waits[wait], d);
}

void
http2_set_input(struct http2 *h, const char *bytes, size_t len)
{
	input_buffer_set(
		&h->conn->worker->input_buffers, &h->conn->input, bytes, len);
}

/* ---- beginning and end --------------------------------------------------- */

void
http2_note_reset(struct http2 *h, uint32_t id)
{
	if (h->resets == NULL)
		h->resets = mem_calloc(HTTP2_RESETS_NOTED, sizeof(id));
	h->resets[h->nresets++ % HTTP2_RESETS_NOTED] = id;
}

static enum http2_stream_state
find_stream_state(void *data, uint32_t id)
{
	struct http2 *h = data;

	for (struct http2_stream *s = h->streams; s != NULL; s = s->next)
		if (s->id == id && !s->is_closed)
			return HTTP2_STREAM_OPEN;
	for (unsigned i = 0; h->resets != NULL && i < HTTP2_RESETS_NOTED; i++)
		if (h->resets[i] == id)
			return HTTP2_STREAM_RESET;
	return HTTP2_STREAM_ENDED;
}

static void
link_http2(struct http2 *h)
{
	struct http2 **first = &h->conn->worker->http2s;

	h->next = *first;
	h->link = first;
	if (h->next != NULL)
		h->next->link = &h->next;
	*first = h;
	h->conn->worker->slot->gauges.http2_connections++;
}

static void
unlink_http2(struct http2 *h)
{
	*h->link = h->next;
	if (h->next != NULL)
		h->next->link = h->link;
	h->conn->worker->slot->gauges.http2_connections--;
}

struct http2 *
http2_new(struct conn *c)
{
	const struct conf_limits *l = &c->worker->conf->limits;
	struct http2 *h = mem_calloc(1, sizeof(*h));

	h->conn = c;
	h->last_ready = &h->ready;
	h->last_segment = &h->segments;
	arena_init_pooled(&h->memory, c->worker->exchanges.blocks.block_size,
		&c->worker->exchanges.blocks);
	http2_frames_init(&h->frames, (uint32_t)l->head * BLOCK_TIMES,
		(int32_t)l->resets, c->worker->now_ms);
	h->frames.find_stream = find_stream_state;
	h->frames.data = h;
	h->active_ms = c->worker->now_ms;
	http2_load_begin(h);
	c->http2 = h;
	link_http2(h);
	return h;
}

static void
open_session(struct conn *c)
{
	struct http2 *h = http2_new(c);

	http2_counters_of(h)->connections++;
	if (http2_session_open(h, NULL) == -1)
		assert(!"memory");
	http2_session_read(h, HTTP2_PREFACE, HTTP2_PREFACE_LEN);
	http2_arm(h, CONN_WAIT_HTTP2_SETTINGS, &h->moment);
}

static void
http2_close(struct conn *c)
{
	struct http2 *h = c->http2;

	if (h == NULL)
		return;
	c->http2 = NULL;
	http2_load_end(h);
	unlink_http2(h);
	deadline_cancel(&h->moment);
	if (c->output != NULL) {
		output_drop(c->output);
		output_reset(c->output);
	}
	while (h->streams != NULL)
		http2_stream_free(h->streams);
	http2_move_fini(h);
	http2_session_close(h);
	http2_repeat_fini(&h->repeat);
	arena_fini(&h->memory);
	free(h->resets);
	free(h);
}

/* ---- faults of the client ------------------------------------------------ */

struct http2_counters *
http2_counters_of(const struct http2 *h)
{
	return &h->conn->worker->slot->protocols.http2;
}

void
http2_report_abuse(struct http2 *h, enum http2_abuse abuse, const char *why)
{
	struct worker *w = h->conn->worker;
	struct log_limit *limit = &w->http2_abuses[abuse];
	const char *kind = http2_abuse_name(abuse);
	char name[PEER_NAME];
	unsigned times;

	http2_counters_of(h)->abuses[abuse]++;
	times = log_limit_take_minutely(limit, w->now_ms);
	if (times == 0 && !log_wants(&w->log, LOG_LEVEL_DEBUG))
		return;
	peer_name(&h->conn->peer.any, name);
	if (times > 0)
		log_warnx(&w->log, "%s abuses the protocol (%s, %u time%s): %s",
			name, kind, times, log_plural(times), why);
	else
		log_debug(&w->log, "%s abuses the protocol (%s): %s", name,
			kind, why);
}

void
http2_report_error(struct http2 *h, const char *why)
{
	struct worker *w = h->conn->worker;
	char name[PEER_NAME];

	if (!log_wants(&w->log, LOG_LEVEL_INFO))
		return;
	peer_name(&h->conn->peer.any, name);
	log_info(&w->log, "closes %s: %s", name, why);
}

/* ---- output -------------------------------------------------------------- */

/* By hand: the library's session may not be able to send any more. */
static void
add_goaway(struct http2 *h)
{
	size_t why = strlen(h->why), len = GOAWAY_LEN + why;
	unsigned char *p = arena_alloc(&h->memory, len);
	const unsigned char head[GOAWAY_LEN] = { 0, 0, (unsigned char)(8 + why),
		HTTP2_GOAWAY, 0, 0, 0, 0, 0, (unsigned char)(h->last_id >> 24),
		(unsigned char)(h->last_id >> 16),
		(unsigned char)(h->last_id >> 8), (unsigned char)h->last_id, 0,
		0, 0, (unsigned char)h->error };

	assert(p != NULL);
	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), h->why, why);
	output_add(h->conn->output, (char *)p, len, NULL);
	http2_counters_add_goaway(http2_counters_of(h), h->error);
}

/* Frames that have left whole. */
static void
count_sent(struct http2 *h)
{
	struct http2_segment *segment;
	struct http2_stream *s;

	while ((segment = h->segments) != NULL) {
		if (segment->end > h->conn->output->sent)
			return;
		s = segment->stream;
		s->claimed -= segment->len;
		s->progress += segment->len;
		s->nsegments--;
		s->has_sent = true;
		request_stats_sent(s->exchange, s->output.sent,
			s->output.sent + segment->len);
		output_advance(&s->output, segment->len);
		exchange_note_progress(s->exchange);
		/* What comes next may have to be read from the disk. */
		if (s->claimed == 0 && s->is_deferred)
			http2_stream_put_ready(s);
		h->segments = segment->next;
		h->nsegments--;
		if (h->segments == NULL)
			h->last_segment = &h->segments;
	}
}

/* All that was queued has left: tells handlers that have more. */
static void
end_output(struct http2 *h)
{
	struct http2_stream *s, *next;

	arena_reset(&h->memory);
	output_reset(h->conn->output);
	for (s = h->streams; s != NULL; s = next) {
		next = s->next;
		if (!s->has_sent || s->is_closed || s->exchange->status == 0 ||
			!output_is_empty(&s->output))
			continue;
		s->has_sent = false;
		if (s->exchange->handler == NULL)
			continue;
		exchange_end_output(s->exchange);
		http2_stream_put_ready(s);
	}
}

/* True when all of it has left; false when not, or the connection ended. */
static bool
send_output(struct http2 *h)
{
	struct conn *c = h->conn;
	struct worker *w = c->worker;
	uint64_t before = c->output->sent;
	enum output_result result = conn_send(c);
	uint64_t sent = c->output->sent - before;

	w->slot->bytes_sent += c->is_counted ? sent : 0;
	c->progress += sent;
	c->has_progress = c->has_progress || sent > 0;
	count_sent(h);
	if (result >= OUTPUT_FAILED) {
		conn_close_failed(c, result);
		return false;
	}
	if (result == OUTPUT_SENT)
		end_output(h);
	return result == OUTPUT_SENT;
}

/* ---- a turn -------------------------------------------------------------- */

static bool
has_open_head(const struct http2 *h)
{
	const struct input_buffer *in = &h->conn->input;

	if (h->frames.continued_id != 0)
		return true;
	return in->used > 0 && (in->used < 4 || h->nstreams == 0 ||
				       in->bytes[3] == HTTP2_HEADERS);
}

/* No more streams are wanted. */
static bool
must_end(const struct conn *c)
{
	const struct worker *w = c->worker;
	int64_t most = w->conf->limits.requests_per_connection;

	return (most > 0 && c->requests >= most) || w->is_full ||
	       (w->state > WORKER_SERVING && conn_must_close(c));
}

static void
settle_conn(struct http2 *h)
{
	struct conn *c = h->conn;

	http2_streams_settle(h);
	if (!output_is_empty(c->output)) {
		conn_wait_http2(c, CONN_HTTP2_SEND);
		return;
	}
	if (h->error != HTTP2_NO_ERROR || http2_session_is_over(h) ||
		(h->ending == HTTP2_LAST_SET && h->nstreams == 0)) {
		conn_finish(c);
		return;
	}
	if (h->ending == HTTP2_OPEN && must_end(c))
		http2_end(h);
	else if (h->ending == HTTP2_OPEN && c->worker->migrate.is_on &&
		 h->move.step == HTTP2_MOVE_NONE)
		http2_move_start(h);
	if (h->nstreams > 0)
		h->active_ms = c->worker->now_ms;
	if (http2_move_can_leave(h)) {
		conn_wait_http2(c, CONN_HTTP2_LEAVE);
		return;
	}
	if (http2_session_wants_write(h) || h->ready != NULL)
		run_queue_add(c);
	if (has_open_head(h))
		conn_wait_http2(c, CONN_HTTP2_HEAD);
	else if (h->nstreams > 0)
		conn_wait_http2(c, CONN_HTTP2);
	else
		conn_wait_http2(c, CONN_HTTP2_IDLE);
}

/* Serves, and sends until there is nothing more or the client must take some
 * first; false when the connection was closed. */
static bool
serve_and_send(struct http2 *h)
{
	struct conn *c = h->conn;

	for (int i = 0; i < ROUNDS; i++) {
		if (h->error == HTTP2_NO_ERROR)
			http2_streams_serve(h);
		if (!output_is_empty(c->output))
			break;
		if (h->error == HTTP2_NO_ERROR)
			http2_session_write(h);
		if (h->error == HTTP2_NO_ERROR)
			http2_move_send(h);
		if (h->is_broken)
			add_goaway(h);
		h->is_broken = false;
		if (output_is_empty(c->output))
			break;
		if (!send_output(h))
			break;
	}
	return c->http2 != NULL;
}

/* Returns the length of the preface. */
static size_t
begin_session(struct conn *c, const char *bytes, size_t len)
{
	open_session(c);
	if (is_preface(bytes, len))
		return HTTP2_PREFACE_LEN;
	http2_break(c->http2, HTTP2_PROTOCOL_ERROR, HTTP2_NO_ABUSE,
		"no preface of HTTP/2");
	return 0;
}

void
http2_work(struct conn *c, const char *bytes, size_t len)
{
	struct worker *w = c->worker;
	size_t used = 0;
	struct http2 *h;

	if (c->http2 == NULL)
		used = begin_session(c, bytes, len);
	h = c->http2;
	if (c->output == NULL)
		c->output = output_get(&w->exchanges.outputs, NULL);
	if (!output_is_empty(c->output))
		send_output(h);
	if (c->http2 == NULL)
		return;
	if (len > 0 && http2_move_is_reading(&h->move))
		used += http2_move_read(h, bytes + used, len - used);
	else if (len > 0)
		used += http2_read_frames(h, bytes + used, len - used);
	if (!serve_and_send(h))
		return;
	if (len > 0)
		http2_set_input(h, bytes + used, len - used);
	settle_conn(h);
	if (c->http2 != NULL && c->output != NULL &&
		output_is_empty(c->output)) {
		arena_fini(&h->memory);
		output_put(&w->exchanges.outputs, c->output);
		c->output = NULL;
	}
}

/* ---- for the folder conn/ ------------------------------------------------ */

static void
count_moved(const struct http2 *h)
{
	http2_counters_of(h)->moves[HTTP2_MOVED]++;
}

const struct http2_service http2_service = {
	.is_preface = is_preface,
	.is_partial_preface = is_partial_preface,
	.work = http2_work,
	.close = http2_close,
	.finish_now = http2_finish_now,
	.write_record = http2_move_write,
	.count_moved = count_moved,
	.adopt = http2_adopt,
	.move_some = http2_move_some,
};
