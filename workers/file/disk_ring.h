/*
 * The one owner of <liburing.h>: the kernel is asked for what a job has
 * missed.
 * SPDX-License-Identifier: MIT
 */
#ifndef DISK_RING_H
#define DISK_RING_H

#include <stdbool.h>

struct disk_job;
struct disk_ring;
struct ev_loop;

/* NULL with errno: the kernel, or the sandbox, or this build has none. */
struct disk_ring *disk_ring_open(struct ev_loop *,
	void (*on_answer)(void *, struct disk_job *), void *arg);

/*
 * Asks for job->miss, whatever comes of it; on_answer() is called later.
 * False with errno: EOPNOTSUPP, the ring does not do this; ENOBUFS, it has no
 * room; else the kernel took no submission.
 */
bool disk_ring_ask(struct disk_ring *, struct disk_job *);

/* The jobs that still wait, linked.  NULL is fine. */
struct disk_job *disk_ring_close(struct disk_ring *);

#endif
