/*
 * The connection ends with a GOAWAY; a stream alone ends with an error response
 * or, where its response has begun, with RST_STREAM.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_timeout.h"

#include "common/conf.h"
#include "common/container_of.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/readahead.h"
#include "conn/run_queue.h"
#include "conn/worker_state.h"
#include "http2/http2.h"

/* ---- the connection ------------------------------------------------------ */

static void
on_idle_due(struct deadline *d)
{
	http2_finish_now(conn_of_deadline(d)->http2);
}

static void
on_head_due(struct deadline *d)
{
	struct conn *c = conn_of_deadline(d);

	conn_count_refusal(c, SLOT_REFUSED_HEAD_TIMEOUT);
	http2_break(c->http2, HTTP2_ENHANCE_YOUR_CALM, HTTP2_SLOW_HEAD,
		"the field block did not come in time");
	http2_work(c, NULL, 0);
}

static struct http2 *
http2_of(struct deadline *moment)
{
	return container_of(moment, struct http2, moment);
}

static void
on_settings_due(struct deadline *d)
{
	struct http2 *h = http2_of(d);

	if (h->nsettings + h->move.nsettings == 0)
		return;
	http2_break(h, HTTP2_SETTINGS_TIMEOUT, HTTP2_SILENT_SETTINGS,
		"SETTINGS were not acknowledged in time");
	http2_work(h->conn, NULL, 0);
}

static void
on_ping_due(struct deadline *d)
{
	http2_end(http2_of(d));
}

/* ---- a stream ------------------------------------------------------------ */

static struct http2_stream *
stream_of(struct deadline *d)
{
	struct http2_stream *s = container_of(d, struct http2_stream, deadline);

	s->wait = HTTP2_WAIT_NOTHING; /* it is not armed any more */
	return s;
}

static void
resume_stream(struct http2_stream *s)
{
	http2_stream_put_ready(s);
	run_queue_add(s->http2->conn);
}

static void
reset_stream(struct http2_stream *s, enum http2_error error)
{
	exchange_abandon(s->exchange, EXCHANGE_LATE);
	s->is_reset = true;
	http2_submit_reset(s, error);
	resume_stream(s);
}

/* Fast enough since the deadline was armed? */
static bool
keeps_rate(const struct http2_stream *s, int64_t rate, int64_t timeout)
{
	return s->progress > 0 && (int64_t)s->progress >= rate * timeout / 1000;
}

static void
on_body_due(struct deadline *d)
{
	struct http2_stream *s = stream_of(d);
	const struct conf *conf = s->http2->conn->worker->conf;

	if (keeps_rate(s, conf->limits.body_rate, conf->timeouts.body)) {
		resume_stream(s);
		return;
	}
	exchange_count_refusal(s->exchange, SLOT_REFUSED_BODY_TIMEOUT);
	if (exchange_end_body(s->exchange) == EXCHANGE_DUE_CUT)
		reset_stream(s, HTTP2_CANCEL);
	else
		resume_stream(s);
}

/* A slow disk is not one that has stopped. */
static void
on_disk_due(struct http2_stream *s)
{
	if (readahead_has_progressed(s->exchange)) {
		resume_stream(s);
		return;
	}
	s->http2->conn->worker->slot->counters.disk_timeouts++;
	exchange_count_refusal(s->exchange, SLOT_REFUSED_HANDLER_TIMEOUT);
	reset_stream(s, HTTP2_INTERNAL_ERROR);
}

static void
on_handler_due(struct deadline *d)
{
	struct http2_stream *s = stream_of(d);
	enum exchange_due due;

	if (s->exchange->readahead != NULL) {
		on_disk_due(s);
		return;
	}
	due = exchange_end_handler(s->exchange);
	if (due != EXCHANGE_DUE_WAIT)
		exchange_count_refusal(
			s->exchange, SLOT_REFUSED_HANDLER_TIMEOUT);
	if (due == EXCHANGE_DUE_CUT)
		reset_stream(s, HTTP2_INTERNAL_ERROR);
	else
		resume_stream(s);
}

static void
on_write_due(struct deadline *d)
{
	struct http2_stream *s = stream_of(d);
	const struct conf *conf = s->http2->conn->worker->conf;

	if (keeps_rate(s, conf->limits.write_rate, conf->timeouts.write)) {
		resume_stream(s);
		return;
	}
	exchange_count_refusal(s->exchange, SLOT_REFUSED_WRITE_TIMEOUT);
	if (!http2_has_window(s))
		http2_report_abuse(s->http2, HTTP2_STALLED_WINDOW,
			"no window for a response within timeouts.write");
	reset_stream(s, HTTP2_CANCEL);
}

void
http2_set_deadlines(struct worker *w)
{
	enum { PING_MS = 1000 };
	const struct conf_timeouts *t = &w->conf->timeouts;
	const struct {
		enum conn_wait wait;
		int64_t timeout;
		void (*on_due)(struct deadline *);
	} rows[] = {
		{ CONN_WAIT_HTTP2_IDLE, t->idle, on_idle_due },
		{ CONN_WAIT_HTTP2_HEAD, t->head, on_head_due },
		{ CONN_WAIT_HTTP2_SETTINGS, t->head, on_settings_due },
		{ CONN_WAIT_HTTP2_PING, PING_MS, on_ping_due },
		{ CONN_WAIT_HTTP2_MOVE, t->drain / 2, http2_on_move_due },
		{ CONN_WAIT_HTTP2_HOLD, HTTP2_HOLD_MS, http2_on_hold_due },
		{ CONN_WAIT_HTTP2_LEAVE, 0, on_idle_due },
		{ CONN_WAIT_STREAM_BODY, t->body, on_body_due },
		{ CONN_WAIT_STREAM_HANDLER, t->handler, on_handler_due },
		{ CONN_WAIT_STREAM_WRITE, t->write, on_write_due },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		deadline_class_init(&w->conns.waits[rows[i].wait], w->loop,
			&w->now_ms, rows[i].timeout, rows[i].on_due);
}
