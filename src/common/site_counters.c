/*
 * A worker may write anything into its counters: keys are only compared and
 * taken apart, so that any number will do.
 * SPDX-License-Identifier: MIT
 */
#include "common/site_counters.h"

#include "common/read_once.h"

#define MS *1000000ull

const uint64_t site_buckets[SITE_BUCKETS] = { SITE_FIRST_BUCKET, 2500000, 5 MS,
	10 MS, 25 MS, 50 MS, 100 MS, 250 MS, 500 MS, 1000 MS, 2500 MS, 5000 MS,
	10000 MS };

void
site_counters_observe_long(struct site_counters *c, uint64_t ns, unsigned n)
{
	size_t i = 1;

	while (i < SITE_BUCKETS && ns > site_buckets[i])
		i++;
	c->duration[i] += n;
	c->duration_ns += ns * n;
}

/* The entry of a key, or the empty one where it belongs; SITE_RESPONSES: the
 * table is full. */
static size_t
find_entry(const struct site_counters *c, uint16_t key)
{
	size_t at = site_counters_hash(key);

	for (size_t n = 0; n < SITE_RESPONSES; n++) {
		uint16_t there = READ_ONCE(c->keys[at]);

		if (there == key || there == 0)
			return at;
		at = (at + 1) % SITE_RESPONSES;
	}
	return SITE_RESPONSES;
}

void
site_counters_add_response(struct site_counters *c, uint16_t key, uint64_t n)
{
	size_t at = key == 0 ? SITE_RESPONSES : find_entry(c, key);

	if (at == SITE_RESPONSES) {
		c->other_responses += n;
		return;
	}
	c->keys[at] = key;
	c->responses[at] += n;
}

void
site_counters_add(struct site_counters *to, const struct site_counters *from)
{
	for (size_t i = 0; i <= SITE_BUCKETS; i++)
		to->duration[i] += READ_ONCE(from->duration[i]);
	to->duration_ns += READ_ONCE(from->duration_ns);
	to->bytes_in += READ_ONCE(from->bytes_in);
	to->bytes_out += READ_ONCE(from->bytes_out);
	to->other_responses += READ_ONCE(from->other_responses);
	for (size_t i = 0; i < SITE_RESPONSES; i++) {
		uint16_t key = READ_ONCE(from->keys[i]);
		uint64_t n = READ_ONCE(from->responses[i]);

		if (n > 0)
			site_counters_add_response(to, key, n);
	}
}

void
site_counters_subtract(
	struct site_counters *from, const struct site_counters *earlier)
{
	size_t at;

	for (size_t i = 0; i <= SITE_BUCKETS; i++)
		from->duration[i] -= earlier->duration[i];
	from->duration_ns -= earlier->duration_ns;
	from->bytes_in -= earlier->bytes_in;
	from->bytes_out -= earlier->bytes_out;
	from->other_responses -= earlier->other_responses;
	for (size_t i = 0; i < SITE_RESPONSES; i++) {
		if (earlier->responses[i] == 0)
			continue;
		at = find_entry(from, earlier->keys[i]);
		if (at < SITE_RESPONSES && from->keys[at] != 0)
			from->responses[at] -= earlier->responses[i];
	}
}

uint64_t
site_counters_requests(const struct site_counters *c)
{
	uint64_t sum = c->other_responses;

	for (size_t i = 0; i < SITE_RESPONSES; i++)
		sum += c->responses[i];
	return sum;
}

bool
site_counters_next(const struct site_counters *c, size_t *i, unsigned *method,
	unsigned *status, uint64_t *n)
{
	for (; *i < SITE_RESPONSES; (*i)++) {
		if (c->keys[*i] == 0 || c->responses[*i] == 0)
			continue;
		*method = (c->keys[*i] >> 10) % SITE_METHODS;
		*status = c->keys[*i] & 1023;
		*n = c->responses[(*i)++];
		return true;
	}
	return false;
}
