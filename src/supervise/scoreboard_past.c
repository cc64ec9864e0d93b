/*
 * What workers that have exited counted, in two copies; and what the master
 * shows of itself.
 * SPDX-License-Identifier: MIT
 */
#include <stddef.h>
#include <time.h>

#include "supervise/scoreboard.h"

const struct scoreboard_past *
scoreboard_past(const struct scoreboard *sb)
{
	return &sb->head->past[sb->head->version % 2];
}

struct scoreboard_past *
scoreboard_next_past(struct scoreboard *sb)
{
	return &sb->head->past[(sb->head->version + 1) % 2];
}

void
scoreboard_exchange_past(struct scoreboard *sb)
{
	atomic_store_explicit(&sb->head->version, sb->head->version + 1,
		memory_order_release);
}

/* One counter, in both copies: it is not read together with others. */
static void
count_in_both(struct scoreboard *sb, size_t offset)
{
	for (int i = 0; i < 2; i++)
		++*(uint64_t *)(void *)((char *)&sb->head->past[i].totals +
					offset);
}

void
scoreboard_add_crash(struct scoreboard *sb, enum slot_crash how)
{
	count_in_both(sb, offsetof(struct totals, crashes[how]));
}

void
scoreboard_add_recycled(struct scoreboard *sb, enum slot_recycle why)
{
	count_in_both(sb, offsetof(struct totals, recycled[why]));
}

void
scoreboard_add_refusal(struct scoreboard *sb)
{
	count_in_both(sb, offsetof(struct totals, reloads_refused));
	sb->head->master.has_reload_failed = true;
}

void
scoreboard_set_dropped(struct scoreboard *sb, uint64_t dropped)
{
	struct scoreboard_master *m = &sb->head->master;

	for (int i = 0; i < 2; i++)
		sb->head->past[i].totals.log_lines_dropped[SLOT_LOG_ERROR] +=
			dropped - m->lines_dropped;
	m->lines_dropped = dropped;
}

void
scoreboard_set_unready(struct scoreboard *sb, bool is_unready)
{
	__atomic_store_n(&sb->head->master.is_unready, (uint32_t)is_unready,
		__ATOMIC_RELAXED);
}

void
scoreboard_show_generation(struct scoreboard *sb, unsigned number,
	unsigned nworkers, bool is_loaded)
{
	struct scoreboard_master *m = &sb->head->master;

	m->generation = number;
	m->workers_wanted = nworkers;
	if (!is_loaded)
		return;
	m->has_reload_failed = false;
	if (m->reloaded != 0)
		count_in_both(sb, offsetof(struct totals, reloads));
	m->reloaded = (uint64_t)time(NULL);
}

static void
add_words(uint64_t *to, const uint64_t *from, size_t n)
{
	while (n-- > 0)
		to[n] += from[n];
}

void
scoreboard_add_totals(struct scoreboard *sb, const struct totals *t)
{
	add_words((uint64_t *)(void *)&scoreboard_next_past(sb)->totals,
		(const uint64_t *)(const void *)t,
		sizeof(*t) / sizeof(uint64_t));
	scoreboard_exchange_past(sb);
	scoreboard_next_past(sb)->totals = scoreboard_past(sb)->totals;
}

void
scoreboard_add_site(struct scoreboard *sb, const struct scoreboard_site *site)
{
	uint32_t i = scoreboard_find_site(sb, site->name);

	site_counters_add(&scoreboard_next_past(sb)->sites[i], &site->counters);
	scoreboard_exchange_past(sb);
	scoreboard_next_past(sb)->sites[i] = scoreboard_past(sb)->sites[i];
}

void
scoreboard_add_series(struct scoreboard *sb, const struct module_series *s)
{
	module_metrics_add_series(&scoreboard_next_past(sb)->metrics, s);
	scoreboard_exchange_past(sb);
	module_metrics_copy(&scoreboard_next_past(sb)->metrics,
		&scoreboard_past(sb)->metrics);
}
