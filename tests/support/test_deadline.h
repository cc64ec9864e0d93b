/*
 * A moment in the future, for everything that a test waits for.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEST_DEADLINE_H
#define TEST_DEADLINE_H

#include <stdint.h>
#include <time.h>

/* Milliseconds that a healthy server never needs, with sanitizers and on a
 * machine that is busy with other things included. */
enum { DEADLINE = 20000 };

/* CLOCK_MONOTONIC, milliseconds. */
static inline int64_t
deadline_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline int64_t
deadline_in(int ms)
{
	return deadline_now() + ms;
}

/* What is left, for poll(2): 0 when it has passed. */
static inline int
deadline_left(int64_t deadline)
{
	int64_t left = deadline - deadline_now();

	return left > 0 ? (int)left : 0;
}

#endif
