/*
 * The scoreboard: memory that the master and all workers share, and how each of
 * them reads it.
 *
 *   head | a segment for each slot | counters by site, in whole pages
 *
 * The master alone writes the head.  A worker writes its own segment and its
 * own counters by site, and can only read the rest (supervise/scoreboard.c), so
 * what is in a segment may be any bytes, but what is in the head is right.
 * SPDX-License-Identifier: MIT
 */
#ifndef SCOREBOARD_VIEW_H
#define SCOREBOARD_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/module_metrics.h"
#include "common/site_counters.h"
#include "common/slot.h"

enum {
	SCOREBOARD_SLOTS = 4096, /* workers of all generations */
	SCOREBOARD_SITES = 4096, /* names that are counted, at most */
	SCOREBOARD_NAME = 256,   /* bytes of a site's name, with its NUL */
	SCOREBOARD_CERTIFICATES = 1024, /* whose files are watched, at most */
	SCOREBOARD_PAGES = 65536, /* of counters by site: 256 MiB of 4 KiB */
};

/* What all workers have done. */
struct totals {
	uint64_t accepted;
	uint64_t requests;
	uint64_t bytes_sent;
	uint64_t refused[SLOT_REFUSALS];
	uint64_t log_lines_dropped[SLOT_LOGS];
	struct slot_counters counters;
	struct protocol_counters protocols;
	uint64_t workers; /* that came and went */

	uint64_t crashes[SLOT_CRASHES]; /* of them, by enum slot_crash */
	uint64_t reloads;
	uint64_t reloads_refused;

	uint64_t recycled[SLOT_RECYCLES]; /* workers, by enum slot_recycle */
	struct ktls_counters ktls;
};

/* The state of the master, for readers in a worker. */
struct scoreboard_master {
	uint64_t started;    /* seconds since the epoch */
	uint64_t started_ns; /* nanoseconds of that second */
	uint32_t generation; /* the current one */
	uint32_t workers_wanted;
	uint32_t has_reload_failed; /* the last one */
	uint32_t is_unready;        /* the operator says so */
	uint64_t reloaded;          /* seconds since the epoch; 0: never */
	uint64_t accept_overflows;  /* of the network namespace */
	uint64_t lines_dropped;     /* of its own log */
	uint64_t open_files_limit;  /* of a process */
};

/* By the number of the certificate, counted over all addresses. */
struct scoreboard_certificates {
	_Atomic uint32_t generation; /* that has read them; 0: none */
	/* A file on disk is not the one that was read. */
	uint8_t is_newer[SCOREBOARD_CERTIFICATES];
};

/* What the master knows of a slot. */
struct scoreboard_slot {
	_Atomic uint32_t serial; /* of its worker, counted from 1; 0: free */
	uint32_t nsites;         /* that its worker counts apart */
	uint64_t sites;          /* offset of their struct site_counters */
	uint64_t indices; /* offset of uint32_t, of each in the names below */
	/* From /proc, once a second. */
	uint64_t resident_bytes;
	uint64_t cpu_us;
	uint64_t open_files; /* 0: unknown, before Linux 6.2 */
};

/* A site by its name, and what is counted for it. */
struct scoreboard_site {
	char name[SCOREBOARD_NAME];
	struct site_counters counters;
};

/*
 * What workers that have exited counted.  There are two copies: readers take
 * the current one, the master adds to the other one, and exchanges them by one
 * store.  So a reader does not have to wait for a master that has to wait for
 * the processor.
 */
struct scoreboard_past {
	struct totals totals;
	/* The last worker of each slot that is in the totals. */
	uint32_t serials[SCOREBOARD_SLOTS];
	struct site_counters sites[SCOREBOARD_SITES];
	struct module_metrics_sum metrics;
};

struct scoreboard_head {
	_Atomic uint32_t version; /* its lowest bit: the current copy */
	uint32_t nslots;
	_Atomic uint32_t nslots_used; /* those behind were never taken */
	_Atomic uint32_t nsites;
	struct scoreboard_master master;
	struct scoreboard_certificates certificates;
	struct scoreboard_slot slots[SCOREBOARD_SLOTS];
	/* The first one is for what belongs to no site, or had no room. */
	char names[SCOREBOARD_SITES][SCOREBOARD_NAME];
	struct scoreboard_past past[2];
};

/* The name of the first one. */
#define SCOREBOARD_NO_SITE "-"

/* The part of a worker. */
struct scoreboard_segment {
	struct slot slot;
	struct slot_inflight inflight;
	struct module_metrics metrics; /* that its modules define */
	struct module_metrics routes;  /* durations, of routes with modules */
};

struct scoreboard_view {
	const struct scoreboard_head *head; /* the start of the memory */
	size_t segment;                     /* bytes, whole pages */
	size_t segments;                    /* offset of the first */
};

const struct scoreboard_segment *scoreboard_segment(
	const struct scoreboard_view *, size_t i);

/* The next slot that has a worker, at *i or behind it; NULL: none. */
const struct slot *scoreboard_next(const struct scoreboard_view *, size_t *i);

/* When the server started. */
struct timespec scoreboard_started(const struct scoreboard_view *);

/* A sum: all that was counted, by workers that live and that have exited. */
struct scoreboard_sum {
	struct totals totals;
	uint32_t nsites;
	struct site_counters *sites; /* of head->sites, as many; or NULL */
};

/*
 * Fills the sum, with_sites or only the totals.  No slot is missed or counted
 * twice, also while the master is at work.  0, or -1: no memory.
 */
int scoreboard_sum(const struct scoreboard_view *, bool with_sites,
	struct scoreboard_sum *);
void scoreboard_sum_fini(struct scoreboard_sum *);

/* Fills the sum of the metrics of modules and of the durations of their routes,
 * in the same way; gauges are of the workers that live. */
void scoreboard_sum_metrics(
	const struct scoreboard_view *, struct module_metrics_sum *);

/* Adds the counts of a slot to totals. */
void totals_add(struct totals *, const struct slot *);

/* Responses whose status is of each class, 1 to 5. */
void scoreboard_by_class(const struct scoreboard_sum *, uint64_t by_class[6]);

#endif
