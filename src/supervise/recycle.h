/*
 * Workers that have reached limits.requests_per_worker or exceeded
 * limits.worker_memory.  A replacement is started at once, and the worker
 * serves until it is ready.
 * SPDX-License-Identifier: MIT
 */
#ifndef RECYCLE_H
#define RECYCLE_H

#include <stdbool.h>

struct generation;
struct proc;

/* A worker asks for a replacement: its process moves to
 * generation->recycled, and a new one starts for its index, or it has to
 * wait.  Does nothing for a worker that may not ask. */
void recycle_ask(struct proc *);

/* Replaces a worker that exceeds limits.worker_memory, at most one in a call;
 * to be called once a second. */
void recycle_check_memory(struct generation *);

/* A worker of this index serves: earlier ones drain and hand their
 * connections over.  Their requests in flight have an hour. */
void recycle_drain(struct generation *, unsigned index);

/* Returns the recycled worker of this index that still serves; NULL if there
 * is none. */
const struct proc *recycle_find_serving(
	const struct generation *, unsigned index);

/* Frees a worker whose process has exited.  Returns false if it is not in
 * the list. */
bool recycle_remove(struct generation *, struct proc *);

#endif
