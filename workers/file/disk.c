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
#include "file/disk.h"

#include <errno.h>
#include <ev.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"
#include "file/disk_uring.h"
#include "file/loop_wake.h"
#include "file/page_miss.h"
#include "file/pool.h"

enum {
	TRIES_MAX = 64, /* of one job */
	STOP_MS = 2000, /* that the end waits for threads */
};

struct disk {
	struct pool *pool;
	struct disk_uring *ring;        /* NULL: there is none */
	struct loop_wake wake;          /* something is done */
	struct disk_job *first, **last; /* that it tried with success */
	struct disk_job *refused;       /* that came while it was closed */
	bool is_closing;
	uint64_t device; /* the first that disk_add_device() told; 0: none */
	struct log *log;
	struct log_limit ring_failed; /* submissions */
	struct disk_counts counts;
};

/* ---- a job's end -------------------------------------------------------- */

static void
finish_tried(struct disk *d)
{
	struct disk_job *first = d->first;

	d->first = NULL;
	d->last = &d->first;
	pool_finish(first, true, &d->counts.waiting);
}

static void
on_wake(void *arg)
{
	struct disk *d = arg;

	pool_finish(pool_collect(d->pool), true, &d->counts.waiting);
	finish_tried(d);
}

static void
wake_loop(void *arg)
{
	struct disk *d = arg;

	loop_wake_send(&d->wake);
}

/* ---- a job's way -------------------------------------------------------- */

static void
forget_miss(struct disk_job *job)
{
	page_miss_drop(job->miss);
	free(job->miss);
	job->miss = NULL;
}

/* False: threads must do the job. */
static bool
ask_ring(struct disk *d, struct disk_job *job)
{
	unsigned times;

	if (disk_uring_submit(d->ring, job))
		return true;
	if (errno == ENOBUFS || errno == EOPNOTSUPP)
		return false;
	times = log_limit_take(&d->ring_failed, clock_now_ms());
	if (times > 0)
		log_warn(d->log,
			"disk: io_uring took no submission (%u time%s), "
			"threads wait instead",
			times, log_plural(times));
	return false;
}

/* True: done, or on its way to be tried again. */
static bool
try_job(struct disk *d, struct disk_job *job)
{
	page_miss_init(job->miss);
	if (job->try(job, job->miss)) {
		job->next = NULL;
		*d->last = job;
		d->last = &job->next;
		forget_miss(job);
		loop_wake_soon(&d->wake);
		return true;
	}
	return ++job->tries < TRIES_MAX && ask_ring(d, job);
}

/* What the job has waited for has come. */
static void
on_answer(void *arg, struct disk_job *job)
{
	struct disk *d = arg;

	page_miss_drop(job->miss);
	if (try_job(d, job))
		return;
	forget_miss(job);
	pool_add(d->pool, job);
}

void
disk_start(struct disk *d, struct disk_job *job)
{
	job->tries = 0;
	job->miss = NULL;
	d->counts.waits++;
	d->counts.waiting++;
	if (d->is_closing) {
		job->next = d->refused;
		d->refused = job;
		return;
	}
	if (d->ring != NULL && job->try != NULL) {
		job->miss = mem_alloc(sizeof(*job->miss));
		if (try_job(d, job))
			return;
		forget_miss(job);
	}
	pool_add(d->pool, job);
}

struct disk_counts
disk_counts(const struct disk *d)
{
	static const struct disk_counts none;

	return d == NULL ? none : d->counts;
}

/* ---- start and end ------------------------------------------------------ */

struct disk *
disk_open(struct ev_loop *loop, const struct conf_disk *conf, struct log *log)
{
	struct disk *d;

	if (conf->mode == CONF_DISK_BLOCKING)
		return NULL;
	d = mem_calloc(1, sizeof(*d));
	d->last = &d->first;
	d->log = log;
	if (loop_wake_open(&d->wake, loop, on_wake, d) == -1) {
		log_warn(log, "disk: no threads, the loop waits instead");
		free(d);
		return NULL;
	}
	d->pool = pool_new((unsigned)conf->threads, wake_loop, d);
	if (conf->mode != CONF_DISK_THREADS)
		d->ring = disk_uring_open(loop, on_answer, d);
	if (conf->mode == CONF_DISK_IO_URING && d->ring == NULL)
		log_warn(log, "disk: no io_uring here, threads wait instead");
	return d;
}

void
disk_add_device(struct disk *d, uint64_t device)
{
	if (d == NULL || device == 0 || device == d->device)
		return;
	if (d->device != 0)
		pool_set_shares(d->pool);
	d->device = device;
}

const char *
disk_way(const struct disk *d)
{
	if (d == NULL)
		return "blocking";
	return d->ring == NULL ? "threads" : "io_uring and threads";
}

/* The ring, then the threads, then what ran; a job that ends may want to start
 * another, which disk_start() refuses from here on. */
bool
disk_close(struct disk *d)
{
	struct disk_job *left, *waiting;
	bool has_ended;

	if (d == NULL)
		return true;
	d->is_closing = true;
	waiting = disk_uring_close(d->ring);
	d->ring = NULL;
	for (struct disk_job *job = waiting; job != NULL; job = job->next)
		forget_miss(job);
	pool_finish(waiting, false, &d->counts.waiting);
	has_ended = pool_stop(d->pool, STOP_MS, &left);
	pool_finish(pool_collect(d->pool), true, &d->counts.waiting);
	pool_finish(left, false, &d->counts.waiting);
	finish_tried(d);
	pool_finish_refused(&d->refused, &d->counts.waiting);
	if (!has_ended) {
		retry_io_stop(&d->wake.event); /* a thread may still write */
		return false;
	}
	loop_wake_close(&d->wake);
	pool_free(d->pool);
	free(d);
	return true;
}
