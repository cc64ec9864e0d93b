/*
 * A worker of the current generation that has exited is replaced, however often
 * it takes.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESPAWN_H
#define RESPAWN_H

#include "common/error_text.h"

struct proc;

/* Its process has exited: another one follows, at once or after a pause. */
void respawn_later(struct proc *, const struct error_text *how);

/* The pause is over. */
void respawn_now(struct proc *);

/* The replacement is ready, and serves. */
void respawn_finish(struct proc *);

#endif
