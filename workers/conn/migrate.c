/*
 * Connections leave in messages of up to CHANNEL_FDS each, all by the same
 * message whatever the reason: conn_record.h.
 * SPDX-License-Identifier: MIT
 */
#include "conn/migrate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/heritage.h"
#include "conn/conn.h"
#include "conn/conn_record.h"
#include "conn/exchange.h"
#include "conn/http2_service.h"
#include "conn/worker_state.h"

/* The first of them leaves a worker that serves on, too. */
static const enum conn_wait leaving[] = { CONN_WAIT_HTTP2_LEAVE, CONN_WAIT_IDLE,
	CONN_WAIT_HEAD };

static void
on_room(struct retry_io *room, int revents)
{
	(void)revents;
	/* The end of this turn tries again. */
	retry_io_stop(room);
}

void
migrate_init(struct worker *w)
{
	struct migrate *h = &w->migrate;

	h->is_on = false;
	h->websockets.first = NULL;
	retry_io_init(
		&h->room, w->loop, on_room, w->heritage->channel, EV_WRITE, w);
}

void
migrate_start(struct worker *w)
{
	w->migrate.is_on = true;
}

static struct migrate_websocket *
websocket_of(struct list_node *node)
{
	return container_of(node, struct migrate_websocket, node);
}

void
migrate_add(struct worker *w, struct migrate_websocket *s)
{
	if (s->is_listed)
		return;
	list_add(&w->migrate.websockets, &s->node);
	s->is_listed = true;
}

void
migrate_remove(struct migrate_websocket *s)
{
	if (s->is_listed)
		list_remove(&s->node);
	s->is_listed = false;
}

void
migrate_stop(struct worker *w)
{
	struct migrate_websocket *s;

	w->migrate.is_on = false;
	retry_io_stop(&w->migrate.room);
	while (w->migrate.websockets.first != NULL) {
		s = websocket_of(w->migrate.websockets.first);
		migrate_remove(s);
		s->calls->go_away(s);
	}
}

/* ---- giving ------------------------------------------------------------- */

/* A batch: the message, and whose descriptors it holds. */
struct batch {
	struct channel_message m;
	struct conn *conns[CHANNEL_FDS];
};

/* False: it does not fit, or it stays for another reason. */
static bool
add_conn(struct batch *b, struct conn *c)
{
	struct conn_record r = { .type = CONN_RECORD_HTTP1,
		.is_tls = c->is_tls,
		.proxy = (enum conf_proxy)c->proxy,
		.since = c->deadline.since };

	/* The keys of a TLS connection cannot be passed on. */
	if (c->is_admin || c->tls != NULL)
		return false;
	if (c->http2 != NULL)
		c->worker->http2->write_record(c->http2, &r);
	else
		r.http1 = (struct conn_record_http1){ .requests = c->requests,
			.protocols = c->protocols,
			.input = { c->input.bytes, c->input.used } };
	memcpy(&r.peer, &c->peer, sizeof(r.peer));
	if (!conn_record_add(&b->m, &r, c->io.fd))
		return false;
	b->conns[b->m.nfds - 1] = c;
	return true;
}

static void
clear_message(struct channel_message *m)
{
	m->kind = CHANNEL_CONN;
	m->nfds = 0;
	m->len = 0;
}

/* The oldest ones first.  A head too long for a message stays: its request is
 * answered here, and then the connection can go. */
static void
collect_waiting(struct worker *w, struct batch *b)
{
	size_t n = w->migrate.is_on ? sizeof(leaving) / sizeof(leaving[0]) : 1;

	clear_message(&b->m);
	for (size_t i = 0; i < n; i++) {
		struct deadline_class *class = &w->conns.waits[leaving[i]];
		struct deadline *d = class->list.next;

		for (; d != &class->list && b->m.nfds < CHANNEL_FDS;
			d = d->next)
			add_conn(b, conn_of_deadline(d));
	}
}

/* The master and its next process have descriptors of their own by now. */
static void
let_go(const struct batch *b)
{
	struct conn *c;

	for (int i = 0; i < b->m.nfds; i++) {
		c = b->conns[i];
		if (c->http2 != NULL)
			c->worker->http2->count_moved(c->http2);
		conn_close(c, NULL);
	}
}

/* ---- WebSockets ---------------------------------------------------------- */

static bool
write_websocket(struct channel_message *m, const struct conn *c,
	const struct conn_record_websocket *state)
{
	struct conn_record r = { .type = CONN_RECORD_WEBSOCKET,
		.is_tls = c->is_tls,
		.proxy = CONF_PROXY_OFF,
		.since = c->worker->now_ms,
		.websocket = *state };

	clear_message(m);
	memcpy(&r.peer, &c->peer, sizeof(r.peer));
	return conn_record_add(m, &r, c->io.fd);
}

/* Returns false if the channel takes no more: the WebSocket stays for now. */
static bool
send_websocket(struct worker *w, struct migrate_websocket *s,
	const struct conn_record_websocket *state)
{
	struct conn *c = s->exchange->conn;
	struct channel_message m;

	if (!write_websocket(&m, c, state)) {
		s->calls->go_away(s);
		return true;
	}
	if (channel_send(w->heritage->channel, &m) == 0) {
		s->calls->on_moved(s);
		conn_close(c, NULL);
		return true;
	}
	if (errno == EAGAIN)
		retry_io_start(&w->migrate.room);
	migrate_add(w, s);
	return false;
}

static bool
move_websocket(struct worker *w, struct migrate_websocket *s)
{
	struct conn_record_websocket record = { .requests = 0 };
	char state[CONN_RECORD_STATE];

	switch (s->calls->save(s, &record, state)) {
	case MIGRATE_SAVED:
		return send_websocket(w, s, &record);
	case MIGRATE_WAITS:
		migrate_add(w, s);
		break;
	case MIGRATE_NEVER:
		s->calls->go_away(s);
		break;
	case MIGRATE_IS_GONE:
		break;
	}
	return true;
}

/*
 * Each is sent as soon as it is saved: while the module saves one, it may send
 * to another or end it.  The list that is walked is one that they leave by
 * themselves when they end.
 */
static void
move_websockets(struct worker *w)
{
	struct list walked = w->migrate.websockets;
	struct migrate_websocket *s;
	bool has_room = true;

	w->migrate.websockets.first = NULL;
	if (walked.first != NULL)
		walked.first->link = &walked.first;
	while (walked.first != NULL) {
		s = websocket_of(walked.first);
		migrate_remove(s);
		if (has_room)
			has_room = move_websocket(w, s);
		else
			migrate_add(w, s);
	}
	/* One that cannot leave has a close frame to send, in the next turn. */
	if (w->run_queue.first != NULL)
		ev_idle_start(w->loop, &w->busy);
}

bool
migrate_is_due(struct worker *w)
{
	return w->migrate.is_on ||
	       deadline_oldest(&w->conns.waits[CONN_WAIT_HTTP2_LEAVE]) != NULL;
}

void
migrate_out(struct worker *w)
{
	struct batch b;

	if (retry_io_is_active(&w->migrate.room))
		return;
	for (collect_waiting(w, &b); b.m.nfds > 0; collect_waiting(w, &b)) {
		if (channel_send(w->heritage->channel, &b.m) == 0) {
			let_go(&b);
			continue;
		}
		if (errno == EAGAIN)
			retry_io_start(&w->migrate.room);
		/* Else the master is gone, and the channel says so soon. */
		return;
	}
	if (w->migrate.is_on && w->migrate.websockets.first != NULL)
		move_websockets(w);
}

/* Those that asked last: their clients are the load. */
static void
collect_youngest(struct worker *w, struct batch *b, size_t most)
{
	struct deadline *list = &w->conns.waits[CONN_WAIT_IDLE].list;
	struct deadline *d = list->prev;

	clear_message(&b->m);
	if (most > CHANNEL_FDS)
		most = CHANNEL_FDS;
	for (; d != list && (size_t)b->m.nfds < most; d = d->prev)
		add_conn(b, conn_of_deadline(d));
}

void
migrate_out_some(struct worker *w, size_t most)
{
	struct batch b;

	most = w->http2->move_some(w, most);
	for (; most > 0; most -= (size_t)b.m.nfds) {
		collect_youngest(w, &b, most);
		if (b.m.nfds == 0 ||
			channel_send(w->heritage->channel, &b.m) == -1)
			return;
		let_go(&b);
	}
}

/* ---- taking ------------------------------------------------------------- */

static void
adopt_conn(struct worker *w, int fd, const struct conn_record *r)
{
	struct conn_past past = {
		.since = r->since, .proxy = r->proxy, .is_tls = r->is_tls
	};

	if (r->type == CONN_RECORD_HTTP1) {
		past.requests = r->http1.requests;
		past.protocols = r->http1.protocols;
		past.input = r->http1.input;
	} else if (r->type == CONN_RECORD_HTTP2) {
		past.requests = r->http2.requests;
		past.protocols = r->http2.protocols;
		past.http2 = &r->http2;
	} else if (r->type == CONN_RECORD_WEBSOCKET) {
		past.websocket = &r->websocket;
	}
	conn_adopt(w, fd, &r->peer.any, &past);
}

/* Another program, older or newer, may have written the records, or a worker
 * that was taken over. */
void
migrate_in(struct worker *w, struct channel_message *m)
{
	struct span text = { m->text, m->len };
	struct conn_record r;
	int nclosed = 0;

	for (int i = 0; i < m->nfds; i++)
		if (conn_record_read(&text, &r) == CONN_RECORD_OK) {
			adopt_conn(w, m->fds[i], &r);
		} else {
			close(m->fds[i]);
			nclosed++;
		}
	if (nclosed > 0)
		log_warnx(&w->log,
			"closed %d connections that were handed over in a "
			"format that this program does not know",
			nclosed);
}
