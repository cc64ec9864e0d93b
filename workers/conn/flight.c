/*
 * A connection's place among the flights is 1 to SLOT_FLIGHTS; OTHER is one
 * that found them taken, and is only counted.
 * SPDX-License-Identifier: MIT
 */
#include "conn/flight.h"

#include "common/heritage.h"
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "worker.h"

enum { NONE = 0, OTHER = SLOT_FLIGHTS + 1 };

static void
set_text(char *to, size_t size, struct span from)
{
	size_t len = from.len < size ? from.len : size - 1;

	if (len > 0)
		memcpy(to, from.at, len);
	to[len] = '\0';
}

void
flight_begin(const struct exchange *x)
{
	const struct request *r = &x->request;
	struct slot_request *doing = &x->worker->slot->doing;

	doing->route = SLOT_NO_ROUTE;
	set_text(doing->id, sizeof(doing->id),
		request_value(r, FIELD_X_REQUEST_ID));
	set_text(doing->head, sizeof(doing->head),
		(struct span){ r->head, r->head_len });
}

void
flight_on_routed(const struct exchange *x)
{
	struct slot_request *doing = &x->worker->slot->doing;

	if (x->route == NULL)
		return;
	doing->site = (uint32_t)(x->site->conf - x->worker->conf->sites);
	doing->route = (uint32_t)(x->route->conf - x->site->conf->routes);
}

void
flight_on_named(const struct exchange *x)
{
	struct slot_request *doing = &x->worker->slot->doing;

	set_text(doing->id, sizeof(doing->id), x->request_id);
}

static uint8_t
find_place(const struct slot_flights *f)
{
	for (uint8_t i = 0; i < SLOT_FLIGHTS; i++)
		if (f->all[i].head[0] == '\0')
			return i + 1;
	return OTHER;
}

static void
keep(struct conn *c)
{
	struct slot_request *doing = &c->worker->slot->doing;
	struct slot_flights *f = c->worker->heritage->flights;

	if (f == NULL || doing->head[0] == '\0')
		return;
	if (c->flight == NONE) {
		c->flight = find_place(f);
		f->others += c->flight == OTHER;
	}
	if (c->flight != OTHER)
		f->all[c->flight - 1] = *doing;
	doing->head[0] = '\0';
}

static void
forget(struct conn *c)
{
	struct slot_flights *f = c->worker->heritage->flights;

	c->worker->slot->doing.head[0] = '\0';
	if (c->flight == NONE)
		return;
	if (c->flight == OTHER)
		f->others--;
	else
		f->all[c->flight - 1].head[0] = '\0';
	c->flight = NONE;
}

void
flight_note(struct conn *c)
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
