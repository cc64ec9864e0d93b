/*
 * What the files of a generation share: generation.c has the list of them.
 * SPDX-License-Identifier: MIT
 */
#ifndef GENERATION_PRIVATE_H
#define GENERATION_PRIVATE_H

#include "supervise/generation.h"

/* ---- generation.c ---- */

/* Asserts that the picture in generation.c has the step. */
void generation_enter(struct generation *, enum generation_state);

/* generation_on_deadline() will be called once, after so many seconds. */
void generation_set_deadline(struct generation *, double after);

/* Sends a message to all workers. */
void generation_tell(struct generation *, const struct channel_message *);

/* ---- generation_start.c ---- */

/* Reports the first reason for which the start fails; later ones are ignored.
 */
void generation_fail(struct generation *, const struct error_text *);

/* Continues the start: forks the workers behind the canary, or reports that all
 * are ready. */
void generation_worker_ready(struct generation *);

/* ---- generation_supervise.c ---- */

void generation_on_message(struct proc *, const struct channel_message *);
void generation_on_timer(struct proc *);
void generation_on_deadline(struct ev_loop *, ev_timer *, int events);

/* Ends a generation that drains and has no process left. */
void generation_end_if_empty(struct generation *);

#endif
