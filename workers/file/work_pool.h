/*
 * Computations that take longer than a turn of the loop may: password hashes,
 * codings, listings.  A few threads of a lower priority than the loop, with a
 * bounded queue; those of the disk pool wait, these compute.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORK_POOL_H
#define WORK_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct disk_job;
struct ev_loop;
struct work_pool;

/* NULL with errno: the loop computes. */
struct work_pool *work_pool_open(struct ev_loop *);

/*
 * Queues a job; job->try is not used.  False: too many wait.  done() is never
 * called from within.
 */
bool work_pool_start(struct work_pool *, struct disk_job *);

/* Jobs that were queued since it was opened; 0 for NULL. */
uint64_t work_pool_jobs(const struct work_pool *);

/*
 * Ends the threads; each job that was started is done() by then.  False when
 * one of them still runs after two seconds: what it works with must stay.
 * NULL is fine.
 */
bool work_pool_close(struct work_pool *);

#endif
