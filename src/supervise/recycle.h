/*
 * Workers that have reached limits.requests_per_worker.  Each leaves its place
 * to a successor at once, and serves on until that one is ready.
 * SPDX-License-Identifier: MIT
 */
#ifndef RECYCLE_H
#define RECYCLE_H

#include <stdbool.h>

struct generation;
struct proc;

/* A worker asks for a replacement: its process moves to the list of the
 * generation, and a new one starts in its place; or it has to wait.  Does
 * nothing for a worker that may not ask. */
void recycle_ask(struct proc *);

/* The place has a worker that serves: those that had it before drain, and hand
 * their connections over.  What is in flight there has an hour. */
void recycle_drain(struct generation *, unsigned index);

/* The worker of this index is to be replaced, and serves until it is; NULL. */
const struct proc *recycle_find_serving(
	const struct generation *, unsigned index);

/* Ended, and reaped: frees it.  False when it is not one of the list. */
bool recycle_remove(struct generation *, struct proc *);

#endif
