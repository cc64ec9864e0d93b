/*
 * A worker that reached limits.requests_per_worker (limits.requests_per_worker)
 * asks for a successor: what leaks, in a module for example, leaks for a while
 * only. SPDX-License-Identifier: MIT
 */
#ifndef RECYCLE_H
#define RECYCLE_H

struct worker;

/* Sets worker->retire_at; not all workers of a generation get the same. */
void recycle_init(struct worker *);

/* Asks the master, once; its order to drain comes when the successor serves. */
void recycle_ask(struct worker *);

#endif
