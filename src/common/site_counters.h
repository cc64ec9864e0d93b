/*
 * What is counted for a site: requests by method and status, how long they
 * took, and bytes.  A worker has one of these for each site of its
 * configuration in its part of the scoreboard, and writes them with plain
 * stores; readers take any numbers.
 * SPDX-License-Identifier: MIT
 */
#ifndef SITE_COUNTERS_H
#define SITE_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SITE_FIRST_BUCKET = 1000000,
	SITE_BUCKETS = 13,    /* of the histogram */
	SITE_RESPONSES = 128, /* pairs of a method and a status; a power of 2 */
	SITE_METHODS = 16,    /* more than enum method has */
};

/* Upper bounds of the buckets, in nanoseconds: 1 ms to 10 s. */
extern const uint64_t site_buckets[SITE_BUCKETS];

struct site_counters {
	/* Requests by how long they took; the last: longer than all bounds. */
	uint64_t duration[SITE_BUCKETS + 1];
	uint64_t duration_ns; /* the sum */
	uint64_t bytes_in;
	uint64_t bytes_out;
	/* An open hash table: key i counts in responses[i].  0: empty. */
	uint16_t keys[SITE_RESPONSES];
	uint64_t responses[SITE_RESPONSES];
	uint64_t other_responses; /* the table was full */
} __attribute__((aligned(64)));

static inline uint16_t
site_counters_key(unsigned method, unsigned status)
{
	return (uint16_t)(method << 10 | (status & 1023));
}

/* Counts where the table has to be searched. */
void site_counters_add_response(
	struct site_counters *, uint16_t key, uint64_t n);

/* Multiplied by an odd number, keys that differ in either part are spread. */
static inline size_t
site_counters_hash(uint16_t key)
{
	return (size_t)(key * 40503u >> 5) % SITE_RESPONSES;
}

/* One more response; method: enum method. */
static inline void
site_counters_count(struct site_counters *c, unsigned method, unsigned status)
{
	uint16_t key = site_counters_key(method, status);
	size_t i = site_counters_hash(key);

	if (c->keys[i] == key)
		c->responses[i]++;
	else
		site_counters_add_response(c, key, 1);
}

/* Those that do not belong to the first bucket. */
void site_counters_observe_long(
	struct site_counters *, uint64_t ns, unsigned n);

/* n more requests took so long. */
static inline void
site_counters_observe(struct site_counters *c, uint64_t ns, unsigned n)
{
	if (ns > SITE_FIRST_BUCKET) {
		site_counters_observe_long(c, ns, n);
		return;
	}
	c->duration[0] += n;
	c->duration_ns += ns * n;
}

/* Adds all of it.  from may be written meanwhile, by a worker that was taken
 * over. */
void site_counters_add(
	struct site_counters *to, const struct site_counters *from);

/* Subtracts what was in an earlier copy. */
void site_counters_subtract(
	struct site_counters *from, const struct site_counters *earlier);

/* The sum of the responses. */
uint64_t site_counters_requests(const struct site_counters *);

/* Walks the responses: true with the next one, whose *i starts at 0.  method is
 * below SITE_METHODS, status below 1024. */
bool site_counters_next(const struct site_counters *, size_t *i,
	unsigned *method, unsigned *status, uint64_t *n);

#endif
