/*
 * A connection's place among those in flight is 1 to SLOT_INFLIGHT; OTHER is
 * one that found them taken, and is only counted. SPDX-License-Identifier: MIT
 */
#include "conn/inflight.h"

#include "common/heritage.h"
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "worker.h"

enum { NONE = 0, OTHER = SLOT_INFLIGHT + 1 };

static void
set_text(char *to, size_t size, struct span from)
{
	size_t len = from.len < size ? from.len : size - 1;

	if (len > 0)
		memcpy(to, from.at, len);
	to[len] = '\0';
}

void
inflight_begin(const struct exchange *x)
{
	const struct request *r = &x->request;
	struct slot_request *current = &x->worker->slot->current;

	current->route = SLOT_NO_ROUTE;
	set_text(current->id, sizeof(current->id),
		request_value(r, FIELD_X_REQUEST_ID));
	set_text(current->head, sizeof(current->head),
		(struct span){ r->head, r->head_len });
}

void
inflight_set_route(const struct exchange *x)
{
	struct slot_request *current = &x->worker->slot->current;

	if (x->route == NULL)
		return;
	current->site = (uint32_t)(x->site->conf - x->worker->conf->sites);
	current->route = (uint32_t)(x->route->conf - x->site->conf->routes);
}

void
inflight_set_id(const struct exchange *x)
{
	struct slot_request *current = &x->worker->slot->current;

	set_text(current->id, sizeof(current->id), x->request_id);
}

static uint8_t
find_free(const struct slot_inflight *f)
{
	for (uint8_t i = 0; i < SLOT_INFLIGHT; i++)
		if (f->all[i].head[0] == '\0')
			return i + 1;
	return OTHER;
}

static void
keep(struct conn *c)
{
	struct slot_request *current = &c->worker->slot->current;
	struct slot_inflight *f = c->worker->heritage->inflight;

	if (f == NULL || current->head[0] == '\0')
		return;
	if (c->inflight == NONE) {
		c->inflight = find_free(f);
		f->others += c->inflight == OTHER;
	}
	if (c->inflight != OTHER)
		f->all[c->inflight - 1] = *current;
	current->head[0] = '\0';
}

static void
forget(struct conn *c)
{
	struct slot_inflight *f = c->worker->heritage->inflight;

	c->worker->slot->current.head[0] = '\0';
	if (c->inflight == NONE)
		return;
	if (c->inflight == OTHER)
		f->others--;
	else
		f->all[c->inflight - 1].head[0] = '\0';
	c->inflight = NONE;
}

void
inflight_update(struct conn *c)
{
	switch (c->state) {
	case CONN_READ_BODY:
	case CONN_HANDLE:
	case CONN_TUNNEL:
	case CONN_WAIT_DISK:
	case CONN_RESPOND:
		keep(c);
		break;
	default:
		forget(c);
	}
}
