/*
 * Numbers that clients cannot guess: seeds of hash tables, identifiers.
 * SPDX-License-Identifier: MIT
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/clock.h"

/*
 * Returns 64 random bits.  It does not wait: early in the life of the machine,
 * when the kernel has none yet, they are made of the time and the process ID.
 */
static inline uint64_t
random_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) !=
		(ssize_t)sizeof(seed))
		seed = (uint64_t)clock_now_ns() ^
		       (uint64_t)clock_wall_ms() << 32 ^ (uint64_t)getpid();
	return seed;
}

#endif
