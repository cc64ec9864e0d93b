/*
 * The monotonic clock (CLOCK_MONOTONIC): for ages, time limits and pauses.  A
 * change of the wall clock, which clock_wall_ms() alone reads, does not move
 * it.
 * SPDX-License-Identifier: MIT
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t
clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t
clock_now_us(void)
{
	return clock_now_ns() / 1000;
}

static inline int64_t
clock_now_ms(void)
{
	return clock_now_ns() / 1000000;
}

/* Milliseconds since the epoch, by the wall clock. */
static inline uint64_t
clock_wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
