/*
 * The results of an exchange's jobs stay with the exchange until it is
 * answered: it may have to wait for another file, and by then the first may
 * have left the cache again, or never been in it.
 * SPDX-License-Identifier: MIT
 */
#include "conn/disk_wait.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/slot.h"
#include "file/disk.h"
#include "file/docroot.h"
#include "file/file.h"
#include "file/file_probe.h"
#include "file/work_pool.h"

/* Files of up to so many bytes are compressed on the loop: that takes well
 * under a millisecond. */
enum { CODED_AT_ONCE = 4 * 1024 };

struct disk_wait_result {
	struct disk_wait_result *next;
	const struct docroot *docroot;
	int status;
	struct file *file; /* a reference, or NULL */
	size_t path_len;
	char path[];
};

/* The wait of an exchange. */
struct disk_wait {
	struct disk_wait_job *job; /* NULL: does not wait at present */
	struct exchange *next;     /* waits for the same job */
	disk_wait_retry *retry;
	int status;
	struct span fields;
	struct disk_wait_result *results;
};

struct disk_wait_job {
	struct disk_job job;
	struct disk_wait_job *next, **link; /* of those under way */
	struct worker *worker;
	struct exchange *waiters;

	struct file_probe probe; /* docroot, path */
	/* A reference to the file to compress; NULL: the job is a probe. */
	struct file *file, *made;
	enum coding coding;
	char path[];
};

/* ---- an exchange's notes ------------------------------------------------ */

static struct disk_wait *
disk_wait_of(struct exchange *x)
{
	if (x->disk_wait == NULL) {
		x->disk_wait = mem_calloc(1, sizeof(*x->disk_wait));
	}
	return x->disk_wait;
}

static void
add_result(struct exchange *x, const struct disk_wait_job *j, struct file *file)
{
	struct disk_wait_result *n = mem_alloc(sizeof(*n) + j->probe.path.len);

	n->docroot = j->probe.docroot;
	n->status = j->probe.status;
	n->file = file == NULL ? NULL : file_ref(file);
	n->path_len = j->probe.path.len;
	memcpy(n->path, j->probe.path.at, n->path_len);
	n->next = x->disk_wait->results;
	x->disk_wait->results = n;
}

static const struct disk_wait_result *
find_result(const struct exchange *x, const struct docroot *d, struct span path)
{
	const struct disk_wait_result *n =
		x->disk_wait == NULL ? NULL : x->disk_wait->results;

	for (; n != NULL; n = n->next)
		if (n->docroot == d &&
			span_is((struct span){ n->path, n->path_len }, path))
			return n;
	return NULL;
}

static void
forget_exchange(struct exchange *x)
{
	struct disk_wait_result *n;

	while ((n = x->disk_wait->results) != NULL) {
		x->disk_wait->results = n->next;
		file_unref(n->file);
		free(n);
	}
	free(x->disk_wait);
	x->disk_wait = NULL;
}

/* ---- holding ------------------------------------------------------------ */

static void
on_gone(struct exchange *x, enum exchange_end why)
{
	struct exchange **link;

	if (why == EXCHANGE_LATE)
		x->worker->slot->counters.disk_timeouts++;
	if (x->disk_wait->job != NULL) {
		link = &x->disk_wait->job->waiters;
		while (*link != x)
			link = &(*link)->disk_wait->next;
		*link = x->disk_wait->next;
	}
	forget_exchange(x);
}

static const struct exchange_handler handler = { .on_gone = on_gone };

void
disk_wait_hold(struct exchange *x, disk_wait_retry *retry, int status,
	struct span fields)
{
	x->disk_wait->retry = retry;
	x->disk_wait->status = status;
	x->disk_wait->fields = fields;
	if (!x->drops_body)
		exchange_drop_content(x);
	exchange_hold(x, &handler, NULL);
}

/* Calls the retry function of the exchange. */
static void
resume_exchange(struct exchange *x)
{
	struct disk_wait *c = x->disk_wait;

	x->handler = NULL;
	c->retry(x, c->status, c->fields);
	if (x->handler == &handler)
		return;
	forget_exchange(x);
	if (x->handler == NULL)
		exchange_complete(x);
}

/* ---- jobs --------------------------------------------------------------- */

static struct disk_wait_job *
add_job(struct worker *w, const struct docroot *d, struct span path)
{
	struct disk_wait_job *j = mem_calloc(1, sizeof(*j) + path.len);

	j->worker = w;
	j->probe.docroot = d;
	j->probe.path = (struct span){ j->path, path.len };
	memcpy(j->path, path.at, path.len);
	j->next = w->disk_wait_jobs;
	j->link = &w->disk_wait_jobs;
	if (j->next != NULL)
		j->next->link = &j->next;
	w->disk_wait_jobs = j;
	return j;
}

static void
remove_job(struct disk_wait_job *j)
{
	*j->link = j->next;
	if (j->next != NULL)
		j->next->link = j->link;
}

static void
wait_for(struct exchange *x, struct disk_wait_job *j)
{
	struct disk_wait *c = disk_wait_of(x);

	c->job = j;
	c->next = j->waiters;
	j->waiters = x;
}

/* Ends the job and resumes all exchanges that wait for it. */
static void
end_job(struct disk_wait_job *j, struct file *found)
{
	struct exchange *x;

	remove_job(j);
	while ((x = j->waiters) != NULL) {
		j->waiters = x->disk_wait->next;
		x->disk_wait->job = NULL;
		if (j->file == NULL)
			add_result(x, j, found);
		resume_exchange(x);
	}
	file_unref(found);
	file_unref(j->file);
	free(j);
}

/* Frees a job for which no exchange waits: the worker ends, or descriptors ran
 * out. */
static void
drop_job(struct disk_wait_job *j)
{
	assert(j->waiters == NULL);
	remove_job(j);
	file_probe_release(&j->probe);
	file_unref(j->file);
	free(j);
}

static struct disk_wait_job *
job_of(struct disk_job *job)
{
	return (struct disk_wait_job *)((char *)job -
					offsetof(struct disk_wait_job, job));
}

/* ---- probes ------------------------------------------------------------- */

static void
run_probe(struct disk_job *job)
{
	struct file_probe *l = &job_of(job)->probe;

	l->miss = NULL;
	file_probe_run(l);
}

static bool
try_probe(struct disk_job *job, struct page_miss *miss)
{
	struct file_probe *l = &job_of(job)->probe;

	l->miss = miss;
	file_probe_run(l);
	return l->result != PROBE_WAITS;
}

static void
end_probe(struct disk_job *job, bool was_run)
{
	struct disk_wait_job *j = job_of(job);
	struct file *found = NULL;
	struct worker *w = j->worker;

	if (!was_run)
		drop_job(j);
	else if (file_cache_end(&w->files, &j->probe, w->now_ms, &found))
		end_job(j, found);
	else if (j->waiters == NULL)
		drop_job(j); /* the next request starts a new one */
	else
		disk_start(w->disk, job);
}

static struct disk_wait_job *
start_probe(struct worker *w, const struct docroot *d, struct span path)
{
	struct disk_wait_job *j = add_job(w, d, path);

	file_cache_begin(&w->files, d, j->probe.path, w->now_ms, &j->probe);
	j->job.run = run_probe;
	j->job.try = d->root.has_cached ? try_probe : NULL;
	j->job.done = end_probe;
	j->job.is_urgent = j->probe.cached != NULL;
	j->job.device = d->device;
	disk_start(w->disk, &j->job);
	return j;
}

static struct disk_wait_job *
find_probe(struct worker *w, const struct docroot *d, struct span path)
{
	struct disk_wait_job *j = w->disk_wait_jobs;

	while (j != NULL && (j->file != NULL || j->probe.docroot != d ||
				    !span_is(j->probe.path, path)))
		j = j->next;
	return j;
}

/* Returns the status, or FILE_CACHE_WAITS and the job. */
static int
find_or_start(struct exchange *x, const struct docroot *d, struct span path,
	struct file **out, struct disk_wait_job **job)
{
	struct worker *w = x->worker;
	int status = file_cache_get(&w->files, d, path, w->now_ms, out);

	if (status != FILE_CACHE_WAITS)
		return status;
	*job = find_probe(w, d, path);
	if (*job != NULL)
		return status;
	*job = start_probe(w, d, path);
	/* An entry that has just expired is served meanwhile. */
	return file_cache_get(&w->files, d, path, w->now_ms, out);
}

int
disk_wait_find(struct exchange *x, const struct docroot *d, struct span path,
	struct file **out)
{
	const struct disk_wait_result *n = find_result(x, d, path);
	struct disk_wait_job *job;
	int status;

	if (n != NULL) {
		if (n->file != NULL)
			*out = file_ref(n->file);
		return n->status;
	}
	status = find_or_start(x, d, path, out, &job);
	if (status == FILE_CACHE_WAITS)
		wait_for(x, job);
	return status;
}

int
disk_wait_get_now(struct exchange *x, const struct docroot *d, struct span path,
	struct file **out)
{
	struct disk_wait_job *job;

	return find_or_start(x, d, path, out, &job);
}

/* ---- codings ------------------------------------------------------------ */

static void
run_coding(struct disk_job *job)
{
	struct disk_wait_job *j = job_of(job);

	j->made = file_probe_code(j->probe.docroot, j->file, j->coding);
}

static void
end_coding(struct disk_job *job, bool was_run)
{
	struct disk_wait_job *j = job_of(job);

	if (!was_run) {
		drop_job(j);
		return;
	}
	if (j->made == NULL)
		j->file->codings &= (uint8_t) ~(1u << j->coding);
	file_cache_add_coding(&j->worker->files, j->file, j->coding, j->made);
	end_job(j, NULL);
}

static struct disk_wait_job *
start_coding(struct worker *w, const struct docroot *d, struct file *f,
	enum coding coding)
{
	struct disk_wait_job *j = add_job(w, d, SPAN(""));

	j->file = file_ref(f);
	j->coding = coding;
	j->job.run = run_coding;
	j->job.done = end_coding;
	j->job.is_urgent =
		true; /* before password hashes, of which there may be floods */
	if (work_pool_start(w->work, &j->job))
		return j;
	drop_job(j);
	return NULL;
}

int
disk_wait_find_coding(struct exchange *x, const struct docroot *d,
	struct file *f, enum coding coding, struct file **out)
{
	struct worker *w = x->worker;
	struct disk_wait_job *j = w->disk_wait_jobs;

	if (f->size <= CODED_AT_ONCE) {
		*out = file_cache_code(&w->files, d, f, coding);
		return 0;
	}
	while (j != NULL && (j->file != f || j->coding != coding))
		j = j->next;
	if (j == NULL)
		j = start_coding(w, d, f, coding);
	*out = NULL;
	if (j == NULL)
		return 0; /* the queue is full: respond without the coding */
	wait_for(x, j);
	return FILE_CACHE_WAITS;
}
