/*
 * The counts of all workers, living and dead, in memory that all of them share,
 * so that any worker can report them.  Only the master writes it.
 * SPDX-License-Identifier: MIT
 */
#ifndef TOTALS_H
#define TOTALS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/slot.h"

struct totals {
	/* Of workers that have exited; totals_sum() adds those that live. */
	uint64_t accepted;
	uint64_t requests;
	uint64_t bytes_sent;
	uint64_t by_class[6];
	uint64_t workers; /* that have exited */

	uint64_t crashes; /* of them */
	uint64_t reloads;
	uint64_t refusals;   /* reloads that were refused */
	uint64_t started;    /* seconds since the epoch */
	uint64_t started_ns; /* nanoseconds of that second */

	/* Odd while a slot moves into the numbers above. */
	_Atomic uint32_t version;
};

/* Records the time of the start. */
static inline struct timespec
totals_started(const struct totals *t)
{
	return (struct timespec){ .tv_sec = (time_t)t->started,
		.tv_nsec = (long)t->started_ns };
}

/* Adds the counts of one slot. */
void totals_add(struct totals *, const struct slot *);

/* A worker has exited: adds its slot's counts, and empties the slot. */
void totals_take(struct totals *, struct slot *);

/* Returns the counts of all workers.  No slot is missed or counted twice,
 * even while the master changes them. */
struct totals totals_sum(
	const struct totals *, const struct slot *slots, size_t nslots);

#endif
