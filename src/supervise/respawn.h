/*
 * A worker of the current generation that has exited is replaced, however often
 * it takes.
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

/* Of a generation. */
struct respawn {
	/* clock_now_ms(); 0: some worker serves, or can start */
	int64_t outage, reported;
	/* numbers of routes: the module of each ended a worker at its start */
	unsigned skipped[RESPAWN_SKIPPED_MAX];
	size_t nskipped;
};

/* What a worker is told that replaces another one, if that does not serve any
 * more: it leaves out what cannot be had. */
void respawn_fill(const struct proc *, struct heritage *);

/* The process is about to be reaped: did its start end in a module? */
void respawn_suspect(const struct proc *);

/* Another worker of the place serves without some routes; this one is to
 * succeed it with all. */
bool respawn_is_retry(const struct proc *);

/* Its process has exited: another one follows, at once or after a pause. */
void respawn_later(struct proc *, const struct error_text *how);

/* The pause is over. */
void respawn_now(struct proc *);

/* The replacement is ready, and serves. */
void respawn_finish(struct proc *);

#endif
