/*
 * Replaces a worker of the current generation that has exited, as often as it
 * takes.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESPAWN_H
#define RESPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error_text.h"

struct heritage;
struct proc;

enum { RESPAWN_SKIPPED_MAX = 32 };

/* The state of a generation's replacements. */
struct respawn {
	/* clock_now_ms(); 0: some worker serves, or can start */
	int64_t outage, reported;
	/* numbers of routes: the module of each ended a worker at its start */
	unsigned skipped[RESPAWN_SKIPPED_MAX];
	size_t nskipped;
};

/* Completes the heritage of a replacement.  If no worker of its index
 * serves, it serves without the routes that cannot be opened or started. */
void respawn_fill(const struct proc *, struct heritage *);

/* To be called before proc_reap(): records the module in whose start the
 * process died, if any. */
void respawn_note_module(const struct proc *);

/* Returns true if another worker of this index serves without some routes,
 * which this one is to serve. */
bool respawn_is_retry(const struct proc *);

/* A process has exited: starts another one, at once or after a pause. */
void respawn_later(struct proc *, const struct error_text *how);

/* The pause is over: starts the process. */
void respawn_now(struct proc *);

/* The replacement is ready: tells it to serve. */
void respawn_finish(struct proc *);

#endif
