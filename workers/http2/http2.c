/*
 * The session of nghttp2, which only this file, http2_submit.c and
 * http2_restore.c know, and what it calls back.  The library decompresses
 * fields, keeps windows and the states of streams, and refuses frames that are
 * malformed.  What it lets pass is counted and refused in http2_frames.c, and
 * messages are checked in http2_request.c and http2_field.c.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <string.h>

#include "common/conf.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "file/output.h"
#include "http2/http2_field.h"

enum {
	TURN_MAX = 256 * 1024,          /* bytes that are queued in a turn */
	RUNS_MIN = HTTP2_DATA_RUNS + 8, /* of the output, for one more frame */
	SETTINGS_MAX = 64,              /* entries of a frame */
	ACKS_MAX = 100,                 /* that wait to be sent */
	BOMB_TIMES = 8, /* as long as its frame: a field list that is a bomb */
};

static const struct conf_limits *
limits_of(const struct http2 *h)
{
	return &h->conn->worker->conf->limits;
}

static struct http2_stream *
find_stream(struct http2 *h, int32_t id)
{
	if (h->sending != NULL && h->sending->id == (uint32_t)id)
		return h->sending;
	return nghttp2_session_get_stream_user_data(h->session, id);
}

/* ---- called by the library ----------------------------------------------- */

static bool
is_request(const nghttp2_frame *frame)
{
	return frame->hd.type == NGHTTP2_HEADERS &&
	       frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

static int
on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *at)
{
	struct http2 *h = at;
	struct http2_stream *s;

	h->in_block = NULL;
	h->request.list = 0;
	if (!is_request(frame) || h->is_restoring)
		return 0;
	s = http2_stream_new(h, (uint32_t)frame->hd.stream_id);
	if (s == NULL) {
		http2_note_reset(h, (uint32_t)frame->hd.stream_id);
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE,
			frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
		return 0;
	}
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, s);
	h->in_block = s;
	if (h->repeating == HTTP2_REPEAT_KNOWN)
		return 0;
	http2_request_init(&h->request, &s->exchange->request,
		&s->exchange->arena, limits_of(h));
	h->request.knows_protocol = h->knows_protocol;
	return 0;
}

/* Fields that are dropped are decoded all the same: trailers, and those of
 * streams that are refused. */
static bool
is_too_much(struct http2 *h, size_t len)
{
	enum { OVERHEAD = 32, FAR_BEYOND = 4 }; /* RFC 9113 6.5.2 */

	h->request.list += len + OVERHEAD;
	return (int64_t)h->request.list > limits_of(h)->head * FAR_BEYOND;
}

/* Fields far beyond limits.head are answered with 431 when the block has ended.
 * Of a bomb, which is small before it is decompressed, the rest is not even
 * decompressed. */
static int
take_long_block(struct http2 *h, const nghttp2_frame *frame)
{
	if (h->request.list <= frame->hd.length * BOMB_TIMES)
		return 0;
	http2_break(h, HTTP2_ENHANCE_YOUR_CALM, HTTP2_HPACK_BOMB,
		"fields of many times limits.head");
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* Trailers are dropped, but have to be well-formed. */
static int
check_trailer(struct http2 *h, const nghttp2_frame *frame, struct span name,
	struct span value)
{
	struct http2_stream *s = find_stream(h, frame->hd.stream_id);
	const char *rule;

	if (s == NULL)
		return 0;
	rule = http2_field_check_trailer(name, value, s->length, s->received);
	if (rule == NULL)
		return 0;
	http2_stream_refuse(s, rule);
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
	const uint8_t *name_at, size_t name_len, const uint8_t *value_at,
	size_t value_len, uint8_t flags, void *at)
{
	struct span name = { (const char *)name_at, name_len };
	struct span value = { (const char *)value_at, value_len };
	struct http2 *h = at;

	(void)session, (void)flags;
	if (h->in_block == NULL || h->in_block->is_closed)
		return is_too_much(h, name_len + value_len)
			       ? take_long_block(h, frame)
			       : check_trailer(h, frame, name, value);
	switch (http2_request_add(&h->request, name, value)) {
	case HTTP2_REQUEST_OK:
		return 0;
	case HTTP2_REQUEST_TOO_MUCH:
		return take_long_block(h, frame);
	default:
		http2_stream_refuse(
			h->in_block, h->request.request->broken_rule);
		/* The callbacks for the rest of the block stop. */
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
}

static void
end_request_head(struct http2 *h, const nghttp2_frame *frame)
{
	struct http2_stream *s = h->in_block;
	bool has_content = !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
	int status;

	h->in_block = NULL;
	if (s == NULL || s->is_closed)
		return;
	if (h->repeating == HTTP2_REPEAT_KNOWN) {
		http2_set_priority(
			s, http2_repeat_take(&h->repeat, &s->exchange->request,
				   &s->exchange->arena));
		http2_stream_take_head(s, 0);
		return;
	}
	if (http2_request_end(&h->request, has_content, &status) !=
		HTTP2_REQUEST_OK) {
		http2_stream_refuse(s, h->request.request->broken_rule);
		return;
	}
	s->length = h->request.length;
	http2_set_priority(s, &h->request.priority);
	if (h->repeating == HTTP2_REPEAT_SECOND && status == 0)
		http2_repeat_keep(
			&h->repeat, h->request.request, &h->request.priority);
	http2_stream_take_head(s, status);
}

static void
take_settings(struct http2 *h, const nghttp2_settings *settings)
{
	h->is_pinged = false;
	for (size_t i = 0; i < settings->niv; i++) {
		int32_t id = settings->iv[i].settings_id;

		if (id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)
			h->has_new_window = true;
		if (id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE)
			hpack_resize(&h->hpack, settings->iv[i].value);
	}
}

/* The library takes an update of stream 0 for one of an idle stream. */
static void
check_update(struct http2 *h, const nghttp2_ext_priority_update *update)
{
	if (update->stream_id == 0)
		http2_break(h, HTTP2_PROTOCOL_ERROR, HTTP2_NO_ABUSE,
			"PRIORITY_UPDATE of stream 0");
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *at)
{
	struct http2 *h = at;
	struct http2_stream *s = is_request(frame)
					 ? h->in_block
					 : find_stream(h, frame->hd.stream_id);

	(void)session;
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
		if (is_request(frame))
			end_request_head(h, frame);
		else if (s != NULL &&
			 !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
			http2_stream_refuse(s, "trailers that are not the end");
		/* fallthrough */
	case NGHTTP2_DATA:
		if (s != NULL && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
			http2_stream_end_input(s);
		break;
	case NGHTTP2_RST_STREAM:
		http2_counters_of(h)->resets[HTTP2_RESET_CLIENT]++;
		if (s != NULL && !s->has_end)
			http2_count_reset(h, HTTP2_RESET_CLIENT);
		break;
	case NGHTTP2_SETTINGS:
		if (h->is_restoring)
			break;
		if (!(frame->hd.flags & NGHTTP2_FLAG_ACK))
			take_settings(h, &frame->settings);
		else if (h->nsettings > 0)
			h->nsettings--;
		break;
	case NGHTTP2_PING:
		h->is_pinged = true;
		if (frame->hd.flags & NGHTTP2_FLAG_ACK)
			http2_take_ping_ack(h);
		break;
	case NGHTTP2_PRIORITY_UPDATE:
		check_update(h, frame->ext.payload);
		break;
	case NGHTTP2_GOAWAY: /* the library ends behind the last stream */
		h->move.is_unfit = true;
		break;
	default:
		break;
	}
	return h->error == HTTP2_NO_ERROR ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t id,
	const uint8_t *bytes, size_t len, void *at)
{
	struct http2 *h = at;
	struct http2_stream *s = find_stream(h, id);

	(void)session, (void)flags;
	if (s == NULL || s->is_closed || !http2_stream_count_content(s, len))
		http2_consume_dropped(h, len);
	else
		http2_stream_take_content(
			s, (struct span){ (const char *)bytes, len });
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *at)
{
	struct http2_stream *s = find_stream(at, id);

	(void)session;
	if (s != NULL)
		http2_stream_close(s, error != NGHTTP2_NO_ERROR);
	return 0;
}

/* Whether it was the client's fault that we have reset a stream. */
static bool
is_fault(uint32_t error)
{
	return error != NGHTTP2_NO_ERROR && error != NGHTTP2_INTERNAL_ERROR &&
	       error != NGHTTP2_CANCEL;
}

static void
note_reset_sent(struct http2 *h, int32_t id, uint32_t error)
{
	http2_note_reset(h, (uint32_t)id);
	http2_counters_of(h)->resets[HTTP2_RESET_SERVER]++;
	/* RFC 9113 6.9.2: of all streams, and so of the connection. */
	if (h->has_new_window && error == NGHTTP2_FLOW_CONTROL_ERROR)
		http2_break(h, HTTP2_FLOW_CONTROL_ERROR, HTTP2_NO_ABUSE,
			"SETTINGS lifted a window above its maximum");
	if (is_fault(error))
		http2_count_reset(h, HTTP2_RESET_SERVER);
}

static int
on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *at)
{
	struct http2 *h = at;
	struct http2_stream *s;

	(void)session;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		http2_counters_add_goaway(
			http2_counters_of(h), frame->goaway.error_code);
	if (frame->hd.type == NGHTTP2_RST_STREAM) {
		note_reset_sent(
			h, frame->hd.stream_id, frame->rst_stream.error_code);
		return 0;
	}
	if (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	s = find_stream(h, frame->hd.stream_id);
	if (frame->hd.type == NGHTTP2_HEADERS)
		h->in_head = s;
	if (s == NULL || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	s->has_end = true;
	if (!s->is_ended)
		http2_stream_put_ready(s);
	return 0;
}

/* ---- content of responses ------------------------------------------------ */

static int
send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
	size_t len, nghttp2_data_source *source, void *at)
{
	struct http2_stream *s = source->ptr;
	struct http2 *h = at;
	struct output *o = h->conn->output;
	struct http2_segment *segment;

	(void)session;
	if (h->is_restoring)
		return 0;
	if (output_room(o) < RUNS_MIN || h->nsegments == HTTP2_SEGMENTS ||
		o->queued >= TURN_MAX)
		return NGHTTP2_ERR_WOULDBLOCK;
	assert(frame->data.padlen == 0);
	h->sending = s;
	segment = arena_alloc(&h->memory, sizeof(*segment));
	assert(segment != NULL);
	memcpy(segment->head, head, HTTP2_FRAME_HEAD);
	output_add(o, segment->head, HTTP2_FRAME_HEAD, NULL);
	if (len > 0 && output_borrow(&s->output, s->claimed, len,
			       HTTP2_DATA_RUNS, o) != len)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	s->claimed += len;
	segment->next = NULL;
	segment->stream = s;
	segment->end = o->queued;
	segment->len = len;
	*h->last_segment = segment;
	h->last_segment = &segment->next;
	h->nsegments++;
	s->nsegments++;
	http2_frames_sent_data(&h->frames);
	return 0;
}

/* ---- the session --------------------------------------------------------- */

static nghttp2_session_callbacks *
make_callbacks(void)
{
	nghttp2_session_callbacks *c;

	if (nghttp2_session_callbacks_new(&c) != 0)
		return NULL;
	nghttp2_session_callbacks_set_on_begin_headers_callback(
		c, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(c, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		c, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_sent);
	nghttp2_session_callbacks_set_send_data_callback(c, send_data);
	return c;
}

static nghttp2_option *
make_options(bool is_begun)
{
	nghttp2_option *o;

	if (nghttp2_option_new(&o) != 0)
		return NULL;
	nghttp2_option_set_no_auto_window_update(o, 1);
	nghttp2_option_set_no_closed_streams(o, 1);
	nghttp2_option_set_no_http_messaging(o, 1);
	nghttp2_option_set_no_recv_client_magic(o, is_begun);
	nghttp2_option_set_max_settings(o, SETTINGS_MAX);
	nghttp2_option_set_max_outbound_ack(o, ACKS_MAX);
	/* RFC 9218 7.1. */
	nghttp2_option_set_builtin_recv_extension_type(
		o, NGHTTP2_PRIORITY_UPDATE);
	return o;
}

int
http2_session_open(struct http2 *h, const struct conn_record_http2 *from)
{
	nghttp2_session_callbacks *callbacks = make_callbacks();
	nghttp2_option *options = make_options(from != NULL);
	nghttp2_mem memory = {
		.mem_user_data = &h->conn->worker->exchanges.small,
		.malloc = small_pool_on_malloc,
		.free = small_pool_on_free,
		.calloc = small_pool_on_calloc,
		.realloc = small_pool_on_realloc,
	};
	int error = -1;

	hpack_encoder_init(&h->hpack, &h->conn->worker->exchanges.small);
	if (callbacks != NULL && options != NULL)
		error = nghttp2_session_server_new3(
			&h->session, callbacks, h, options, &memory);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(options);
	if (error != 0 || (from != NULL && !http2_session_restore(h, from)))
		return -1;
	return http2_submit_settings(h, from != NULL);
}

void
http2_session_close(struct http2 *h)
{
	nghttp2_session_del(h->session);
	h->session = NULL;
	hpack_encoder_fini(&h->hpack);
}

bool
http2_session_read(struct http2 *h, const char *bytes, size_t len)
{
	ssize_t n = nghttp2_session_mem_recv(
		h->session, (const uint8_t *)bytes, len);

	if (n >= 0 || h->error != HTTP2_NO_ERROR)
		return h->error == HTTP2_NO_ERROR;
	if (n == NGHTTP2_ERR_FLOODED)
		http2_break(h, HTTP2_ENHANCE_YOUR_CALM,
			h->is_pinged ? HTTP2_PING_FLOOD : HTTP2_SETTINGS_FLOOD,
			"more frames than answers that it reads");
	else
		http2_break(h, HTTP2_PROTOCOL_ERROR, HTTP2_NO_ABUSE,
			nghttp2_strerror((int)n));
	return false;
}

void
http2_session_write(struct http2 *h)
{
	struct output *o = h->conn->output;
	const uint8_t *bytes;
	ssize_t n;

	while (o->queued < TURN_MAX && output_room(o) >= RUNS_MIN &&
		h->nsegments < HTTP2_SEGMENTS && h->error == HTTP2_NO_ERROR) {
		h->in_head = NULL;
		n = nghttp2_session_mem_send(h->session, &bytes);
		if (n <= 0) {
			if (n < 0 && h->error == HTTP2_NO_ERROR)
				http2_break(h, HTTP2_INTERNAL_ERROR,
					HTTP2_NO_ABUSE,
					nghttp2_strerror((int)n));
			h->has_new_window = false;
			return;
		}
		if (h->in_head != NULL)
			http2_write_head(h->in_head, bytes);
		else
			http2_write_frame(h, bytes, (size_t)n);
	}
}

bool
http2_session_wants_write(const struct http2 *h)
{
	return nghttp2_session_want_write(h->session) != 0;
}

bool
http2_session_is_over(const struct http2 *h)
{
	return nghttp2_session_want_write(h->session) == 0 &&
	       nghttp2_session_want_read(h->session) == 0;
}
