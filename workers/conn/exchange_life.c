/*
 * The life of one request and its response, without regard to how they are
 * framed.  Only exchange_enter() writes exchange->phase, and it refuses any
 * step that is not an arrow below.
 *
 *               ,----------- hold -----------.
 *               |                            v
 *             HEAD -- content --> BODY ---> HANDLE -- switch --> TUNNEL
 *              ^ ^                 | ^       |  |                   |
 *              | '---- next -------' '-rest--'  |                  last
 *              '------------------ next --------'                   v
 *   LAST <------------------- last, from each --------------------- LAST
 *
 * HEAD and BODY may switch to TUNNEL at once, and HEAD may stay HEAD: then the
 * request was answered within one call.  An exchange that carries one request
 * only, as a stream of HTTP/2 does, ends in LAST.  A request whose content is
 * not wanted is answered when its content was read, or at the end of the turn
 * if that is earlier.
 * SPDX-License-Identifier: MIT
 */
#include "conn/exchange_life.h"

#include <assert.h>

#include "common/conf.h"
#include "common/slot.h"
#include "conn/end_reason.h"
#include "conn/exchange.h"
#include "conn/exchange_service.h"
#include "conn/inflight.h"
#include "conn/response.h"
#include "conn/worker_state.h"

#define ON(event, phase) [EXCHANGE_ON_##event] = 1 + EXCHANGE_##phase

/* For each event the phase that follows, plus 1; 0: the event is not allowed.
 */
static const struct {
	const char *doing;
	uint8_t next[EXCHANGE_EVENTS];
} phases[] = {
	[EXCHANGE_HEAD] = { "reading the request head",
		{ ON(CONTENT, BODY), ON(HOLD, HANDLE), ON(SWITCH, TUNNEL),
			ON(NEXT, HEAD), ON(LAST, LAST) } },
	[EXCHANGE_BODY] = { "reading the request body",
		{ ON(HOLD, HANDLE), ON(SWITCH, TUNNEL), ON(NEXT, HEAD),
			ON(LAST, LAST) } },
	[EXCHANGE_HANDLE] = { "handling the request",
		{ ON(SWITCH, TUNNEL), ON(REST, BODY), ON(NEXT, HEAD),
			ON(LAST, LAST) } },
	[EXCHANGE_TUNNEL] = { "speaking another protocol", { ON(LAST, LAST) } },
	[EXCHANGE_LAST] = { "sending the last response", { 0 } },
};

_Static_assert(sizeof(phases) / sizeof(phases[0]) == EXCHANGE_PHASES,
	"a row for each phase");

void
exchange_enter(struct exchange *x, enum exchange_event event)
{
	unsigned next = phases[x->phase].next[event];

	assert(next != 0);
	x->phase = (enum exchange_phase)(next - 1);
}

const char *
exchange_doing(const struct exchange *x)
{
	return phases[x->phase].doing;
}

static const struct conf_limits *
limits_of(const struct exchange *x)
{
	return &x->worker->conf->limits;
}

/* Ends the exchange; its connection goes on unless this was the last one. */
static void
end_request(struct exchange *x)
{
	if (x->closes || x->protocol->is_single) {
		exchange_enter(x, EXCHANGE_ON_LAST);
	} else {
		exchange_enter(x, EXCHANGE_ON_NEXT);
		exchange_next(x);
	}
	x->protocol->on_end(x);
}

static void
tell_content_end(struct exchange *x)
{
	if (x->handler != NULL && x->handler->on_content_end != NULL &&
		body_is_done(&x->body))
		x->handler->on_content_end(x);
}

/* Ends the exchange, or waits for its handler if that has not answered yet. */
static void
end_or_wait(struct exchange *x)
{
	if (x->handler == NULL) {
		end_request(x);
		return;
	}
	exchange_enter(x, x->is_tunnel ? EXCHANGE_ON_SWITCH : EXCHANGE_ON_HOLD);
	tell_content_end(x);
}

/* Returns true if a handler holds the exchange or has answered. */
static bool
is_asked(const struct exchange *x)
{
	return x->status != 0 || x->handler != NULL;
}

void
exchange_count_refusal(struct exchange *x, enum slot_refusal reason)
{
	x->worker->slot->refused[reason] += x->is_counted;
	x->end_reason = (uint8_t)end_reason_of(reason);
}

static void
count_refusal(struct exchange *x, int status)
{
	enum slot_refusal reason = SLOT_REFUSED_BAD_REQUEST;

	if (status == 413 || status == 414 || status == 431)
		reason = SLOT_REFUSED_TOO_LARGE;
	else if (status == 503)
		reason = SLOT_REFUSED_MEMORY;
	exchange_count_refusal(x, reason);
}

static void
log_refusal(struct exchange *x, int status)
{
	struct worker *w = x->worker;

	refusal_log(&w->refusals, &w->log, w->now_ms,
		&(struct refusal){
			.status = status,
			.rule = x->request.broken_rule,
			.peer = x->peer,
			.doing = x->protocol->doing(x),
		});
}

void
exchange_log_refusal(struct exchange *x, int status, const char *rule)
{
	struct worker *w = x->worker;

	if (!x->is_counted && !x->is_admin)
		return;
	refusal_log(&w->refusals, &w->log, w->now_ms,
		&(struct refusal){
			.status = status,
			.rule = rule,
			.peer = x->client,
			.path = x->request.path,
			.doing = "answering a request",
		});
}

void
exchange_refuse(struct exchange *x, int status)
{
	log_refusal(x, status);
	count_refusal(x, status);
	if (x->site == NULL)
		request_stats_set_no_site(x);
	x->worker->service->refuse(x, status);
	x->protocol->on_end(x);
}

/* ---- content ------------------------------------------------------------ */

/* Discards the content.  If it is too long for that, responds before it is
 * read. */
static void
start_to_drop(struct exchange *x)
{
	/* Whether a client that expects 100 still sends its body after another
	 * response cannot be known (RFC 9110 10.1.1). */
	x->closes = x->request.expects_continue ||
		    x->request.content_length > limits_of(x)->discard;
	if (x->closes)
		exchange_end_input(x);
}

/* Starts a request whose handler takes the content in runs, or has answered
 * already. */
static void
start_to_stream(struct exchange *x)
{
	x->worker->service->respond(x);
	if (x->handler != NULL)
		return;
	exchange_drop_content(x);
	if (x->closes)
		end_request(x);
}

static int
refuse_long_content(struct exchange *x)
{
	return request_refuse(&x->request, 413,
		"content that is longer than limits.body or the route allows");
}

/* Decides what happens with the content, before any of it is read. */
static void
start_content(struct exchange *x, bool content_came)
{
	exchange_enter(x, EXCHANGE_ON_CONTENT);
	x->owes_continue = x->request.expects_continue && !content_came;
	if (x->drops_body)
		start_to_drop(x);
	else if (x->request.content_length > x->body_most)
		exchange_refuse(x, refuse_long_content(x));
	else if (x->streams_body)
		start_to_stream(x);
	else
		exchange_continue(x);
}

void
exchange_begin(struct exchange *x, bool content_came)
{
	inflight_begin(x);
	x->worker->service->route(x);
	x->stats.counters->bytes_in += x->request.head_len;
	if (!body_is_done(&x->body)) {
		start_content(x, content_came);
		return;
	}
	x->worker->service->respond(x);
	if (x->phase == EXCHANGE_HEAD)
		end_or_wait(x);
}

void
exchange_spoil(struct exchange *x, int status)
{
	exchange_abandon(x, EXCHANGE_REFUSED);
	if (x->status == 0) {
		exchange_refuse(x, status);
		return;
	}
	count_refusal(x, status);
	x->closes = true;
	end_request(x);
}

static void
drop_content(struct exchange *x)
{
	if (x->body.received - x->received_before_drop <=
		(uint64_t)limits_of(x)->discard)
		return;
	x->closes = true;
	if (!is_asked(x))
		x->worker->service->respond(x);
	end_or_wait(x);
}

static int
refuse_kept_content(struct exchange *x, int status)
{
	return request_refuse(&x->request, status,
		status == 413
			? "content that takes more than limits.body_memory"
			: "content for which other requests have left no room "
			  "in limits.body_memory");
}

static void
keep_content(struct exchange *x, struct span content)
{
	int status = x->worker->service->take_content(x, content);

	if (status != 0)
		exchange_spoil(x, refuse_kept_content(x, status));
}

void
exchange_take_content(struct exchange *x, struct span content)
{
	if (x->drops_body ||
		(x->handler != NULL && x->handler->on_content == NULL))
		drop_content(x);
	else if (x->body.received > (uint64_t)x->body_most)
		exchange_spoil(x, refuse_long_content(x));
	else if (x->handler != NULL)
		x->handler->on_content(x, content);
	else
		keep_content(x, content);
}

/* Returns true if all content was passed on; a handler that is paused has not
 * got the rest. */
static bool
is_at_content_end(const struct exchange *x)
{
	return x->phase == EXCHANGE_BODY && body_is_done(&x->body) &&
	       !x->is_paused;
}

static void
end_content(struct exchange *x)
{
	if (!is_asked(x))
		x->worker->service->respond(x);
	else
		tell_content_end(x);
	if (x->phase == EXCHANGE_BODY)
		end_or_wait(x);
}

void
exchange_end_content(struct exchange *x)
{
	if (is_at_content_end(x))
		end_content(x);
}

void
exchange_end_content_input(struct exchange *x)
{
	if (x->drops_body && !is_asked(x)) {
		x->worker->service->respond(x);
		if (x->closes)
			end_or_wait(x);
	}
	if (x->phase == EXCHANGE_BODY)
		exchange_keep_head(x);
}

size_t
exchange_take_bytes(struct exchange *x, struct span bytes)
{
	/* Bytes behind the end of the tunnel are dropped. */
	if (x->handler == NULL)
		return bytes.len;
	return x->handler->on_bytes(x, bytes);
}

/* ---- answers that take longer than a turn ------------------------------- */

void
exchange_proceed(struct exchange *x)
{
	if (is_at_content_end(x)) {
		end_content(x);
		return;
	}
	if (x->handler != NULL) {
		if (x->phase == EXCHANGE_HANDLE && x->is_tunnel)
			exchange_enter(x, EXCHANGE_ON_SWITCH);
		else if (x->phase == EXCHANGE_HANDLE)
			tell_content_end(x);
		return;
	}
	if (x->phase == EXCHANGE_TUNNEL)
		exchange_enter(x, EXCHANGE_ON_LAST);
	else if (x->phase == EXCHANGE_BODY && x->closes && x->status != 0)
		end_request(x);
	else if (x->phase == EXCHANGE_HANDLE && !x->closes &&
		 !body_is_done(&x->body))
		exchange_enter(x, EXCHANGE_ON_REST);
	else if (x->phase == EXCHANGE_HANDLE)
		end_request(x);
}

/* ---- timeouts ----------------------------------------------------------- */

void
exchange_end_head(struct exchange *x, int64_t since_ms)
{
	request_stats_set_no_site(x);
	x->stats.began_ns = since_ms * 1000000;
	x->request.broken_rule =
		"a head that did not come within timeouts.head";
	log_refusal(x, 408);
	x->worker->service->refuse(x, 408);
}

enum exchange_due
exchange_end_handler(struct exchange *x)
{
	if (x->handler != NULL && x->handler->on_due != NULL &&
		x->handler->on_due(x))
		return EXCHANGE_DUE_WAIT;
	/* It has answered earlier in this turn of the loop, at whose end the
	 * response is sent. */
	if (x->handler == NULL && x->status != 0)
		return EXCHANGE_DUE_WAIT;
	exchange_abandon(x, EXCHANGE_LATE);
	if (x->status != 0)
		return EXCHANGE_DUE_CUT;
	x->worker->service->refuse(x, 504);
	return EXCHANGE_DUE_ANSWER;
}

enum exchange_due
exchange_end_body(struct exchange *x)
{
	exchange_abandon(x, EXCHANGE_LATE);
	if (x->status != 0)
		return EXCHANGE_DUE_CUT;
	x->request.broken_rule =
		"content that did not come at limits.body_rate within "
		"timeouts.body";
	log_refusal(x, 408);
	x->worker->service->refuse(x, 408);
	return EXCHANGE_DUE_ANSWER;
}
