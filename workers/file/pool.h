/*
 * A thread pool.  Threads are started on demand and block all signals; finished
 * jobs are collected by the thread that owns the pool.
 * SPDX-License-Identifier: MIT
 */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>

enum { POOL_THREADS = 64 };

struct disk_job;
struct pool;

/* most is the maximum number of threads.  A thread calls wake() when there are
 * jobs to collect again. */
struct pool *pool_new(unsigned most, void (*wake)(void *), void *arg);

/* Makes the threads run at a lower priority; before the first pool_add(). */
void pool_set_background(struct pool *);

/* From now on the jobs of one device leave a quarter of the threads, at least
 * one, to others: a device that hangs takes its share and no more. */
void pool_set_shares(struct pool *);

/* Queues a job; runs it at once if not even one thread can be started. */
void pool_add(struct pool *, struct disk_job *);

/* Returns a list of the jobs that were finished since the last call, or
 * NULL. */
struct disk_job *pool_collect(struct pool *);

/* Calls done() of each job of a list, which is counted down before. */
void pool_finish(struct disk_job *, bool was_run, uint64_t *count);

/* Does so for a list of jobs that were not run, to which done() may add. */
void pool_finish_refused(struct disk_job **, uint64_t *count);

/*
 * Starts no more jobs and waits up to ms milliseconds for the threads.  Returns
 * true if all have ended; *left is a list of the jobs that were not started.
 */
bool pool_stop(struct pool *, int ms, struct disk_job **left);

/* Frees the pool; only after pool_stop() has returned true. */
void pool_free(struct pool *);

#endif
