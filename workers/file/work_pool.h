/*
 * Runs computations that would block the event loop: password hashes, codings,
 * hashes of large files, the work of modules.  A few threads with a lower
 * priority than the loop and a bounded queue.  Jobs that wait for a disk belong
 * to the disk pool (disk.h).
 * SPDX-License-Identifier: MIT
 */
#ifndef WORK_POOL_H
#define WORK_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct disk_job;
struct ev_loop;
struct work_pool;

/* Returns NULL with errno if there can be no pool; the loop computes then. */
struct work_pool *work_pool_open(struct ev_loop *);

/*
 * Queues a job; job->try is not used.  Returns false if the queue is full.
 * done() is never called before work_pool_start() has returned.
 */
bool work_pool_start(struct work_pool *, struct disk_job *);

/* Returns the number of jobs queued so far; 0 for NULL. */
uint64_t work_pool_jobs(const struct work_pool *);

/*
 * Ends the threads and calls done() for each job that was started.  Returns
 * false if a job still runs after two seconds; the memory that it uses must not
 * be freed then.  NULL is permitted.
 */
bool work_pool_close(struct work_pool *);

#endif
