/*
 * SPDX-License-Identifier: MIT
 */
#include "conn/websocket_adopt.h"

#include <assert.h>
#include <string.h>

#include "common/slot.h"
#include "conn/conn.h"
#include "conn/conn_record.h"
#include "conn/exchange.h"
#include "conn/http1_conn.h"
#include "conn/peer.h"
#include "conn/worker_state.h"

/* ---- what the client is told -------------------------------------------- */

/* RFC 6455 5.5.1 and 7.4.1: 1001, "going away". */
static const char close_frame[] = { '\x88', 2, '\x03', '\xe9' };

void
websocket_adopt_refuse(struct exchange *x, const struct response_head *h)
{
	(void)h;
	output_add(x->output, close_frame, sizeof(close_frame), NULL);
	x->closes = true;
}

bool
websocket_adopt_refuse_file(struct exchange *x, struct file *f)
{
	(void)f;
	websocket_adopt_refuse(x, NULL);
	return false;
}

void
websocket_adopt_skip_interim(struct exchange *x, int status, struct span fields)
{
	(void)x;
	(void)status;
	(void)fields;
}

/* The client got it from the worker that it has connected to. */
void
websocket_adopt_skip_switch(struct exchange *x, struct span fields)
{
	(void)x;
	(void)fields;
}

/* ---- arriving ------------------------------------------------------------ */

static struct span
copy_span(struct exchange *x, struct span from)
{
	return (struct span){ arena_strndup(&x->arena, from.at, from.len),
		from.len };
}

/* The record lives in the message; the exchange needs it until its end. */
static void
keep_record(struct exchange *x, const struct conn_record_websocket *r)
{
	struct conn_record_websocket *copy =
		arena_alloc(&x->arena, sizeof(*copy));

	assert(copy != NULL);
	*copy = *r;
	copy->request_id = copy_span(x, r->request_id);
	copy->protocol = copy_span(x, r->protocol);
	copy->state = copy_span(x, r->state);
	x->restored = copy;
	x->protocol = &http1_restored_protocol;
}

/* The head was counted, and the handshake began, in another worker. */
static void
set_past(struct conn *c, const struct conn_record_websocket *r)
{
	struct exchange *x = c->exchange;

	c->requests = r->requests;
	x->stats.counters->bytes_in -= r->head.len;
	if (r->began_ns <= x->stats.began_ns)
		x->stats.began_ns = r->began_ns;
}

void
websocket_adopt(struct conn *c, const struct conn_record_websocket *r)
{
	char name[PEER_NAME];

	c->protocols = 1u << CONF_HTTP_1;
	conn_take_exchange(c);
	keep_record(c->exchange, r);
	if (http1_input(c, r->head.at, r->head.len) == r->head.len &&
		c->exchange->phase != EXCHANGE_HEAD &&
		c->exchange->phase != EXCHANGE_BODY) {
		set_past(c, r);
		conn_resume(c);
		return;
	}
	peer_name(&c->peer.any, name);
	log_warnx(&c->worker->log,
		"closed %s: it was handed over as a WebSocket, without the "
		"request that has opened it",
		name);
	conn_close(c, NULL);
}
