/*
 * Batches of other sites or turns are kept as parts, oldest first, in the arena
 * of the exchange until the output was sent; mostly there are none.
 *
 * Requests of the admin address go to counters that are not shown, so that
 * other requests need no condition.
 * SPDX-License-Identifier: MIT
 */
#include "conn/request_stats.h"

#include <assert.h>

#include "common/clock.h"
#include "common/slot.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"

struct request_part {
	struct request_part *next;
	struct site_counters *counters;
	int64_t began_ns;
	uint64_t end; /* offset in the output */
	unsigned nresponses;
};

/* Keeps the current batch as a part: the next request is of another site or
 * turn. */
static void
push_part(struct exchange *x)
{
	struct request_part **at = &x->stats.parts;
	struct request_part *part = arena_alloc(&x->arena, sizeof(*part));

	assert(part != NULL);
	*part = (struct request_part){ .counters = x->stats.counters,
		.began_ns = x->stats.began_ns,
		.end = x->output->queued,
		.nresponses = x->stats.nresponses };
	while (*at != NULL)
		at = &(*at)->next;
	*at = part;
	x->stats.nresponses = 0;
}

void
request_stats_begin(struct exchange *x)
{
	int64_t now = x->worker->now_ns;

	if (x->stats.nresponses > 0 && x->stats.began_ns != now)
		push_part(x);
	x->stats.began_ns = now;
}

void
request_stats_set_site(struct exchange *x, struct site_counters *counters)
{
	if (x->stats.counters != counters && x->output->queued > 0)
		push_part(x);
	x->stats.counters = counters;
}

void
request_stats_set_no_site(struct exchange *x)
{
	struct worker *w = x->worker;

	request_stats_set_site(
		x, x->is_counted ? &w->slot->no_site : &w->not_shown);
}

void
request_stats_respond(struct exchange *x)
{
	x->worker->slot->requests += x->is_counted;
	x->stats.nresponses++;
	site_counters_count(
		x->stats.counters, x->request.method, (unsigned)x->status);
}

static void
count_by_part(struct exchange *x, uint64_t from, uint64_t to)
{
	const struct request_part *part = x->stats.parts;
	uint64_t end;

	for (; part != NULL && from < to; part = part->next) {
		end = part->end < to ? part->end : to;
		if (end <= from)
			continue;
		part->counters->bytes_out += end - from;
		from = end;
	}
	x->stats.counters->bytes_out += to - from;
}

void
request_stats_sent(struct exchange *x, uint64_t from, uint64_t to)
{
	if (x->stats.parts == NULL)
		x->stats.counters->bytes_out += to - from;
	else
		count_by_part(x, from, to);
}

/* Kept apart, so that a batch that is one part saves no registers for it. */
static void __attribute__((noinline)) end_parts(struct exchange *x, int64_t now)
{
	const struct request_part *part = x->stats.parts;

	for (; part != NULL; part = part->next)
		site_counters_observe(part->counters,
			(uint64_t)(now - part->began_ns), part->nresponses);
	x->stats.parts = NULL;
}

void
request_stats_end(struct exchange *x)
{
	int64_t now = clock_now_ns();

	if (x->stats.parts != NULL)
		end_parts(x, now);
	site_counters_observe(x->stats.counters,
		(uint64_t)(now - x->stats.began_ns), x->stats.nresponses);
	x->stats.nresponses = 0;
}
