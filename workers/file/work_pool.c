/*
 * SPDX-License-Identifier: MIT
 */
#include "file/work_pool.h"

#include <stdlib.h>

#include "common/mem.h"
#include "file/disk.h"
#include "file/loop_wake.h"
#include "file/pool.h"

enum {
	THREADS = 2,     /* of each worker; most machines have one a CPU */
	JOBS_MAX = 1024, /* that wait or run */
	STOP_MS = 2000,  /* that the end waits for threads */
};

struct work_pool {
	struct pool *pool;
	struct loop_wake wake;
	uint64_t njobs;
	uint64_t all_jobs; /* since it was opened */
	bool is_closing;
	struct disk_job *refused; /* that came while it was closed */
};

static void
on_wake(void *arg)
{
	struct work_pool *w = arg;

	pool_finish(pool_collect(w->pool), true, &w->njobs);
}

static void
wake_loop(void *arg)
{
	struct work_pool *w = arg;

	loop_wake_send(&w->wake);
}

struct work_pool *
work_pool_open(struct ev_loop *loop)
{
	struct work_pool *w = mem_calloc(1, sizeof(*w));

	if (loop_wake_open(&w->wake, loop, on_wake, w) == -1) {
		free(w);
		return NULL;
	}
	w->pool = pool_new(THREADS, wake_loop, w);
	pool_set_background(w->pool);
	return w;
}

bool
work_pool_start(struct work_pool *w, struct disk_job *job)
{
	if (w->njobs == JOBS_MAX)
		return false;
	w->njobs++;
	w->all_jobs++;
	if (w->is_closing) {
		job->next = w->refused;
		w->refused = job;
	} else {
		pool_add(w->pool, job);
	}
	return true;
}

uint64_t
work_pool_jobs(const struct work_pool *w)
{
	return w == NULL ? 0 : w->all_jobs;
}

bool
work_pool_close(struct work_pool *w)
{
	struct disk_job *left;
	bool has_ended;

	if (w == NULL)
		return true;
	w->is_closing = true;
	has_ended = pool_stop(w->pool, STOP_MS, &left);
	pool_finish(pool_collect(w->pool), true, &w->njobs);
	pool_finish(left, false, &w->njobs);
	pool_finish_refused(&w->refused, &w->njobs);
	if (!has_ended) {
		retry_io_stop(&w->wake.event); /* a thread may still write */
		return false;
	}
	loop_wake_close(&w->wake);
	pool_free(w->pool);
	free(w);
	return true;
}
