/*
 * The text of a message is, for each of its descriptors, in their order, a
 * struct entry and the input that was read and not used.  Workers of the same
 * program write and read it; the master only passes it on.
 * SPDX-License-Identifier: MIT
 */
#include "conn/migrate.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/heritage.h"
#include "conn/conn.h"
#include "worker.h"

struct entry {
	struct sockaddr_in6 peer; /* or what else fits conn->peer */
	uint16_t proxy;           /* enum conf_proxy: the header still due */
	uint16_t is_tls;
	int64_t since;
	uint32_t requests;
	uint32_t input; /* bytes behind this struct */
};

_Static_assert(sizeof(struct entry) == 48 && CHANNEL_FORMAT == 1,
	"another entry is another format");

static const enum conn_wait leaving[] = { CONN_WAIT_IDLE, CONN_WAIT_HEAD };

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
	retry_io_init(
		&h->room, w->loop, on_room, w->heritage->channel, EV_WRITE, w);
}

void
migrate_start(struct worker *w)
{
	w->migrate.is_on = true;
}

void
migrate_stop(struct worker *w)
{
	w->migrate.is_on = false;
	retry_io_stop(&w->migrate.room);
}

/* ---- giving ------------------------------------------------------------- */

/* A batch: the message, and whose descriptors it holds. */
struct batch {
	struct channel_message m;
	struct conn *conns[CHANNEL_FDS];
};

static bool
fits(const struct batch *b, const struct conn *c)
{
	return b->m.nfds < CHANNEL_FDS &&
	       b->m.len + sizeof(struct entry) + c->input.used < CHANNEL_TEXT;
}

static void
add(struct batch *b, struct conn *c)
{
	struct entry e = { .since = c->deadline.since,
		.requests = c->requests,
		.input = (uint32_t)c->input.used,
		.proxy = c->proxy,
		.is_tls = c->is_tls };
	char *to = b->m.text + b->m.len;

	memcpy(&e.peer, &c->peer, sizeof(c->peer));
	memcpy(to, &e, sizeof(e));
	if (c->input.used > 0)
		memcpy(to + sizeof(e), c->input.bytes, c->input.used);
	b->m.len += sizeof(e) + c->input.used;
	b->conns[b->m.nfds] = c;
	b->m.fds[b->m.nfds++] = c->io.fd;
}

/* The oldest ones first.  A head too long for a message stays: its request is
 * answered here, and then the connection can go. */
static void
collect(struct worker *w, struct batch *b)
{
	b->m.kind = CHANNEL_CONN;
	b->m.nfds = 0;
	b->m.len = 0;
	for (size_t i = 0; i < sizeof(leaving) / sizeof(leaving[0]); i++) {
		struct deadline_class *class = &w->conns.waits[leaving[i]];
		struct deadline *d = class->list.next;

		for (; d != &class->list && b->m.nfds < CHANNEL_FDS;
			d = d->next)
			if (!conn_of_deadline(d)->is_admin &&
				fits(b, conn_of_deadline(d)))
				add(b, conn_of_deadline(d));
	}
}

/* The master and its next process have descriptors of their own by now. */
static void
let_go(const struct batch *b)
{
	for (int i = 0; i < b->m.nfds; i++)
		conn_close(b->conns[i], NULL);
}

void
migrate_out(struct worker *w)
{
	struct batch b;

	if (retry_io_is_active(&w->migrate.room))
		return;
	for (collect(w, &b); b.m.nfds > 0; collect(w, &b)) {
		if (channel_send(w->heritage->channel, &b.m) == 0) {
			let_go(&b);
			continue;
		}
		if (errno == EAGAIN)
			retry_io_start(&w->migrate.room);
		/* Else the master is gone, and the channel says so soon. */
		return;
	}
}

/* Those that asked last: their clients are the load. */
static void
collect_youngest(struct worker *w, struct batch *b, size_t most)
{
	struct deadline *list = &w->conns.waits[CONN_WAIT_IDLE].list;
	struct deadline *d = list->prev;

	b->m.kind = CHANNEL_CONN;
	b->m.nfds = 0;
	b->m.len = 0;
	if (most > CHANNEL_FDS)
		most = CHANNEL_FDS;
	for (; d != list && (size_t)b->m.nfds < most; d = d->prev)
		if (!conn_of_deadline(d)->is_admin &&
			fits(b, conn_of_deadline(d)))
			add(b, conn_of_deadline(d));
}

void
migrate_out_some(struct worker *w, size_t most)
{
	struct batch b;

	for (; most > 0; most -= (size_t)b.m.nfds) {
		collect_youngest(w, &b, most);
		if (b.m.nfds == 0 ||
			channel_send(w->heritage->channel, &b.m) == -1)
			return;
		let_go(&b);
	}
}

/* ---- taking ------------------------------------------------------------- */

void
migrate_in(struct worker *w, struct channel_message *m)
{
	const char *at = m->text, *end = m->text + m->len;
	struct conn_past past;
	struct entry e;

	for (int i = 0; i < m->nfds; i++) {
		if ((size_t)(end - at) < sizeof(e)) {
			close(m->fds[i]);
			continue;
		}
		memcpy(&e, at, sizeof(e));
		at += sizeof(e);
		if (e.input > (size_t)(end - at))
			e.input = (uint32_t)(end - at);
		past = (struct conn_past){ .since = e.since,
			.requests = e.requests,
			.proxy = (enum conf_proxy)e.proxy,
			.is_tls = e.is_tls != 0,
			.input = { at, e.input } };
		conn_adopt(
			w, m->fds[i], (const struct sockaddr *)&e.peer, &past);
		at += e.input;
	}
}
