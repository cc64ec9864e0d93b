/*
 * A reader that sees the version change reads again: a slot that was given back
 * meanwhile may belong to another worker.  The version changes once for each
 * worker that has exited, and by a single store.
 * SPDX-License-Identifier: MIT
 */
#include "common/scoreboard_view.h"

#include <stdlib.h>
#include <string.h>

#include "common/read_once.h"

enum { TRIES = 100 };

static const unsigned char *
memory_of(const struct scoreboard_view *v)
{
	return (const unsigned char *)v->head;
}

const struct scoreboard_segment *
scoreboard_segment(const struct scoreboard_view *v, size_t i)
{
	return (const void *)(memory_of(v) + v->segments + i * v->segment);
}

const struct slot *
scoreboard_next(const struct scoreboard_view *v, size_t *i)
{
	for (; *i < v->head->nslots_used; (*i)++)
		if (v->head->slots[*i].serial != 0)
			return &scoreboard_segment(v, *i)->slot;
	return NULL;
}

struct timespec
scoreboard_started(const struct scoreboard_view *v)
{
	return (struct timespec){ .tv_sec = (time_t)v->head->master.started,
		.tv_nsec = (long)v->head->master.started_ns };
}

void
totals_add(struct totals *t, const struct slot *s)
{
	t->accepted += READ_ONCE(s->accepted);
	t->requests += READ_ONCE(s->requests);
	t->bytes_sent += READ_ONCE(s->bytes_sent);
	for (size_t i = 0; i < SLOT_REFUSALS; i++)
		t->refused[i] += READ_ONCE(s->refused[i]);
	for (size_t i = 0; i < SLOT_LOGS; i++)
		t->log_lines_dropped[i] += READ_ONCE(s->log_lines_dropped[i]);
	t->counters.cache_hits += READ_ONCE(s->counters.cache_hits);
	t->counters.cache_misses += READ_ONCE(s->counters.cache_misses);
	t->counters.cache_evictions += READ_ONCE(s->counters.cache_evictions);
	t->counters.disk_waits += READ_ONCE(s->counters.disk_waits);
	t->counters.disk_timeouts += READ_ONCE(s->counters.disk_timeouts);
	t->counters.work_waits += READ_ONCE(s->counters.work_waits);
	protocol_counters_add(&t->protocols, &s->protocols);
	t->ktls.connections += READ_ONCE(s->ktls.connections);
	t->ktls.key_updates += READ_ONCE(s->ktls.key_updates);
}

static void
add_sites(const struct scoreboard_view *v, size_t slot,
	struct scoreboard_sum *sum)
{
	const struct scoreboard_slot *s = &v->head->slots[slot];
	const struct site_counters *sites =
		(const void *)(memory_of(v) + s->sites);
	const uint32_t *indices = (const void *)(memory_of(v) + s->indices);

	site_counters_add(
		&sum->sites[0], &scoreboard_segment(v, slot)->slot.no_site);
	for (uint32_t i = 0; i < s->nsites; i++)
		if (indices[i] < sum->nsites)
			site_counters_add(&sum->sites[indices[i]], &sites[i]);
}

static void
sum_once(const struct scoreboard_view *v, const struct scoreboard_past *past,
	struct scoreboard_sum *sum)
{
	uint32_t serial;

	sum->totals = past->totals;
	for (uint32_t i = 0; sum->sites != NULL && i < sum->nsites; i++)
		sum->sites[i] = past->sites[i];
	for (size_t i = 0; i < v->head->nslots_used; i++) {
		/* Read once: the slot may be given to another worker. */
		serial = v->head->slots[i].serial;
		if (serial == 0 || past->serials[i] == serial)
			continue;
		totals_add(&sum->totals, &scoreboard_segment(v, i)->slot);
		if (sum->sites != NULL)
			add_sites(v, i, sum);
	}
}

int
scoreboard_sum(const struct scoreboard_view *v, bool with_sites,
	struct scoreboard_sum *sum)
{
	uint32_t before;

	*sum = (struct scoreboard_sum){ .nsites = v->head->nsites };
	if (with_sites) {
		sum->sites = aligned_alloc(_Alignof(struct site_counters),
			sum->nsites * sizeof(*sum->sites));
		if (sum->sites == NULL)
			return -1;
	}
	for (int i = 0; i < TRIES; i++) {
		before = v->head->version;
		sum_once(v, &v->head->past[before % 2], sum);
		atomic_thread_fence(memory_order_acquire);
		if (v->head->version == before)
			break;
	}
	return 0;
}

static void
sum_metrics_once(const struct scoreboard_view *v,
	const struct scoreboard_past *past, struct module_metrics_sum *sum)
{
	const struct scoreboard_segment *segment;
	uint32_t serial;

	module_metrics_copy(sum, &past->metrics);
	for (size_t i = 0; i < v->head->nslots_used; i++) {
		serial = v->head->slots[i].serial;
		if (serial == 0 || past->serials[i] == serial)
			continue;
		segment = scoreboard_segment(v, i);
		module_metrics_add(sum, &segment->metrics, true);
		module_metrics_add(sum, &segment->routes, true);
	}
}

void
scoreboard_sum_metrics(
	const struct scoreboard_view *v, struct module_metrics_sum *sum)
{
	uint32_t before;

	for (int i = 0; i < TRIES; i++) {
		before = v->head->version;
		sum_metrics_once(v, &v->head->past[before % 2], sum);
		atomic_thread_fence(memory_order_acquire);
		if (v->head->version == before)
			break;
	}
}

void
scoreboard_sum_fini(struct scoreboard_sum *sum)
{
	free(sum->sites);
	sum->sites = NULL;
}

void
scoreboard_by_class(const struct scoreboard_sum *sum, uint64_t by_class[6])
{
	unsigned method, status;
	uint64_t n;
	size_t at;

	memset(by_class, 0, 6 * sizeof(*by_class));
	for (uint32_t i = 0; i < sum->nsites; i++) {
		at = 0;
		while (site_counters_next(
			&sum->sites[i], &at, &method, &status, &n))
			if (status < 600)
				by_class[status / 100] += n;
	}
}
