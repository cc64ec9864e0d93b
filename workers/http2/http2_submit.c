/*
 * What is given to nghttp2 to be sent.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <nghttp2/nghttp2.h>

#include "common/conf.h"
#include "conn/conn.h"
#include "conn/worker_state.h"
#include "file/output.h"
#include "http2/http2.h"

enum {
	WINDOW = 1024 * 1024, /* bytes that all streams may send us at once */
	TABLE_USUAL = 4096,   /* bytes (RFC 9113 6.5.2) */
};

/* ---- SETTINGS ----------------------------------------------------------- */

/* WebSockets are accepted by modules alone. */
static bool
has_modules(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++)
			if (conf->sites[i].routes[j].kind == CONF_ROUTE_MODULE)
				return true;
	return false;
}

/* A client whose table was emptied is told its usual size. */
int
http2_submit_settings(struct http2 *h, bool has_emptied_table)
{
	const struct conf_limits *l = &h->conn->worker->conf->limits;
	nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
			(uint32_t)l->streams },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)l->head },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
		{ 0, 0 }, /* and room for two */
		{ 0, 0 },
	};
	size_t n = sizeof(settings) / sizeof(settings[0]) - 2;

	if (has_emptied_table)
		settings[n++] = (nghttp2_settings_entry){
			NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, TABLE_USUAL
		};
	h->knows_protocol = has_modules(h->conn->worker->conf);
	if (h->knows_protocol)
		settings[n++] = (nghttp2_settings_entry){
			NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1
		};
	h->nsettings++;
	if (nghttp2_submit_settings(
		    h->session, NGHTTP2_FLAG_NONE, settings, n) != 0)
		return -1;
	return nghttp2_session_set_local_window_size(
		h->session, NGHTTP2_FLAG_NONE, 0, WINDOW);
}

/* ---- responses ----------------------------------------------------------- */

static ssize_t
read_content(nghttp2_session *session, int32_t id, uint8_t *to, size_t len,
	uint32_t *flags, nghttp2_data_source *source, void *at)
{
	struct http2_stream *s = source->ptr;
	size_t n = http2_stream_readable(s, len);
	bool is_last = http2_stream_is_complete(s) &&
		       s->claimed + n == s->output.queued - s->output.sent;

	(void)session;
	(void)id;
	(void)to;
	(void)at;
	if (n == 0 && !is_last) {
		s->is_deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (is_last)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

/* Without fields: http2_head.c writes them when the library sends the frame. */
void
http2_submit_response(struct http2_stream *s, bool has_content)
{
	nghttp2_data_provider provider = { .source.ptr = s,
		.read_callback = read_content };
	int error = nghttp2_submit_response(s->http2->session, (int32_t)s->id,
		NULL, 0, has_content ? &provider : NULL);

	assert(error != NGHTTP2_ERR_NOMEM);
}

void
http2_submit_interim(struct http2_stream *s)
{
	int error = nghttp2_submit_headers(s->http2->session, NGHTTP2_FLAG_NONE,
		(int32_t)s->id, NULL, NULL, 0, NULL);

	/* Its fields would be sent as those of the response. */
	assert(error == 0);
}

void
http2_set_priority(struct http2_stream *s, const struct http2_priority *p)
{
	nghttp2_extpri priority = { p->urgency, p->is_incremental };

	if (p->is_given && !p->is_malformed)
		nghttp2_session_change_extpri_stream_priority(
			s->http2->session, (int32_t)s->id, &priority, 0);
}

void
http2_submit_reset(struct http2_stream *s, enum http2_error error)
{
	nghttp2_submit_rst_stream(s->http2->session, NGHTTP2_FLAG_NONE,
		(int32_t)s->id, (uint32_t)error);
}

void
http2_submit_notice(struct http2 *h)
{
	nghttp2_submit_shutdown_notice(h->session);
	nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, NULL);
}

void
http2_submit_goaway(struct http2 *h)
{
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
		(int32_t)h->last_id, NGHTTP2_NO_ERROR, NULL, 0);
}

void
http2_resume(struct http2_stream *s)
{
	s->is_deferred = false;
	nghttp2_session_resume_data(s->http2->session, (int32_t)s->id);
}

bool
http2_has_window(const struct http2_stream *s)
{
	nghttp2_session *session = s->http2->session;

	return nghttp2_session_get_remote_window_size(session) > 0 &&
	       nghttp2_session_get_stream_remote_window_size(
		       session, (int32_t)s->id) > 0;
}

void
http2_consume(struct http2_stream *s, size_t len)
{
	if (len > 0)
		nghttp2_session_consume(s->http2->session, (int32_t)s->id, len);
}

void
http2_consume_dropped(struct http2 *h, size_t len)
{
	if (len > 0)
		nghttp2_session_consume_connection(h->session, len);
}
