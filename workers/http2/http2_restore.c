/*
 * The state of a session of nghttp2, which its interface does not hand out or
 * take: it is asked for what can be asked, and a new session is brought to the
 * same state by frames as the client would have sent them.  What the new
 * session sends meanwhile is dropped, for the client has had it before.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "conn/conn_record.h"
#include "http2/http2.h"

enum {
	FIRST_TABLE = 4096,   /* RFC 9113 6.5.2 */
	FIRST_WINDOW = 65535, /* RFC 9113 6.9.2 */
};

void
http2_session_save(const struct http2 *h, struct conn_record_http2 *r)
{
	nghttp2_session *s = h->session;
	const struct {
		nghttp2_settings_id id;
		uint32_t *to;
	} rows[] = {
		{ NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, &r->header_table_size },
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, &r->enable_push },
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
			&r->max_concurrent_streams },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
			&r->initial_window_size },
		{ NGHTTP2_SETTINGS_MAX_FRAME_SIZE, &r->max_frame_size },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
			&r->max_header_list_size },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES,
			&r->no_rfc7540_priorities },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		*rows[i].to =
			nghttp2_session_get_remote_settings(s, rows[i].id);
	if (r->no_rfc7540_priorities > 1) /* the client has not told */
		r->no_rfc7540_priorities = 0;
	r->send_window = (uint32_t)nghttp2_session_get_remote_window_size(s);
	r->receive_window =
		(uint32_t)(nghttp2_session_get_effective_local_window_size(s) -
			   nghttp2_session_get_effective_recv_data_length(s));
}

/* ---- the frames of a client ---------------------------------------------- */

struct frames {
	uint8_t bytes[256];
	size_t len;
};

static void
put_number(struct frames *f, uint32_t n, int size)
{
	while (size-- > 0)
		f->bytes[f->len++] = (uint8_t)(n >> 8 * size);
}

static void
put_head(struct frames *f, size_t len, unsigned type, unsigned flags,
	uint32_t id)
{
	put_number(f, (uint32_t)len, 3);
	put_number(f, type, 1);
	put_number(f, flags, 1);
	put_number(f, id, 4);
}

static void
put_setting(struct frames *f, nghttp2_settings_id id, uint32_t value)
{
	put_number(f, id, 2);
	put_number(f, value, 4);
}

/* Only what differs from the values of RFC 9113 6.5.2. */
static void
put_settings(struct frames *f, const struct conn_record_http2 *r)
{
	const struct {
		nghttp2_settings_id id;
		uint32_t value, initial;
	} rows[] = {
		{ NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, r->header_table_size,
			FIRST_TABLE },
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, r->enable_push, 1 },
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
			r->max_concurrent_streams, UINT32_MAX },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, r->initial_window_size,
			FIRST_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_FRAME_SIZE, r->max_frame_size,
			HTTP2_FRAME_MAX },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
			r->max_header_list_size, UINT32_MAX },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES,
			r->no_rfc7540_priorities, 0 },
	};
	size_t len;

	f->len = HTTP2_FRAME_HEAD;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value != rows[i].initial)
			put_setting(f, rows[i].id, rows[i].value);
	len = f->len;
	f->len = 0;
	put_head(f, len - HTTP2_FRAME_HEAD, HTTP2_SETTINGS, 0, 0);
	f->len = len;
}

static void
put_window_update(struct frames *f, uint32_t id, uint32_t step)
{
	put_head(f, sizeof(step), HTTP2_WINDOW_UPDATE, 0, id);
	put_number(f, step, sizeof(step));
}

/* GET / of the authority "a". */
static void
put_request(struct frames *f, uint32_t id)
{
	static const char block[] = "\x82\x84\x86\x01\x01"
				    "a";
	size_t len = sizeof(block) - 1;

	put_head(f, len, HTTP2_HEADERS,
		NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, id);
	memcpy(f->bytes + f->len, block, len);
	f->len += len;
}

static bool
feed_session(struct http2 *h, struct frames *f)
{
	ssize_t n = nghttp2_session_mem_recv(h->session, f->bytes, f->len);
	bool is_read = n == (ssize_t)f->len;

	f->len = 0;
	return is_read;
}

static bool
drop_output(struct http2 *h)
{
	const uint8_t *bytes;
	ssize_t n;

	do
		n = nghttp2_session_mem_send(h->session, &bytes);
	while (n > 0);
	return n == 0;
}

/* ---- the steps ----------------------------------------------------------- */

/* Those of RFC 9218 have to be in the first SETTINGS of a side. */
static bool
announce_settings(struct http2 *h)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};

	return nghttp2_submit_settings(
		       h->session, NGHTTP2_FLAG_NONE, settings, 1) == 0 &&
	       drop_output(h);
}

static bool
take_settings(struct http2 *h, const struct conn_record_http2 *r)
{
	struct frames f = { .len = 0 };

	/* The client's table is emptied by the first block: it may be owed an
	 * update of its size (RFC 7541 4.2), and the record does not tell. */
	hpack_resize(&h->hpack, 0);
	hpack_resize(&h->hpack, r->header_table_size);
	put_settings(&f, r);
	put_head(&f, 0, HTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0);
	return feed_session(h, &f) && drop_output(h);
}

/* So many bytes of a response, which are never sent. */
static ssize_t
read_nothing(nghttp2_session *session, int32_t id, uint8_t *to, size_t len,
	uint32_t *flags, nghttp2_data_source *source, void *at)
{
	uint32_t *left = source->ptr;

	(void)session;
	(void)id;
	(void)to;
	(void)at;
	if (len > *left)
		len = *left;
	*left -= (uint32_t)len;
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (*left == 0)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)len;
}

/* A stream with the highest identifier, whose response takes from the window
 * what the client has not given back. */
static bool
take_stream(struct http2 *h, const struct conn_record_http2 *r)
{
	uint32_t taken = r->send_window < FIRST_WINDOW
				 ? FIRST_WINDOW - r->send_window
				 : 0;
	nghttp2_data_provider provider = { .source.ptr = &taken,
		.read_callback = read_nothing };
	nghttp2_nv status = { (uint8_t *)":status", (uint8_t *)"200", 7, 3,
		NGHTTP2_NV_FLAG_NONE };
	struct frames f = { .len = 0 };

	put_request(&f, r->highest_id);
	if (taken > r->initial_window_size)
		put_window_update(
			&f, r->highest_id, taken - r->initial_window_size);
	return feed_session(h, &f) &&
	       nghttp2_submit_response(h->session, (int32_t)r->highest_id,
		       &status, 1, taken > 0 ? &provider : NULL) == 0 &&
	       drop_output(h) && taken == 0 &&
	       nghttp2_session_find_stream(
		       h->session, (int32_t)r->highest_id) == NULL;
}

static bool
take_windows(struct http2 *h, const struct conn_record_http2 *r)
{
	int32_t now = nghttp2_session_get_remote_window_size(h->session);
	struct frames f = { .len = 0 };

	if (r->send_window > (uint32_t)now)
		put_window_update(&f, 0, r->send_window - (uint32_t)now);
	return feed_session(h, &f) &&
	       nghttp2_session_set_local_window_size(h->session,
		       NGHTTP2_FLAG_NONE, 0, (int32_t)r->receive_window) == 0 &&
	       drop_output(h);
}

static bool
take_state(struct http2 *h, const struct conn_record_http2 *r)
{
	return announce_settings(h) && take_settings(h, r) &&
	       (r->highest_id == 0 || take_stream(h, r)) && take_windows(h, r);
}

bool
http2_session_restore(struct http2 *h, const struct conn_record_http2 *r)
{
	bool is_taken;

	h->is_restoring = true;
	is_taken = take_state(h, r);
	h->is_restoring = false;
	return is_taken;
}

/* ---- field blocks that are held back ------------------------------------ */

struct http2_trial {
	nghttp2_hd_inflater *inflater;
};

struct http2_trial *
http2_trial_new(void)
{
	struct http2_trial *t = mem_alloc(sizeof(*t));

	if (nghttp2_hd_inflate_new(&t->inflater) != 0)
		assert(!"memory");
	return t;
}

void
http2_trial_free(struct http2_trial *t)
{
	if (t != NULL)
		nghttp2_hd_inflate_del(t->inflater);
	free(t);
}

bool
http2_trial_read(struct http2_trial *t, const char *block, size_t len)
{
	const uint8_t *at = (const uint8_t *)block;
	nghttp2_nv field;
	int flags = 0;
	ssize_t n;

	do {
		flags = 0;
		n = nghttp2_hd_inflate_hd2(
			t->inflater, &field, &flags, at, len, 1);
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	} while (!(flags & NGHTTP2_HD_INFLATE_FINAL));
	return nghttp2_hd_inflate_end_headers(t->inflater) == 0;
}
