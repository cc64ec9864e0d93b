/*
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_tls.h"

#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/peer.h"
#include "conn/response.h"
#include "conn/run_queue.h"
#include "conn/worker_state.h"
#include "tls/tls.h"

bool
conn_tls_must_end(const struct conn *c)
{
	return tls_must_close(c->tls) &&
	       (c->state == CONN_IDLE || c->state == CONN_TUNNEL);
}

int
conn_tls_events(struct conn *c, int events)
{
	if (!(events & EV_READ))
		return events;
	if (tls_has_input(c->tls) && c->state == CONN_HANDLE)
		return 0; /* the peer sends too early: it is not read yet */
	if (tls_has_input(c->tls) || conn_tls_must_end(c))
		run_queue_add(c);
	return tls_wants_write(c->tls) ? events | EV_WRITE : events;
}

void
conn_tls_close(struct conn *c)
{
	tls_close(c->tls);
	c->tls = NULL;
}

bool
conn_tls_has_unread(const struct conn *c)
{
	return ev_is_active(&c->io) && (c->io.events & EV_READ) &&
	       c->state != CONN_HANDLE &&
	       (tls_has_input(c->tls) || conn_tls_must_end(c));
}

void
conn_tls_refuse_plain(struct conn *c)
{
	struct exchange *x;
	char name[PEER_NAME];

	peer_name(&c->peer.any, name);
	log_info(&c->worker->log,
		"refused %s: request in clear at an address with TLS", name);
	conn_tls_close(c);
	conn_take_exchange(c);
	x = c->exchange;
	request_stats_begin(x);
	request_stats_set_no_site(x);
	x->closes = true;
	response_send(
		x, &(struct response){ .status = 400,
			   .type = SPAN("text/plain; charset=utf-8"),
			   .content = SPAN("This port speaks HTTPS, and the "
					   "request came in plain HTTP.\n") });
	exchange_enter(x, EXCHANGE_ON_LAST);
	conn_resume(c);
}
