/*
 * Estimates how often a key was asked for lately, in a fixed amount of memory:
 * a count-min sketch whose counts are halved regularly, as TinyLFU uses it to
 * decide what a cache admits. The estimate may be too high: within a window of
 * distinct keys it is so for one key in a thousand.
 * SPDX-License-Identifier: MIT
 */
#ifndef FREQUENCY_SKETCH_H
#define FREQUENCY_SKETCH_H

#include <stddef.h>
#include <stdint.h>

enum { FREQUENCY_MAX = 15 /* a count has four bits */ };

struct frequency_block;

struct frequency_sketch {
	struct frequency_block *blocks;
	size_t mask;   /* blocks - 1 */
	size_t window; /* requests after which the counts are halved */
	size_t nadded; /* since they were halved */
};

/* window: a power of two. Returns the bytes that it takes: eight for each of
 * its requests. */
size_t frequency_sketch_size(size_t window);

/* blocks: so many zeroed bytes, aligned to a cache line, which stay the
 * caller's. */
void frequency_sketch_init(
	struct frequency_sketch *, size_t window, void *blocks);

/* Begins to bring the counts of a key into the processor's cache. */
void frequency_sketch_prefetch(const struct frequency_sketch *, uint64_t hash);

/* Counts one request for the key with this hash, and returns how often it was
 * asked for, with this one; at most FREQUENCY_MAX. */
unsigned frequency_sketch_add(struct frequency_sketch *, uint64_t hash);

/* Like frequency_sketch_add() for n requests of an earlier time, which do not
 * make the window shorter. With n = 0 it only reads the estimate. */
unsigned frequency_sketch_raise(
	struct frequency_sketch *, uint64_t hash, unsigned n);

#endif
