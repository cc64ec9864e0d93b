/*
 * A job goes one of two ways:
 *
 *   threads    it waits for its turn, a thread runs it, wake tells the loop
 *   io_uring   the loop tries it; what is not in memory is asked for and
 *              waited for by the kernel; then the loop tries it again.  What
 *              can't be tried, or is tried too often, goes the other way
 *
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "disk.h"

#include <assert.h>
#include <ev.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/conf.h"
#include "disk_miss.h"
#include "disk_ring.h"
#include "pool.h"

enum {
	TRIES_MAX = 64,     /* of one job */
	PATIENCE_MS = 2000, /* with threads, at the end */
};

struct disk {
	struct ev_loop *loop;
	struct pool *pool;
	struct disk_ring *ring;         /* NULL: there is none */
	ev_async wake;                  /* something is done */
	struct disk_job *first, **last; /* that it tried with success */
};

/* ---- a job's end -------------------------------------------------------- */

static void
finish_all(struct disk_job *job, bool was_run)
{
	struct disk_job *next;

	for (; job != NULL; job = next) {
		next = job->next;
		job->done(job, was_run);
	}
}

static void
finish_tried(struct disk *d)
{
	struct disk_job *first = d->first;

	d->first = NULL;
	d->last = &d->first;
	finish_all(first, true);
}

static void
on_wake(struct ev_loop *loop, ev_async *wake, int revents)
{
	struct disk *d = wake->data;

	(void)loop;
	(void)revents;
	finish_all(pool_collect(d->pool), true);
	finish_tried(d);
}

static void
wake_loop(void *arg)
{
	struct disk *d = arg;

	ev_async_send(d->loop, &d->wake);
}

/* ---- a job's way -------------------------------------------------------- */

static void
forget_miss(struct disk_job *job)
{
	disk_miss_drop(job->miss);
	free(job->miss);
	job->miss = NULL;
}

/* True: done, or on its way to be tried again. */
static bool
try(struct disk *d, struct disk_job *job)
{
	disk_miss_init(job->miss);
	if (job->try(job, job->miss)) {
		job->next = NULL;
		*d->last = job;
		d->last = &job->next;
		forget_miss(job);
		ev_async_send(d->loop, &d->wake);
		return true;
	}
	return ++job->tries < TRIES_MAX && disk_ring_ask(d->ring, job);
}

/* What the job has waited for has come. */
static void
on_answer(void *arg, struct disk_job *job)
{
	struct disk *d = arg;

	disk_miss_drop(job->miss);
	if (try(d, job))
		return;
	forget_miss(job);
	pool_add(d->pool, job);
}

void
disk_start(struct disk *d, struct disk_job *job)
{
	job->tries = 0;
	job->miss = NULL;
	if (d->ring != NULL && job->try != NULL) {
		job->miss = malloc(sizeof(*job->miss));
		assert(job->miss != NULL);
		if (try(d, job))
			return;
		forget_miss(job);
	}
	pool_add(d->pool, job);
}

/* ---- start and end ------------------------------------------------------ */

struct disk *
disk_open(struct ev_loop *loop, const struct conf_disk *conf, struct log *log)
{
	struct disk *d;

	if (conf->mode == CONF_DISK_BLOCKING)
		return NULL;
	d = calloc(1, sizeof(*d));
	assert(d != NULL);
	d->loop = loop;
	d->last = &d->first;
	d->pool = pool_new((unsigned)conf->threads, wake_loop, d);
	ev_async_init(&d->wake, on_wake);
	d->wake.data = d;
	ev_async_start(loop, &d->wake);
	if (conf->mode != CONF_DISK_THREADS)
		d->ring = disk_ring_open(loop, on_answer, d);
	if (conf->mode == CONF_DISK_IO_URING && d->ring == NULL)
		log_warn(log, "disk: no io_uring here, threads wait instead");
	return d;
}

const char *
disk_way(const struct disk *d)
{
	if (d == NULL)
		return "blocking";
	return d->ring == NULL ? "threads" : "io_uring and threads";
}

/* In the order in which they may still make work for each other. */
bool
disk_close(struct disk *d)
{
	struct disk_job *left, *waiting;
	bool has_ended;

	if (d == NULL)
		return true;
	waiting = disk_ring_close(d->ring);
	for (struct disk_job *job = waiting; job != NULL; job = job->next)
		forget_miss(job);
	finish_all(waiting, false);
	has_ended = pool_stop(d->pool, PATIENCE_MS, &left);
	finish_all(pool_collect(d->pool), true);
	finish_all(left, false);
	finish_tried(d);
	ev_async_stop(d->loop, &d->wake);
	if (!has_ended)
		return false;
	pool_free(d->pool);
	free(d);
	return true;
}
