/*
 * A job has an owner, a context or an instance, until it is done or the owner
 * ends.
 * SPDX-License-Identifier: MIT
 */
#include "api/work.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "api/context.h"
#include "api/instance.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "conn/worker_state.h"
#include "file/disk.h"
#include "file/work_pool.h"

/* Jobs of a worker's modules that wait or run: password hashes and codings keep
 * a share of the pool. */
enum { JOBS_MOST = 512 };

struct work {
	struct disk_job job;
	struct list_node node; /* in the owner's list */
	struct list *list;     /* NULL: the owner has ended */
	struct worker *worker;
	struct slot *slot;
	uint32_t number;     /* of the instance */
	struct context *ctx; /* NULL for a job of the instance */
	struct prong_instance *instance;
	atomic_bool is_cancelled;
	void (*work)(void *data);
	void (*done)(struct prong_context *, void *data);
	void (*done_always)(struct prong_instance *, void *data);
	void (*drop)(void *data);
	void *data;
};

static void
run_work(struct disk_job *job)
{
	struct work *w = container_of(job, struct work, job);

	if (atomic_load(&w->is_cancelled))
		return;
	/* Of several threads, that of the last job: should it crash. */
	__atomic_store_n(&w->slot->job, w->number, __ATOMIC_RELAXED);
	w->work(w->data);
	__atomic_store_n(&w->slot->job, 0, __ATOMIC_RELAXED);
}

static void
tell_owner(struct work *w)
{
	if (w->ctx == NULL) {
		instance_enter(w->instance, SLOT_CALL_JOB);
		w->done_always(w->instance, w->data);
		instance_leave(w->instance);
		return;
	}
	instance_note_call(w->instance, SLOT_CALL_JOB);
	context_enter(w->ctx);
	w->done(w->ctx->handle, w->data);
	context_leave(w->ctx);
	instance_end_call(w->instance);
}

static void
finish_work(struct disk_job *job, bool was_run)
{
	struct work *w = container_of(job, struct work, job);
	bool has_owner = w->list != NULL;

	w->worker->contexts->nworks--;
	if (has_owner)
		list_remove(&w->node);
	if (has_owner && was_run)
		tell_owner(w);
	else if (w->drop != NULL)
		w->drop(w->data);
	free(w);
}

void
work_cancel_all(struct list *list)
{
	struct work *w;

	while (list->first != NULL) {
		w = container_of(list->first, struct work, node);
		list_remove(&w->node);
		w->list = NULL;
		atomic_store(&w->is_cancelled, true);
	}
}

/* Takes ownership of the job; 0, or -1 with EAGAIN. */
static int
start_job(struct work *w, struct list *list)
{
	struct worker *worker = w->instance->worker;

	w->slot = worker->slot;
	w->number = w->instance->number;
	w->job = (struct disk_job){ .run = run_work, .done = finish_work };
	if (worker->work == NULL || worker->contexts->nworks >= JOBS_MOST ||
		!work_pool_start(worker->work, &w->job)) {
		free(w);
		errno = EAGAIN;
		return -1;
	}
	worker->contexts->nworks++;
	w->worker = worker;
	w->list = list;
	list_add(list, &w->node);
	return 0;
}

int
work_start(struct context *ctx, void (*work)(void *data),
	void (*done)(struct prong_context *, void *data),
	void (*drop)(void *data), void *data)
{
	struct work *w = mem_calloc(1, sizeof(*w));

	w->ctx = ctx;
	w->instance = ctx->instance;
	w->work = work;
	w->done = done;
	w->drop = drop;
	w->data = data;
	if (start_job(w, &ctx->works) == -1)
		return -1;
	context_hold(ctx);
	return 0;
}

/* ---- prong.h ------------------------------------------------------------ */

int
prong_work_or_drop(struct prong_context *handle, void (*work)(void *data),
	void (*done)(struct prong_context *, void *data),
	void (*drop)(void *data), void *data)
{
	struct context *ctx = context_find_open(handle, "prong_work");

	if (ctx == NULL)
		return -1;
	if (work == NULL || done == NULL)
		return context_misuse(ctx, "prong_work", "a function is NULL");
	return work_start(ctx, work, done, drop, data);
}

int
prong_work(struct prong_context *handle, void (*work)(void *data),
	void (*done)(struct prong_context *, void *data), void *data)
{
	return prong_work_or_drop(handle, work, done, NULL, data);
}

int
prong_work_always(struct prong_instance *i, void (*work)(void *data),
	void (*done)(struct prong_instance *, void *data), void *data)
{
	struct work *w;

	if (!instance_check_call(i, __func__))
		return -1;
	if (work == NULL || done == NULL)
		return instance_misuse(i, __func__, "a function is NULL");
	w = mem_calloc(1, sizeof(*w));
	w->instance = i;
	w->work = work;
	w->done_always = done;
	w->data = data;
	return start_job(w, &i->works);
}
