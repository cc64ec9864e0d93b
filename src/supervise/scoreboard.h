/*
 * The slots that workers count in, in memory that outlives them.  The counts of
 * a slot are added to the totals before it is used again, so that a crash loses
 * none.
 * SPDX-License-Identifier: MIT
 */
#ifndef SCOREBOARD_H
#define SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/slot.h"
#include "common/totals.h"

struct scoreboard {
	struct slot *slots;             /* shared with all workers */
	struct slot_inflight *inflight; /* the same, one for each slot */
	size_t nslots;
	bool *is_taken;        /* the master's own book of slots; not shared */
	struct totals *totals; /* the same */
};

/* Returns 0, or -1 with errno.  Pages that no worker uses take no memory. */
int scoreboard_open(struct scoreboard *, size_t nslots);
void scoreboard_close(struct scoreboard *);

/* Returns a cleared slot in SLOT_STARTING; NULL if all are taken.  What
 * workers wrote into their slots has no influence. */
struct slot *scoreboard_take(struct scoreboard *);

/* Returns the requests in flight of the slot's worker. */
struct slot_inflight *scoreboard_inflight(
	const struct scoreboard *, const struct slot *);

/* The worker has exited: adds its counts to the totals, and empties the
 * slot. */
void scoreboard_give_back(struct scoreboard *, struct slot *);

/* Returns the counts of all workers, living and dead. */
struct totals scoreboard_sum(const struct scoreboard *);

/* Returns the number of open connections of the slot's worker, at most
 * INT32_MAX, whatever the worker wrote. */
uint64_t scoreboard_connections(const struct slot *);

/*
 * The first line of a request's head, bytes that are no visible ASCII as \xNN;
 * "" when there is none.  Returns text.
 */
const char *scoreboard_line(
	const struct slot_request *, char *text, size_t size);

enum { SCOREBOARD_LINE = SLOT_HEAD * 4 + 1 }; /* bytes, whatever it is */

#endif
