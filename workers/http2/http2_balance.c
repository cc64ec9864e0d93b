/*
 * How much the connections of HTTP/2 weigh against those of HTTP/1, and which
 * of them go to another worker when this one has too many.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_balance.h"

#include "common/slot.h"
#include "conn/conn.h"
#include "conn/worker_state.h"
#include "http2/http2.h"

/* The connection itself counts as 1 in slot->connections. */
static void
set_load(struct http2 *h, unsigned load)
{
	struct slot_gauges *g = &h->conn->worker->slot->gauges;

	if (h->conn->is_counted)
		g->http2_load += (uint64_t)load - h->load;
	h->load = load;
}

void
http2_load_begin(struct http2 *h)
{
	h->load = 1;
	h->most_streams = 0;
}

void
http2_load_end(struct http2 *h)
{
	set_load(h, 1);
}

void
http2_load_add(struct http2 *h)
{
	if (h->nstreams > h->most_streams)
		h->most_streams = h->nstreams;
	if (h->nstreams > h->load)
		set_load(h, h->nstreams);
}

void
http2_load_update(struct worker *w)
{
	for (struct http2 *h = w->http2s; h != NULL; h = h->next) {
		set_load(h, h->most_streams > 1 ? h->most_streams : 1);
		h->most_streams = h->nstreams;
	}
}

/* ---- connections that go to another worker ------------------------------- */

/* Not more than what is too much, or the other worker has it then. */
static bool
may_move(const struct http2 *h, size_t most)
{
	const struct conn *c = h->conn;

	return h->load <= most + most / 4 && c->tls == NULL && !c->is_admin &&
	       h->ending == HTTP2_OPEN && h->error == HTTP2_NO_ERROR &&
	       h->nsettings == 0 && !http2_move_is_reading(&h->move);
}

static struct http2 *
find_heaviest(struct worker *w, size_t most)
{
	struct http2 *found = NULL;

	for (struct http2 *h = w->http2s; h != NULL; h = h->next)
		if (may_move(h, most) &&
			(found == NULL || h->load > found->load))
			found = h;
	return found;
}

size_t
http2_move_some(struct worker *w, size_t most)
{
	enum { CONNECTIONS_MOST = 16 }; /* each a walk over all */
	struct http2 *h;

	for (int i = 0; most > 0 && i < CONNECTIONS_MOST; i++) {
		h = find_heaviest(w, most);
		if (h == NULL)
			break;
		http2_move_start(h);
		most -= h->load < most ? h->load : most;
	}
	return most;
}
