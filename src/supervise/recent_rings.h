/*
 * The rings of log.recent: one for each worker, which it alone inherits, and
 * those of the workers that have exited last.
 * SPDX-License-Identifier: MIT
 */
#ifndef RECENT_RINGS_H
#define RECENT_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/recent_ring.h"

/* A ring, in the list of all. */
struct recent_owned {
	struct recent_owned *next;
	struct recent recent;
	pid_t pid; /* of the worker; 0: not forked yet, or exited */
};

/* A zeroed one is empty. */
struct recent_rings {
	struct recent_owned *first; /* the newest first */
};

/* Maps a ring for the next fork.  Its ring is NULL where size is 0 or there is
 * no memory. */
struct recent recent_rings_add(struct recent_rings *, size_t size);

/* The fork is over: later children do not inherit that ring.  pid is -1 where
 * it has failed. */
void recent_rings_forked(
	struct recent_rings *, const struct recent *, pid_t pid);

/* The worker has exited. */
void recent_rings_exited(struct recent_rings *, pid_t pid);

void recent_rings_fini(struct recent_rings *);

#endif
