/*
 * A reader that sees the version change reads again: a slot that is emptied
 * meanwhile would be counted twice, or not at all.
 * SPDX-License-Identifier: MIT
 */
#include "common/totals.h"

#include <string.h>

enum { TRIES = 1000 };

void
totals_add(struct totals *t, const struct slot *s)
{
	t->accepted += s->accepted;
	t->requests += s->requests;
	t->bytes_sent += s->bytes_sent;
	for (size_t i = 0; i < 6; i++)
		t->by_class[i] += s->by_class[i];
}

void
totals_take(struct totals *t, struct slot *s)
{
	t->version++;
	totals_add(t, s);
	t->workers++;
	s->state = SLOT_EMPTY;
	t->version++;
}

static struct totals
sum_once(const struct totals *t, const struct slot *slots, size_t nslots)
{
	struct totals sum = *t;

	for (size_t i = 0; i < nslots; i++)
		if (slots[i].state != SLOT_EMPTY)
			totals_add(&sum, &slots[i]);
	return sum;
}

struct totals
totals_sum(const struct totals *t, const struct slot *slots, size_t nslots)
{
	struct totals sum;
	uint32_t before;

	for (int i = 0; i < TRIES; i++) {
		before = t->version;
		sum = sum_once(t, slots, nslots);
		if (before % 2 == 0 && t->version == before)
			break;
	}
	return sum;
}
