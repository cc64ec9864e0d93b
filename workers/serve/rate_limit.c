/*
 * An entry that is due may be replaced; in a set without one, that of the
 * client which will be due first.  So a flood of addresses makes the table
 * forget clients that have hardly used their burst, and remember those that
 * exceed it.
 * SPDX-License-Identifier: MIT
 */
#include "serve/rate_limit.h"

#include <stdlib.h>

#include "common/conf.h"
#include "common/mem.h"
#include "common/random.h"
#include "common/slot.h"
#include "conn/client_counts.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "serve/error_page.h"
#include "serve/serve_state.h"

enum { NANOSECONDS = 1000000000 };

static bool
has_rate(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++)
			if (conf->sites[i].rate.text != NULL ||
				conf->sites[i].routes[j].rate.text != NULL)
				return true;
	return false;
}

void
rate_table_open(struct rate_table *t, const struct conf *conf)
{
	*t = (struct rate_table){ .all = NULL };
	if (!has_rate(conf))
		return;
	t->all = mem_calloc(RATE_SETS * RATE_WAYS, sizeof(*t->all));
	t->seed = random_seed();
}

void
rate_table_close(struct rate_table *t)
{
	free(t->all);
	t->all = NULL;
}

/* The entry of the key, or the one that it replaces. */
static struct rate_entry *
find_entry(struct rate_table *t, uint64_t key)
{
	struct rate_entry *set = &t->all[key % RATE_SETS * RATE_WAYS];
	struct rate_entry *first = set;

	for (struct rate_entry *e = set; e < set + RATE_WAYS; e++) {
		if (e->key == key)
			return e;
		if (e->due_ns < first->due_ns)
			first = e;
	}
	*first = (struct rate_entry){ .key = key };
	return first;
}

int64_t
rate_table_take(struct rate_table *t, const struct conf_rate *rate,
	const struct sockaddr *client, int64_t now_ns)
{
	uint64_t key = client_hash(client, t->seed ^ (uint64_t)(uintptr_t)rate);
	struct rate_entry *e = find_entry(t, key);
	int64_t due = e->due_ns > now_ns ? e->due_ns : now_ns;
	int64_t early = due - (rate->burst - 1) * rate->interval_ns - now_ns;

	if (early > 0)
		return (early + NANOSECONDS - 1) / NANOSECONDS;
	e->due_ns = due + rate->interval_ns;
	return 0;
}

static bool
refuse_request(struct exchange *x, int64_t seconds)
{
	struct span field = arena_printf(
		&x->arena, "Retry-After: %lld\r\n", (long long)seconds);

	exchange_count_refusal(x, SLOT_REFUSED_RATE);
	error_page_send(x, 429, field);
	return false;
}

bool
rate_limit_admit(struct exchange *x)
{
	struct rate_table *t = &x->worker->serve->limits.rates;
	const struct conf_rate *rates[] = { &x->site->conf->rate,
		&x->route->conf->rate };
	int64_t seconds;

	if (!x->is_counted || t->all == NULL)
		return true;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		if (rates[i]->text == NULL)
			continue;
		seconds = rate_table_take(
			t, rates[i], x->client, x->worker->now_ns);
		if (seconds > 0)
			return refuse_request(x, seconds);
	}
	return true;
}
