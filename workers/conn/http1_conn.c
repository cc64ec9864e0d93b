/*
 * A head is taken whole or not at all; a body as it comes.  A request whose
 * content nobody wants is answered when its content was read, or at the end
 * of the turn if that is earlier.
 * SPDX-License-Identifier: MIT
 */
#include "conn/http1_conn.h"

#include "common/conf.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/inflight.h"
#include "conn/peer.h"
#include "conn/response.h"
#include "http/http1.h"
#include "serve/access_log.h"
#include "serve/serve.h"
#include "worker.h"

static const struct conf_limits *
limits_of(struct conn *c)
{
	return &c->worker->conf->limits;
}

/* The exchange is over; the connection goes on unless it was the last. */
static void
end_request(struct conn *c)
{
	struct exchange *x = c->exchange;

	c->has_progress = true;
	if (x->closes)
		x->phase = EXCHANGE_LAST;
	else
		exchange_next(x);
}

static void
tell_content_end(struct exchange *x)
{
	if (x->handler != NULL && x->handler->on_content_end != NULL &&
		body_is_done(&x->body))
		x->handler->on_content_end(x);
}

/* The request was taken; who answers it may not be done yet. */
static void
end_or_wait(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (x->handler == NULL) {
		end_request(c);
		return;
	}
	x->phase = x->status == 101 ? EXCHANGE_TUNNEL : EXCHANGE_HANDLE;
	tell_content_end(x);
}

/* Has anybody been asked to answer? */
static bool
is_asked(const struct exchange *x)
{
	return x->status != 0 || x->handler != NULL;
}

static void
answer(struct conn *c)
{
	struct exchange *x = c->exchange;
	int64_t most = limits_of(c)->requests_per_connection;

	c->requests++;
	x->closes = x->closes || x->request.wants_close || c->worker->is_full ||
		    (most > 0 && c->requests >= most);
	serve_answer(x);
}

static void
refuse(struct conn *c, int status)
{
	char name[PEER_NAME];

	if (log_wants(&c->worker->log, LOG_LEVEL_INFO)) {
		peer_name(&c->peer.any, name);
		log_info(&c->worker->log, "refused %s: %d %s, while %s", name,
			status, response_reason(status), conn_doing(c));
	}
	c->has_progress = true;
	serve_refuse(c->exchange, status);
}

/* ---- body --------------------------------------------------------------- */

/* Nobody wants it: the answer is made before it is read where that would be
 * too much. */
static void
start_to_drop(struct conn *c)
{
	struct exchange *x = c->exchange;

	/* Whether a client that expects 100 still sends its body after another
	 * answer can't be known (RFC 9110 10.1.1). */
	x->closes = x->request.expects_continue ||
		    x->request.content_length > limits_of(c)->discard;
	if (x->closes)
		http1_input_end(c);
}

/* The handler takes it as it comes, or has answered already. */
static void
start_to_stream(struct conn *c)
{
	struct exchange *x = c->exchange;

	answer(c);
	if (x->handler != NULL)
		return;
	exchange_drop_content(x);
	if (x->closes)
		end_request(c);
}

/* Before any of it is read: too long for those who want it, or for us to
 * read in vain. */
static void
start_body(struct conn *c, bool is_here)
{
	struct exchange *x = c->exchange;
	struct request *r = &x->request;

	if (r->is_chunked)
		body_start_chunked(&x->body);
	else
		body_start_length(&x->body, (uint64_t)r->content_length);
	x->phase = EXCHANGE_BODY;
	x->owes_continue = r->expects_continue && !is_here;
	if (x->drops_body)
		start_to_drop(c);
	else if (r->content_length > x->body_most)
		refuse(c, 413);
	else if (x->streams_body)
		start_to_stream(c);
	else
		exchange_continue(x);
}

/* It is too large, or broken: there is no way on from here. */
static void
spoil(struct conn *c, int status)
{
	struct exchange *x = c->exchange;

	exchange_abandon(x, EXCHANGE_REFUSED);
	if (x->status == 0) {
		refuse(c, status);
		return;
	}
	x->closes = true;
	end_request(c);
}

static void
drop_content(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (x->body.received - x->received_before_drop <=
		(uint64_t)limits_of(c)->discard)
		return;
	x->closes = true;
	if (!is_asked(x))
		answer(c);
	end_or_wait(c);
}

static void
take_content(struct conn *c, struct span content)
{
	struct exchange *x = c->exchange;

	if (x->drops_body ||
		(x->handler != NULL && x->handler->on_content == NULL))
		drop_content(c);
	else if (x->body.received > (uint64_t)x->body_most)
		spoil(c, 413);
	else if (x->handler != NULL)
		x->handler->on_content(x, content);
	else
		serve_content(x, content);
}

/* It is done, and nobody who is paused stands in between any more. */
static bool
is_at_body_end(const struct exchange *x)
{
	return x->phase == EXCHANGE_BODY && body_is_done(&x->body) &&
	       !x->is_paused;
}

static void
on_body_end(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (!is_asked(x))
		answer(c);
	else
		tell_content_end(x);
	if (x->phase == EXCHANGE_BODY)
		end_or_wait(c);
}

static size_t
take_body(struct conn *c, const char *bytes, size_t len)
{
	struct exchange *x = c->exchange;
	struct span content;
	size_t used;
	int status;

	if (x->is_paused)
		return 0;
	status = body_take(&x->body, bytes, len, &used, &content);
	if (status != 0) {
		spoil(c, status);
		return 0;
	}
	if (content.len > 0)
		take_content(c, content);
	if (is_at_body_end(x))
		on_body_end(c);
	return used;
}

void
http1_input_end(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (x == NULL || x->phase != EXCHANGE_BODY)
		return;
	if (x->drops_body && !is_asked(x)) {
		answer(c);
		if (x->closes)
			end_or_wait(c);
	}
	if (x->phase == EXCHANGE_BODY)
		exchange_keep_head(x);
}

/* ---- head --------------------------------------------------------------- */

/* RFC 9112 2.2: an empty line or two before a request line is skipped. */
static size_t
skip_blank(struct conn *c, const char *bytes, size_t len)
{
	enum { MOST = 4 };

	if (len < 2 || bytes[0] != '\r' || bytes[1] != '\n')
		return 0;
	if (++c->empty_lines > MOST) {
		access_log_request(c->exchange);
		refuse(c, 400);
	}
	return 2;
}

static void
begin_request(struct conn *c, bool body_is_here)
{
	struct exchange *x = c->exchange;

	inflight_begin(x);
	serve_route(x);
	inflight_set_route(x);
	if (request_has_body(&x->request)) {
		start_body(c, body_is_here);
		return;
	}
	answer(c);
	if (x->phase == EXCHANGE_HEAD)
		end_or_wait(c);
}

/* HTTP1_PARTIAL, or the verdict on the head. */
static int
read_head(struct conn *c, const char *bytes, size_t len)
{
	struct exchange *x = c->exchange;
	int status;

	if (c->scanned > 0 && !http1_is_whole(bytes, len, &c->scanned)) {
		status = http1_check_partial(bytes, len, limits_of(c));
		return status == 0 ? HTTP1_PARTIAL : status;
	}
	status = http1_parse(
		&c->worker->http1, &x->request, bytes, len, limits_of(c));
	if (status == 0)
		status = request_check(&x->request, limits_of(c), &x->arena);
	return status;
}

static size_t
take_head(struct conn *c, const char *bytes, size_t len)
{
	struct exchange *x = c->exchange;
	size_t skipped;
	int status;

	if (x->npipelined >= limits_of(c)->pipelined || !exchange_has_room(x))
		return 0;
	if ((skipped = skip_blank(c, bytes, len)) > 0)
		return skipped;
	status = read_head(c, bytes, len);
	if (status == HTTP1_PARTIAL) {
		c->scanned = (uint32_t)len;
		return 0;
	}
	c->scanned = c->empty_lines = 0;
	c->has_progress = true;
	x->npipelined++;
	access_log_request(x);
	if (status != 0) {
		refuse(c, status);
		return len;
	}
	begin_request(c, len > x->request.head_len);
	return x->request.head_len;
}

static size_t
take_tunnel(struct conn *c, const char *bytes, size_t len)
{
	struct exchange *x = c->exchange;

	/* What comes behind its end is nobody's. */
	if (x->handler == NULL)
		return len;
	return x->handler->on_bytes(x, (struct span){ bytes, len });
}

size_t
http1_input(struct conn *c, const char *bytes, size_t len)
{
	switch (c->exchange->phase) {
	case EXCHANGE_HEAD:
		return take_head(c, bytes, len);
	case EXCHANGE_BODY:
		return take_body(c, bytes, len);
	case EXCHANGE_TUNNEL:
		return take_tunnel(c, bytes, len);
	default:
		return 0;
	}
}

void
http1_resume(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (is_at_body_end(x)) {
		on_body_end(c);
		return;
	}
	if (x->handler != NULL) {
		if (x->phase == EXCHANGE_HANDLE && x->status == 101)
			x->phase = EXCHANGE_TUNNEL;
		else if (x->phase == EXCHANGE_HANDLE)
			tell_content_end(x);
		return;
	}
	if (x->phase == EXCHANGE_TUNNEL)
		x->phase = EXCHANGE_LAST;
	else if (x->phase == EXCHANGE_BODY && x->closes && x->status != 0)
		end_request(c);
	else if (x->phase == EXCHANGE_HANDLE && !x->closes &&
		 !body_is_done(&x->body))
		x->phase = EXCHANGE_BODY;
	else if (x->phase == EXCHANGE_HANDLE)
		end_request(c);
}
