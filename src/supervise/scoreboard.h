/*
 * The slots that workers count in, in memory that survives them.  A slot that
 * comes back is added to the totals first, so no count is lost by a crash.
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

/* 0, or -1 with errno.  Pages that no worker uses cost nothing. */
int scoreboard_open(struct scoreboard *, size_t nslots);
void scoreboard_close(struct scoreboard *);

/* A cleared slot in state SLOT_STARTING; NULL when all are taken.  What the
 * workers wrote into their slots has no say. */
struct slot *scoreboard_take(struct scoreboard *);

/* What the slot's worker left unfinished. */
struct slot_inflight *scoreboard_inflight(
	const struct scoreboard *, const struct slot *);

/* The worker was reaped: adds its counts to the totals, empties the slot. */
void scoreboard_give_back(struct scoreboard *, struct slot *);

/* All that has been counted, by the living and the dead. */
struct totals scoreboard_sum(const struct scoreboard *);

/* Connections that the slot's worker has open; at most INT32_MAX, whatever the
 * worker wrote. */
uint64_t scoreboard_connections(const struct slot *);

/*
 * The first line of a request's head, bytes that are no visible ASCII as \xNN;
 * "" when there is none.  Returns text.
 */
const char *scoreboard_line(
	const struct slot_request *, char *text, size_t size);

enum { SCOREBOARD_LINE = SLOT_HEAD * 4 + 1 }; /* bytes, whatever it is */

#endif
