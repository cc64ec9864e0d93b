/*
 * The one owner of <liburing.h>: the kernel is asked for what a job has
 * missed.
 * SPDX-License-Identifier: MIT
 */
#ifndef DISK_URING_H
#define DISK_URING_H

#include <stdbool.h>

struct disk_job;
struct disk_uring;
struct ev_loop;

/* NULL with errno: the kernel, or the sandbox, or this build has none. */
struct disk_uring *disk_uring_open(struct ev_loop *,
	void (*on_completion)(void *, struct disk_job *), void *arg);

/*
 * Asks for job->miss, whatever comes of it; on_completion() is called later.
 * False with errno: EOPNOTSUPP, the ring does not do this; ENOBUFS, it has no
 * room; else the kernel took no submission.
 */
bool disk_uring_submit(struct disk_uring *, struct disk_job *);

/* The jobs that still wait, linked.  NULL is fine. */
struct disk_job *disk_uring_close(struct disk_uring *);

#endif
