/*
 * What is handed over is in conn_record.h.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_move.h"

#include <assert.h>
#include <string.h>

#include "conn/conn.h"
#include "conn/conn_record.h"
#include "conn/run_queue.h"
#include "file/output.h"
#include "http2/http2.h"

enum {
	TABLE_USUAL = 4096,   /* RFC 9113 6.5.2 */
	WINDOW_FIRST = 65535, /* bytes */
};

void
http2_move_fini(struct http2 *h)
{
	http2_hold_fini(h);
}

void
http2_move_start(struct http2 *h)
{
	struct http2_move *m = &h->move;

	http2_arm(h, CONN_WAIT_HTTP2_MOVE, &h->moment);
	if (m->step != HTTP2_MOVE_NONE)
		return;
	m->step = HTTP2_MOVE_EMPTY_TABLE;
	m->owes_settings = true;
	run_queue_add(h->conn);
}

/* The connection stays in this worker, which serves on. */
static void
stop_move(struct http2 *h)
{
	struct http2_move *m = &h->move;

	http2_hold_release(h);
	m->step = HTTP2_MOVE_NONE;
	m->owes_settings = true;
	http2_arm(h, CONN_WAIT_HTTP2_SETTINGS, &h->moment);
	run_queue_add(h->conn);
}

void
http2_on_move_due(struct deadline *d)
{
	struct http2 *h = container_of(d, struct http2, moment);

	if (!http2_is_leaving(h)) {
		stop_move(h);
	} else {
		http2_counters_of(h)->moves[HTTP2_NOT_MOVED]++;
		http2_end(h);
	}
}

void
http2_move_send(struct http2 *h)
{
	enum { LEN = HTTP2_FRAME_HEAD + 6, VALUE = LEN - 4 };
	static const unsigned char frame[LEN] = { 0, 0, 6, HTTP2_SETTINGS, 0, 0,
		0, 0, 0, 0, 1 /* SETTINGS_HEADER_TABLE_SIZE */ };
	struct http2_move *m = &h->move;
	unsigned char *p;

	if (!m->owes_settings)
		return;
	m->owes_settings = false;
	m->nsettings++;
	p = arena_alloc(&h->memory, LEN);
	assert(p != NULL);
	memcpy(p, frame, LEN);
	if (m->step == HTTP2_MOVE_NONE)
		p[VALUE + 2] = TABLE_USUAL >> 8;
	output_add(h->conn->output, (char *)p, LEN, NULL);
}

/* ---- input --------------------------------------------------------------- */

/* Acknowledgements come in the order of the SETTINGS (RFC 9113 6.5.3), and the
 * library's come first. */
static bool
take_ack(struct http2 *h, const struct http2_frame_head *head)
{
	struct http2_move *m = &h->move;

	if (head->type != HTTP2_SETTINGS || !(head->flags & HTTP2_FLAG_ACK) ||
		head->size != HTTP2_FRAME_HEAD || head->id != 0 ||
		h->nsettings > 0 || m->nsettings == 0 ||
		h->frames.continued_id != 0)
		return false;
	m->nsettings--;
	if (m->nsettings == 0 && m->step == HTTP2_MOVE_EMPTY_TABLE &&
		!m->owes_settings)
		m->step = HTTP2_MOVE_READY;
	return true;
}

size_t
http2_move_read(struct http2 *h, const char *bytes, size_t len)
{
	struct http2_frame_head head;
	size_t used = 0;

	while (h->error == HTTP2_NO_ERROR &&
		http2_frames_peek(bytes + used, len - used, &head)) {
		if (h->move.is_unproven && head.type == HTTP2_HEADERS)
			http2_hold_prove(h, &head, bytes + used);
		if (!take_ack(h, &head) &&
			!http2_hold_take(h, bytes + used, head.size))
			http2_read_frames(h, bytes + used, head.size);
		used += head.size;
	}
	return h->error == HTTP2_NO_ERROR ? used : len;
}

/* ---- leaving ------------------------------------------------------------- */

static bool
has_work(const struct http2 *h)
{
	return h->nstreams > 0 || h->ready != NULL ||
	       h->frames.continued_id != 0 || h->nsettings > 0 ||
	       h->move.owes_settings || http2_session_wants_write(h);
}

bool
http2_move_can_leave(const struct http2 *h)
{
	struct conn_record_http2 state;

	if (h->move.step != HTTP2_MOVE_READY || h->move.is_unfit ||
		h->ending != HTTP2_OPEN || h->error != HTTP2_NO_ERROR ||
		has_work(h) ||
		h->move.held.len + h->conn->input.used > CONN_RECORD_INPUT)
		return false;
	http2_session_save(h, &state);
	return state.receive_window >= WINDOW_FIRST;
}

static void
write_resets(const struct http2 *h, struct conn_record_http2 *r)
{
	unsigned n = h->nresets;

	_Static_assert((int)HTTP2_RESETS_NOTED == (int)CONN_RECORD_RESETS,
		"all resets that are noted fit a record");
	if (n > HTTP2_RESETS_NOTED)
		n = HTTP2_RESETS_NOTED;
	r->nresets = n;
	for (unsigned i = 0; i < n; i++)
		r->resets[i] =
			h->resets[(h->nresets - n + i) % HTTP2_RESETS_NOTED];
}

void
http2_move_write(struct http2 *h, struct conn_record *to)
{
	struct conn_record_http2 *r = &to->http2;

	http2_hold_add_input(h);
	to->type = CONN_RECORD_HTTP2;
	to->since = h->active_ms;
	*r = (struct conn_record_http2){
		.requests = h->conn->requests,
		.protocols = h->conn->protocols,
		.highest_id = h->frames.highest_id,
		.last_id = h->last_id,
		.control_tokens = (uint32_t)h->frames.control.tokens,
		.window_tokens = (uint32_t)h->frames.windows.tokens,
		.reset_tokens = (uint32_t)h->frames.resets.tokens,
		.input = { h->move.held.at, h->move.held.len },
	};
	write_resets(h, r);
	http2_session_save(h, r);
}

/* ---- arriving ------------------------------------------------------------ */

/* The limits may be others by now. */
static void
set_tokens(struct http2_bucket *b, uint32_t tokens)
{
	if (tokens < (uint32_t)b->tokens)
		b->tokens = (int32_t)tokens;
}

static void
take_state(struct http2 *h, const struct conn_record_http2 *r)
{
	http2_frames_resume(&h->frames, r->highest_id);
	set_tokens(&h->frames.control, r->control_tokens);
	set_tokens(&h->frames.windows, r->window_tokens);
	set_tokens(&h->frames.resets, r->reset_tokens);
	h->move.is_unproven = true;
	h->last_id = r->last_id;
	for (uint32_t i = 0; i < r->nresets; i++)
		http2_note_reset(h, r->resets[i]);
}

bool
http2_adopt(struct conn *c, const struct conn_record_http2 *r, int64_t since_ms)
{
	struct http2 *h = http2_new(c);

	c->requests = r->requests;
	if (http2_session_open(h, r) == -1)
		return false;
	take_state(h, r);
	http2_arm(h, CONN_WAIT_HTTP2_SETTINGS, &h->moment);
	http2_set_input(h, r->input.at, r->input.len);
	http2_work(c, c->input.bytes, c->input.used);
	if (c->state == CONN_HTTP2_IDLE)
		h->active_ms = since_ms;
	return true;
}
