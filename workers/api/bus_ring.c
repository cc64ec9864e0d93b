/*
 * SPDX-License-Identifier: MIT
 */
#include "api/bus_ring.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static void
drop_oldest(struct bus_ring *r)
{
	struct bus_ring_entry *e = r->first;

	r->first = e->next;
	if (r->first == NULL)
		r->last = NULL;
	r->bytes -= sizeof(*e) + e->len;
	free(e);
}

void
bus_ring_fini(struct bus_ring *r)
{
	while (r->first != NULL)
		drop_oldest(r);
}

void
bus_ring_add(struct bus_ring *r, const struct bus_head *head, const char *bytes,
	size_t len)
{
	struct bus_ring_entry *e = mem_alloc(sizeof(*e) + len);

	e->next = NULL;
	e->head = *head;
	e->len = len;
	if (len > 0)
		memcpy(e->bytes, bytes, len);
	if (r->last == NULL)
		r->first = e;
	else
		r->last->next = e;
	r->last = e;
	r->bytes += sizeof(*e) + len;
	while (r->bytes > BUS_RING)
		drop_oldest(r);
}

const struct bus_ring_entry *
bus_ring_after(const struct bus_ring *r, uint64_t number)
{
	const struct bus_ring_entry *e = r->first;

	/* Most WebSockets that arrive have all of them. */
	if (r->last == NULL || r->last->head.number <= number)
		return NULL;
	while (e != NULL && e->head.number <= number)
		e = e->next;
	return e;
}

unsigned
bus_ring_count_after(const struct bus_ring *r, uint64_t number)
{
	const struct bus_ring_entry *e = bus_ring_after(r, number);
	unsigned count = 0;

	for (; e != NULL; e = e->next)
		count++;
	return count;
}
