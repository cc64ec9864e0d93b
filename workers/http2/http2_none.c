/*
 * In place of http2.c in a build without nghttp2, which refuses a configuration
 * with HTTP/2: no connection has a struct http2.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2.h"

#include "http2/http2_move.h"

int
http2_session_open(struct http2 *h, const struct conn_record_http2 *from)
{
	(void)h, (void)from;
	return -1;
}

void
http2_session_save(const struct http2 *h, struct conn_record_http2 *state)
{
	(void)h, (void)state;
}

void
http2_session_close(struct http2 *h)
{
	(void)h;
}

bool
http2_session_read(struct http2 *h, const char *bytes, size_t len)
{
	(void)h, (void)bytes, (void)len;
	return false;
}

void
http2_session_write(struct http2 *h)
{
	(void)h;
}

bool
http2_session_wants_write(const struct http2 *h)
{
	(void)h;
	return false;
}

bool
http2_session_is_over(const struct http2 *h)
{
	(void)h;
	return true;
}

void
http2_submit_response(struct http2_stream *s, bool has_content)
{
	(void)s, (void)has_content;
}

void
http2_submit_interim(struct http2_stream *s)
{
	(void)s;
}

void
http2_submit_reset(struct http2_stream *s, enum http2_error error)
{
	(void)s, (void)error;
}

void
http2_submit_notice(struct http2 *h)
{
	(void)h;
}

void
http2_submit_goaway(struct http2 *h)
{
	(void)h;
}

void
http2_resume(struct http2_stream *s)
{
	(void)s;
}

bool
http2_has_window(const struct http2_stream *s)
{
	(void)s;
	return true;
}

void
http2_consume(struct http2_stream *s, size_t len)
{
	(void)s, (void)len;
}

void
http2_consume_dropped(struct http2 *h, size_t len)
{
	(void)h, (void)len;
}

struct http2_trial *
http2_trial_new(void)
{
	return NULL;
}

void
http2_trial_free(struct http2_trial *t)
{
	(void)t;
}

bool
http2_trial_read(struct http2_trial *t, const char *block, size_t len)
{
	(void)t, (void)block, (void)len;
	return false;
}
