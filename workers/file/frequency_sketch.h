/*
 * Estimates how often a key was asked for lately, in a fixed amount of memory:
 * a count-min sketch whose counts are halved regularly, as TinyLFU uses it to
 * decide what a cache admits. The estimate may be too high, never too low.
 * SPDX-License-Identifier: MIT
 */
#ifndef FREQUENCY_SKETCH_H
#define FREQUENCY_SKETCH_H

#include <stddef.h>
#include <stdint.h>

struct frequency_sketch {
	uint8_t *counts;
	size_t mask;   /* counts - 1 */
	size_t nadded; /* since they were halved */
};

/* counts: a power of two, in bytes. */
void frequency_sketch_init(struct frequency_sketch *, size_t counts);
void frequency_sketch_fini(struct frequency_sketch *);

/* Counts one request for the key with this hash, and returns how often it was
 * asked for, with this one. */
unsigned frequency_sketch_add(struct frequency_sketch *, uint64_t hash);

#endif
