/*
 * How a connection of HTTP/2 ends (RFC 9113 5.4.1, 6.8): by an error, or in two
 * steps that lose no request.
 * SPDX-License-Identifier: MIT
 */
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/refusal.h"
#include "conn/run_queue.h"
#include "conn/worker_state.h"
#include "http2/http2.h"

void
http2_break(struct http2 *h, enum http2_error error, enum http2_abuse abuse,
	const char *why)
{
	if (h->error != HTTP2_NO_ERROR)
		return;
	h->error = error;
	h->why = why;
	h->is_broken = true;
	if (abuse != HTTP2_NO_ABUSE)
		http2_report_abuse(h, abuse, why);
	else
		http2_report_error(h, why);
}

void
http2_report_malformed(struct http2 *h, const char *rule)
{
	struct conn *c = h->conn;
	struct worker *w = c->worker;

	conn_count_refusal(c, SLOT_REFUSED_BAD_REQUEST);
	refusal_log(&w->refusals, &w->log, w->now_ms,
		&(struct refusal){
			.rule = rule,
			.peer = &c->peer.any,
			.doing = "reading the head of a request",
		});
}

void
http2_count_reset(struct http2 *h, enum http2_reset side)
{
	if (http2_frames_take_reset(&h->frames, h->conn->worker->now_ms))
		return;
	if (side == HTTP2_RESET_CLIENT)
		http2_break(h, HTTP2_ENHANCE_YOUR_CALM, HTTP2_RAPID_RESET,
			"the client has reset too many streams");
	else
		http2_break(h, HTTP2_ENHANCE_YOUR_CALM, HTTP2_MADE_YOU_RESET,
			"too many streams had to be reset");
}

void
http2_end(struct http2 *h)
{
	if (h->ending == HTTP2_OPEN) {
		http2_hold_release(h);
		h->ending = HTTP2_NOTICED;
		http2_submit_notice(h);
		http2_arm(h, CONN_WAIT_HTTP2_PING, &h->moment);
	} else if (h->ending == HTTP2_NOTICED) {
		h->ending = HTTP2_LAST_SET;
		deadline_cancel(&h->moment);
		http2_submit_goaway(h);
	}
	run_queue_add(h->conn);
}

void
http2_take_ping_ack(struct http2 *h)
{
	if (h->ending == HTTP2_NOTICED)
		http2_end(h);
}

void
http2_drain(struct worker *w)
{
	for (struct http2 *h = w->http2s; h != NULL; h = h->next) {
		if (h->ending != HTTP2_OPEN || h->error != HTTP2_NO_ERROR)
			continue;
		if (!conn_must_close(h->conn))
			http2_move_start(h);
		/* Browsers drop a WebSocket at a GOAWAY: its close frame leaves
		 * first, and settle_conn() ends the connection. */
		else if (http2_streams_have_tunnel(h))
			run_queue_add(h->conn);
		else
			http2_end(h);
	}
}

void
http2_finish_now(struct http2 *h)
{
	h->ending = HTTP2_LAST_SET;
	http2_submit_goaway(h);
	http2_work(h->conn, NULL, 0);
}
