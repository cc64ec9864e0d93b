/*
 * One lock for all; it is held for a few instructions, while a job takes many
 * microseconds.
 * SPDX-License-Identifier: MIT
 */
#include "file/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "file/disk.h"

enum { STACK = 512 * 1024 };

struct queue {
	struct disk_job *first, **last;
};

/* A device that jobs wait for; there are as many as file systems. */
struct share {
	struct share *next;
	uint64_t device;
	unsigned running;
	struct queue waiting; /* jobs beyond its share, in their order */
};

struct pool {
	void (*wake)(void *);
	void *arg;
	unsigned most;
	bool is_background;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work, ended;
	struct queue urgent, others, done;
	unsigned share; /* threads for one device */
	struct share *shares;
	pthread_t threads[POOL_THREADS];
	unsigned nthreads, nidle, nended, nwaiting; /* nwaiting: jobs */
	bool stops;
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_add(struct queue *q, struct disk_job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
}

static struct disk_job *
queue_take(struct queue *q)
{
	struct disk_job *job = q->first;

	if (job == NULL)
		return NULL;
	q->first = job->next;
	if (q->first == NULL)
		q->last = &q->first;
	return job;
}

static struct disk_job *
queue_take_all(struct queue *q)
{
	struct disk_job *first = q->first;

	queue_init(q);
	return first;
}

static void
queue_append(struct queue *q, struct queue *more)
{
	if (more->first == NULL)
		return;
	*q->last = more->first;
	q->last = more->last;
	queue_init(more);
}

struct pool *
pool_new(unsigned most, void (*wake)(void *), void *arg)
{
	struct pool *p = mem_calloc(1, sizeof(*p));
	pthread_condattr_t clock;

	assert(most >= 1 && most <= POOL_THREADS);
	p->most = p->share = most;
	p->wake = wake;
	p->arg = arg;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&p->ended, &clock);
	pthread_condattr_destroy(&clock);
	queue_init(&p->urgent);
	queue_init(&p->others);
	queue_init(&p->done);
	return p;
}

void
pool_set_background(struct pool *p)
{
	p->is_background = true;
}

void
pool_set_shares(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->share = p->most - (p->most + 3) / 4;
	if (p->share == 0)
		p->share = 1;
	pthread_mutex_unlock(&p->lock);
}

/* ---- devices, with the lock held ---------------------------------------- */

static struct share *
find_share(struct pool *p, uint64_t device)
{
	struct share *s = p->shares;

	while (s != NULL && s->device != device)
		s = s->next;
	if (s != NULL)
		return s;
	s = mem_alloc(sizeof(*s));
	*s = (struct share){ .next = p->shares, .device = device };
	queue_init(&s->waiting);
	return p->shares = s;
}

/* False: its device has as many threads as it may; the job waits. */
static bool
enter_share(struct pool *p, struct disk_job *job)
{
	struct share *s;

	if (job->device == 0)
		return true;
	s = find_share(p, job->device);
	if (s->running >= p->share) {
		queue_add(&s->waiting, job);
		return false;
	}
	s->running++;
	return true;
}

/* The first job that waits for the share has its turn behind the others. */
static void
leave_share(struct pool *p, uint64_t device)
{
	struct share *s;
	struct disk_job *job;

	if (device == 0)
		return;
	s = find_share(p, device);
	s->running--;
	job = queue_take(&s->waiting);
	if (job == NULL)
		return;
	queue_add(job->is_urgent ? &p->urgent : &p->others, job);
	p->nwaiting++;
}

/* ---- a thread ----------------------------------------------------------- */

/* With the lock held.  NULL: the end. */
static struct disk_job *
wait_for_work(struct pool *p)
{
	struct disk_job *job = NULL;

	while (!p->stops) {
		job = queue_take(&p->urgent);
		if (job == NULL)
			job = queue_take(&p->others);
		if (job != NULL) {
			p->nwaiting--;
			if (enter_share(p, job))
				break;
			job = NULL;
			continue;
		}
		p->nidle++;
		pthread_cond_wait(&p->work, &p->lock);
		p->nidle--;
	}
	return job;
}

/*
 * Of this thread alone.  A batch thread preempts nothing when it wakes.  Since
 * Linux 6.12 a thread that wakes, as the loop does, preempts one with a longer
 * slice at once; before, or without that, it waits for the end of a slice.
 */
static void
lower_priority(void)
{
	enum { NICE = 10 };
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = {
		.size = sizeof(attr),
		.policy = SCHED_BATCH,
		.nice = NICE,
		.runtime = 100000000, /* the longest slice: 100 ms */
	};

	syscall(SYS_sched_setattr, 0, &attr, 0);
}

static void *
run_thread(void *arg)
{
	struct pool *p = arg;
	struct disk_job *job;
	bool was_empty;

	if (p->is_background)
		lower_priority();
	pthread_mutex_lock(&p->lock);
	while ((job = wait_for_work(p)) != NULL) {
		pthread_mutex_unlock(&p->lock);
		job->run(job);
		pthread_mutex_lock(&p->lock);
		leave_share(p, job->device);
		was_empty = p->done.first == NULL;
		queue_add(&p->done, job);
		if (was_empty)
			p->wake(p->arg);
	}
	p->nended++;
	pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are the loop's, and a thread inherits what is blocked. */
static void
add_thread(struct pool *p)
{
	sigset_t all, before;
	pthread_attr_t attr;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&p->threads[p->nthreads], &attr, run_thread, p) == 0)
		p->nthreads++;
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the loop ----------------------------------------------------------- */

void
pool_add(struct pool *p, struct disk_job *job)
{
	pthread_mutex_lock(&p->lock);
	queue_add(job->is_urgent ? &p->urgent : &p->others, job);
	/* One that was woken and does not run yet is idle still. */
	if (++p->nwaiting > p->nidle && p->nthreads < p->most)
		add_thread(p);
	else
		pthread_cond_signal(&p->work);
	if (p->nthreads == 0) {
		job = wait_for_work(p);
		job->run(job);
		leave_share(p, job->device);
		queue_add(&p->done, job);
		p->wake(p->arg);
	}
	pthread_mutex_unlock(&p->lock);
}

struct disk_job *
pool_collect(struct pool *p)
{
	struct disk_job *done;

	pthread_mutex_lock(&p->lock);
	done = queue_take_all(&p->done);
	pthread_mutex_unlock(&p->lock);
	return done;
}

void
pool_finish(struct disk_job *job, bool was_run, uint64_t *count)
{
	struct disk_job *next;

	for (; job != NULL; job = next) {
		next = job->next;
		--*count;
		job->done(job, was_run);
	}
}

void
pool_finish_refused(struct disk_job **refused, uint64_t *count)
{
	struct disk_job *first;

	while ((first = *refused) != NULL) {
		*refused = NULL;
		pool_finish(first, false, count);
	}
}

static struct timespec
deadline_in(int ms)
{
	int64_t us = clock_now_us() + (int64_t)ms * 1000;

	return (struct timespec){ .tv_sec = us / 1000000,
		.tv_nsec = us % 1000000 * 1000 };
}

bool
pool_stop(struct pool *p, int ms, struct disk_job **left)
{
	struct timespec until = deadline_in(ms);
	bool has_ended;

	pthread_mutex_lock(&p->lock);
	p->stops = true;
	pthread_cond_broadcast(&p->work);
	queue_append(&p->urgent, &p->others);
	for (struct share *s = p->shares; s != NULL; s = s->next)
		queue_append(&p->urgent, &s->waiting);
	*left = queue_take_all(&p->urgent);
	while (p->nended < p->nthreads)
		if (pthread_cond_timedwait(&p->ended, &p->lock, &until) ==
			ETIMEDOUT)
			break;
	has_ended = p->nended == p->nthreads;
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; has_ended && i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	return has_ended;
}

void
pool_free(struct pool *p)
{
	struct share *s;

	while ((s = p->shares) != NULL) {
		p->shares = s->next;
		free(s);
	}
	pthread_cond_destroy(&p->ended);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
