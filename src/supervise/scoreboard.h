/*
 * The master's side of the scoreboard.  The master gives each worker a slot and
 * pages for the counters of its sites, and adds both to the totals after the
 * worker was reaped, so that a crash loses no count.
 *
 * The memory is a memfd_create(2) file that is sealed: its size is fixed, and
 * no new writable mapping can be made.  The master's own mapping is older than
 * the seal; a worker keeps the part of it that belongs to the worker.
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

/* The sites of a generation, by their numbers in its configuration. */
struct scoreboard_sites {
	size_t n;
	uint64_t indices; /* offset; see struct scoreboard_slot */
};

/* Creates and maps the memory for nslots workers.  Pages that no worker uses
 * cost nothing.  Returns 0, or -1 with errno. */
int scoreboard_open(struct scoreboard *, size_t nslots);
void scoreboard_close(struct scoreboard *);

/*
 * Adds the names of the configuration's sites.  Sites that found no room are
 * counted under SCOREBOARD_NO_SITE; returns false if there are any.
 */
bool scoreboard_add_sites(
	struct scoreboard *, const struct conf *, struct scoreboard_sites *);
void scoreboard_remove_sites(struct scoreboard *, struct scoreboard_sites *);

/* Returns the number of a name, which is added if it is new; 0 if there is no
 * room for it. */
uint32_t scoreboard_find_site(struct scoreboard *, const char *name);

/* Returns a cleared slot in state SLOT_STARTING, or NULL if all are taken.  The
 * master's own record decides which slots are free, never what a worker wrote.
 * sites are those of the worker's configuration, or NULL. */
struct slot *scoreboard_take(
	struct scoreboard *, const struct scoreboard_sites *);

/* Returns the master's entry for the slot. */
struct scoreboard_slot *scoreboard_entry(
	struct scoreboard *, const struct slot *);

/* Returns the requests in flight of the slot's worker; NULL if they have no
 * room. */
struct slot_inflight *scoreboard_inflight(
	const struct scoreboard *, const struct slot *);
/* Returns the counters by site of the slot's worker; NULL if they have no
 * room. */
struct site_counters *scoreboard_site_counters(
	const struct scoreboard *, const struct slot *);

/* Returns the metrics of modules of the slot's worker, and the durations of
 * their routes. */
struct module_metrics *scoreboard_metrics(
	const struct scoreboard *, const struct slot *);
struct module_metrics *scoreboard_routes(
	const struct scoreboard *, const struct slot *);

/* Calls fork(2) for a child that keeps the mapping; children of other forks do
 * not have it (MADV_DONTFORK). */
pid_t scoreboard_fork(const struct scoreboard *);

/* In the child: makes the mapping read-only except for the part of the slot.
 * Returns 0, or -1 with errno. */
int scoreboard_keep_own(const struct scoreboard *, const struct slot *);

/* Adds the counts of a worker that was reaped to the totals and frees its
 * slot. */
void scoreboard_give_back(struct scoreboard *, struct slot *);

/* Counts a worker that exited without being told to. */
void scoreboard_add_crash(struct scoreboard *, enum slot_crash);

/* Counts a worker that is replaced while it serves. */
void scoreboard_add_recycled(struct scoreboard *, enum slot_recycle);

/* Counts a refused reload. */
void scoreboard_add_refusal(struct scoreboard *);

/* Counts log lines of the master that were dropped.  dropped: since its
 * start. */
void scoreboard_set_dropped(struct scoreboard *, uint64_t dropped);

/* Records whether the operator wants the server to get no new requests. */
void scoreboard_set_unready(struct scoreboard *, bool is_unready);

/* Records the generation that serves.  is_loaded: its configuration was read
 * for it, which counts as a reload except at the start. */
void scoreboard_show_generation(struct scoreboard *, unsigned number,
	unsigned nworkers, bool is_loaded);

/* Adds what another master's workers have counted. */
void scoreboard_add_totals(struct scoreboard *, const struct totals *);
void scoreboard_add_site(struct scoreboard *, const struct scoreboard_site *);
void scoreboard_add_series(struct scoreboard *, const struct module_series *);

/*
 * The counts of workers that have exited, in two copies: readers use
 * scoreboard_past(), the master changes scoreboard_next_past().
 * scoreboard_exchange_past() swaps them and then repeats the changes in the
 * copy that readers no longer use.
 */
const struct scoreboard_past *scoreboard_past(const struct scoreboard *);
struct scoreboard_past *scoreboard_next_past(struct scoreboard *);
void scoreboard_exchange_past(struct scoreboard *);

/* Returns the number of connections that the slot's worker has open: at most
 * INT32_MAX, whatever the worker wrote. */
uint64_t scoreboard_connections(const struct slot *);

/* Returns the load of the worker: its connections, those of HTTP/2 weighed by
 * their streams.  At most INT32_MAX. */
uint64_t scoreboard_load(const struct slot *);

/* Returns how many of the connections speak HTTP/2; at most INT32_MAX. */
uint64_t scoreboard_http2_connections(const struct slot *);

/* Returns the CPU time of the last second, in microseconds; at most
 * INT32_MAX. */
uint64_t scoreboard_cpu_us(const struct slot *);

/*
 * Writes the first line of a request's head, with bytes that are not visible
 * ASCII as \xNN, or "" if there is no request.  Returns text.
 */
const char *scoreboard_line(
	const struct slot_request *, char *text, size_t size);

enum { SCOREBOARD_LINE = SLOT_HEAD * 4 + 1 }; /* bytes, whatever it is */

#endif
