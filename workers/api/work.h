/*
 * Jobs of modules on the work pool: prong_work() and prong_work_always().
 * SPDX-License-Identifier: MIT
 */
#ifndef WORK_H
#define WORK_H

#include "common/list.h"

struct context;
struct prong_context;

/*
 * Runs work(data) in a thread, then done() on the loop, or drop() if the
 * context has ended before; holds the context.  Returns 0, or -1 with EAGAIN:
 * too many jobs wait.  drop may be NULL.
 */
int work_start(struct context *, void (*work)(void *data),
	void (*done)(struct prong_context *, void *data),
	void (*drop)(void *data), void *data);

/*
 * Cancels the jobs of a context or an instance that ends: those that wait are
 * not run, and of none the owner is told.
 */
void work_cancel_all(struct list *);

#endif
