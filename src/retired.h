/*
 * Workers that have served their share.  Each leaves its place to a successor
 * at once, and serves on until that one is ready.
 * SPDX-License-Identifier: MIT
 */
#ifndef RETIRED_H
#define RETIRED_H

#include <stdbool.h>

struct generation;
struct proc;

/* Its process moves to the list of the generation; its place is PROC_NONE. */
void retired_add(struct proc *);

/* The place has a worker that serves: those that had it before drain, and hand
 * their connections over. */
void retired_drain(struct generation *, unsigned index);

/* Ended, and reaped: frees it.  False when it is not one of the list. */
bool retired_remove(struct generation *, struct proc *);

#endif
