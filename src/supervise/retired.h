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

/* A worker asks for a replacement: its process moves to the list of the
 * generation, and a new one starts in its place; or it has to wait.  Does
 * nothing for a worker that may not ask. */
void retired_ask(struct proc *);

/* The place has a worker that serves: those that had it before drain, and hand
 * their connections over.  What is in flight there has an hour. */
void retired_drain(struct generation *, unsigned index);

/* Ended, and reaped: frees it.  False when it is not one of the list. */
bool retired_remove(struct generation *, struct proc *);

#endif
