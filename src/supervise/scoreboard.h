/*
 * The master's side of the scoreboard: it gives each worker a slot and room for
 * the counters of its sites, and adds them to the totals when the worker was
 * reaped, so no count is lost by a crash.
 *
 * The memory is a file (memfd_create(2)) whose size is fixed and which cannot
 * be mapped for writing any more.  The master has mapped it before; a worker
 * keeps of that map what is its own.
 * SPDX-License-Identifier: MIT
 */
#ifndef SCOREBOARD_H
#define SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error_text.h"
#include "common/scoreboard_view.h"

struct conf;

struct scoreboard {
	struct scoreboard_head *head; /* the start of the memory */
	size_t size;                  /* bytes of it */
	size_t page;
	int fd;
	struct scoreboard_view view;
	uint32_t last_serial; /* that a slot was given */
	/* The master's own books, not shared. */
	bool *is_taken;  /* slots */
	bool *used;      /* pages of counters by site */
	size_t pages_at; /* offset of the first */
};

/* The names of a generation's sites, by their numbers in its configuration. */
struct scoreboard_sites {
	size_t n;
	uint64_t indices; /* offset; see struct scoreboard_slot */
};

/* 0, or -1 with errno.  Pages that no worker uses cost nothing. */
int scoreboard_open(struct scoreboard *, size_t nslots);
void scoreboard_close(struct scoreboard *);

/*
 * Enters the names of the sites.  Those for which there is no room are counted
 * under SCOREBOARD_NO_SITE; false when there are such.
 */
bool scoreboard_add_sites(
	struct scoreboard *, const struct conf *, struct scoreboard_sites *);
void scoreboard_remove_sites(struct scoreboard *, struct scoreboard_sites *);

/* The number of a name, which is entered when it is new; 0: there is no room.
 */
uint32_t scoreboard_find_site(struct scoreboard *, const char *name);

/* A cleared slot in state SLOT_STARTING; NULL when all are taken.  What the
 * workers wrote into their slots has no say.  sites: NULL, or those of the
 * worker's configuration. */
struct slot *scoreboard_take(
	struct scoreboard *, const struct scoreboard_sites *);

/* What the master knows of the slot. */
struct scoreboard_slot *scoreboard_entry(
	struct scoreboard *, const struct slot *);

/* Of the slot: what its worker left unfinished, and what it counts by site;
 * NULL: they have no room. */
struct slot_inflight *scoreboard_inflight(
	const struct scoreboard *, const struct slot *);
struct site_counters *scoreboard_site_counters(
	const struct scoreboard *, const struct slot *);

/* fork(2), whose child has the memory: a child of any other fork has not. */
pid_t scoreboard_fork(const struct scoreboard *);

/* In the child: of the memory, only the part of the slot can be written from
 * now on.  0, or -1 with errno. */
int scoreboard_keep_own(const struct scoreboard *, const struct slot *);

/* The worker was reaped: adds its counts to the totals, empties the slot. */
void scoreboard_give_back(struct scoreboard *, struct slot *);

/* A worker ended of itself. */
void scoreboard_add_crash(struct scoreboard *, enum slot_crash);

/* For readers of the scoreboard: a reload was refused; a generation serves.
 * is_loaded: its configuration was read anew; that is a reload, but for the
 * first one. */
void scoreboard_add_refusal(struct scoreboard *);
void scoreboard_show_generation(struct scoreboard *, unsigned number,
	unsigned nworkers, bool is_loaded);

/* Adds what another master's workers have counted. */
void scoreboard_add_totals(struct scoreboard *, const struct totals *);
void scoreboard_add_site(struct scoreboard *, const struct scoreboard_site *);

/*
 * What workers that are gone have counted: the copy that readers take, and the
 * other one, which may be changed.  After the exchange readers take that one,
 * and the master copies to the one that they leave what was changed.
 */
const struct scoreboard_past *scoreboard_past(const struct scoreboard *);
struct scoreboard_past *scoreboard_next_past(struct scoreboard *);
void scoreboard_exchange_past(struct scoreboard *);

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
