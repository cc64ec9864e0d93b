/*
 * Reads data that a job found missing into the page cache, by io_uring.  The
 * only user of <liburing.h>.
 * SPDX-License-Identifier: MIT
 */
#ifndef DISK_URING_H
#define DISK_URING_H

#include <stdbool.h>

struct disk_job;
struct disk_uring;
struct ev_loop;

/* Returns NULL with errno if the kernel, a sandbox or this build has no
 * io_uring. */
struct disk_uring *disk_uring_open(struct ev_loop *,
	void (*on_completion)(void *, struct disk_job *), void *arg);

/*
 * Submits a request for job->miss; on_completion() is called later, whether the
 * request succeeds or fails.  Returns false with errno: EOPNOTSUPP if the ring
 * does not support the request, ENOBUFS if the ring is full, or the error of
 * the submission.
 */
bool disk_uring_submit(struct disk_uring *, struct disk_job *);

/* Closes the ring and returns a list of the jobs that still wait.  NULL is
 * permitted. */
struct disk_job *disk_uring_close(struct disk_uring *);

#endif
