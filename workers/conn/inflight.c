/*
 * A request in flight has a row from 1 to SLOT_INFLIGHT; OTHER is one that
 * found no free row and is only counted.
 * SPDX-License-Identifier: MIT
 */
#include "conn/inflight.h"

#include "common/heritage.h"
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"

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
inflight_set_route(const struct exchange *x, uint32_t site, uint32_t route)
{
	struct slot_request *current = &x->worker->slot->current;

	current->site = site;
	current->route = route;
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

void
inflight_keep(struct worker *w, uint8_t *row)
{
	struct slot_request *current = &w->slot->current;
	struct slot_inflight *f = w->heritage->inflight;

	if (f == NULL || current->head[0] == '\0')
		return;
	/* Its head was read in this turn, or the text would be empty. */
	current->since = (uint64_t)w->now_ms;
	if (*row == NONE) {
		*row = find_free(f);
		f->others += *row == OTHER;
	}
	if (*row != OTHER)
		f->all[*row - 1] = *current;
	current->head[0] = '\0';
}

void
inflight_forget(struct worker *w, uint8_t *row)
{
	struct slot_inflight *f = w->heritage->inflight;

	w->slot->current.head[0] = '\0';
	if (*row == NONE)
		return;
	if (*row == OTHER)
		f->others--;
	else
		f->all[*row - 1].head[0] = '\0';
	*row = NONE;
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
		inflight_keep(c->worker, &c->inflight);
		break;
	default:
		inflight_forget(c->worker, &c->inflight);
	}
}
