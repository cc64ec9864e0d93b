/*
 * A few threads that run jobs.  They are born when there is work for them,
 * take no signal, and hand each job back to the thread that gave it.
 * SPDX-License-Identifier: MIT
 */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>

enum { POOL_THREADS = 64 };

struct disk_job;
struct pool;

/* Up to most threads.  wake() is called by one of them when there is something
 * to collect again. */
struct pool *pool_new(unsigned most, void (*wake)(void *), void *arg);

/* Its threads, which must not have been started, run at a lower priority. */
void pool_set_background(struct pool *);

/* Runs it at once when not even one thread is to be had. */
void pool_add(struct pool *, struct disk_job *);

/* The jobs that were run since the last time, linked, or NULL. */
struct disk_job *pool_collect(struct pool *);

/*
 * No more work is begun.  True when all threads have ended, within so many
 * milliseconds; *left: the jobs that nobody has begun.
 */
bool pool_stop(struct pool *, int ms, struct disk_job **left);

/* After that was true. */
void pool_free(struct pool *);

#endif
