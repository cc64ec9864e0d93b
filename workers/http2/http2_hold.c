/*
 * Requests that come to a connection that is about to leave wait, as frames,
 * until the streams that are open have ended.  They wait once for half a second
 * at most; when that was in vain, the next attempt comes later and later.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "http2/http2.h"

enum {
	PAUSE_MS = 1000, /* before the next attempt; doubled each time */
	DOUBLED_MOST = 4,
	HELD_MOST = 16 * 1024, /* bytes */
};

enum {
	FLAG_END_HEADERS = 0x4,
	FLAG_PADDED = 0x8,
	FLAG_PRIORITY = 0x20,
	PRIORITY_LEN = 5, /* bytes (RFC 9113 6.2) */
};

/* One that has taken as long as requests may wait may go on for ever. */
static bool
is_long(const struct http2_stream *s)
{
	int64_t began_ms = s->exchange->stats.began_ns / 1000000;

	return !s->is_closed && s->is_begun &&
	       http2_now_ms(s->http2) - began_ms > HTTP2_HOLD_MS;
}

static bool
may_begin(const struct http2 *h, const struct http2_frame_head *head)
{
	if (head->type != HTTP2_HEADERS || head->id % 2 == 0 ||
		h->frames.continued_id != 0 ||
		http2_now_ms(h) < h->move.hold_from_ms)
		return false;
	for (const struct http2_stream *s = h->streams; s != NULL; s = s->next)
		if (is_long(s))
			return false;
	return true;
}

/* Returns false where the other worker could not read the field block. */
static bool
try_block(struct http2_move *m, const struct http2_frame_head *head,
	const char *bytes)
{
	size_t skip = HTTP2_FRAME_HEAD, pad = 0;
	bool is_read;

	if (head->flags & FLAG_PADDED && head->size > skip)
		pad = (unsigned char)bytes[skip++];
	if (head->flags & FLAG_PRIORITY)
		skip += PRIORITY_LEN;
	if (skip + pad > head->size)
		return false;
	if (m->trial == NULL)
		m->trial = http2_trial_new();
	is_read = http2_trial_read(
		m->trial, bytes + skip, head->size - skip - pad);
	m->is_unfit = m->is_unfit || !is_read;
	return is_read;
}

static bool
can_hold(struct http2_move *m, const struct http2_frame_head *head,
	const char *bytes)
{
	if (m->held.len + head->size > HELD_MOST ||
		head->type == HTTP2_CONTINUATION)
		return false;
	if (head->type != HTTP2_HEADERS)
		return true;
	return (head->flags & FLAG_END_HEADERS) && try_block(m, head, bytes);
}

void
http2_hold_prove(
	struct http2 *h, const struct http2_frame_head *head, const char *bytes)
{
	struct http2_move *m = &h->move;

	m->is_unproven = false;
	if (!(head->flags & FLAG_END_HEADERS))
		return;
	if (!try_block(m, head, bytes))
		http2_break(h, HTTP2_COMPRESSION_ERROR, HTTP2_NO_ABUSE,
			"fields that refer to a table which SETTINGS emptied");
	http2_trial_free(m->trial);
	m->trial = NULL;
}

static void
add_held(struct http2_text *t, const char *bytes, size_t len)
{
	if (t->size - t->len < len) {
		t->size = (t->len + len) * 2;
		t->at = mem_realloc(t->at, t->size);
	}
	if (len > 0)
		memcpy(t->at + t->len, bytes, len);
	t->len += len;
}

bool
http2_hold_take(struct http2 *h, const char *bytes, size_t len)
{
	struct http2_move *m = &h->move;
	struct http2_frame_head head;
	bool is_new, is_first = m->held.len == 0;

	if (m->step != HTTP2_MOVE_READY || m->is_unfit ||
		h->ending != HTTP2_OPEN ||
		!http2_frames_peek(bytes, len, &head))
		return false;
	is_new = head.id > h->frames.highest_id;
	if (is_first && !(is_new && may_begin(h, &head)))
		return false;
	if (is_new && can_hold(m, &head, bytes)) {
		if (is_first)
			http2_arm(h, CONN_WAIT_HTTP2_HOLD, &m->hold);
		add_held(&m->held, bytes, len);
		return true;
	}
	/* Field blocks are read in their order, and before the library learns
	 * that the client ends. */
	if (is_new || head.type == HTTP2_HEADERS || head.type == HTTP2_GOAWAY)
		http2_hold_release(h);
	return false;
}

void
http2_hold_add_input(struct http2 *h)
{
	struct conn *c = h->conn;

	add_held(&h->move.held, c->input.bytes, c->input.used);
	http2_set_input(h, NULL, 0);
}

void
http2_hold_release(struct http2 *h)
{
	struct http2_move *m = &h->move;
	struct http2_text held = m->held;
	size_t used;

	m->held = (struct http2_text){ 0 };
	http2_hold_fini(h);
	if (held.len == 0)
		return;
	m->hold_from_ms = http2_now_ms(h) + (PAUSE_MS << m->nreleases);
	m->nreleases += m->nreleases < DOUBLED_MOST;
	used = http2_read_frames(h, held.at, held.len);
	if (used < held.len)
		http2_set_input(h, held.at + used, held.len - used);
	free(held.at);
}

void
http2_hold_fini(struct http2 *h)
{
	struct http2_move *m = &h->move;

	deadline_cancel(&m->hold);
	http2_trial_free(m->trial);
	m->trial = NULL;
	free(m->held.at);
	m->held = (struct http2_text){ 0 };
}

void
http2_on_hold_due(struct deadline *d)
{
	struct http2_move *m = container_of(d, struct http2_move, hold);
	struct http2 *h = container_of(m, struct http2, move);

	http2_hold_release(h);
	http2_work(h->conn, NULL, 0);
}
