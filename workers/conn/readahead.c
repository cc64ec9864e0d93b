/*
 * Data that was read is in the kernel's page cache, where sendfile(2) finds it.
 * For file systems that cannot tell what is in the cache (network file systems,
 * FUSE) the data is kept in a buffer and sent from that.
 * SPDX-License-Identifier: MIT
 */
#include "conn/readahead.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "file/disk.h"
#include "file/file.h"
#include "file/page_miss.h"

enum {
	PIECE = 128 * 1024,     /* bytes of a buffer */
	READ_MAX = 64 * 1024,   /* per read; each counts as progress */
	KEPT_MAX = 256 * 1024,  /* kept for a connection */
	AHEAD = 2 * 1024 * 1024 /* read by the kernel meanwhile */
};

struct readahead {
	struct disk_job job;
	struct readahead *next, **link; /* of those under way */
	struct worker *worker;
	struct exchange *waiters;
	struct file *file; /* a reference */
	off_t offset;
	size_t len;
	bool is_kept;
	char *bytes;        /* is_kept: what was read, */
	size_t got;         /* so much of it */
	int error;          /* errno of a read that failed; 0: none */
	atomic_uint nreads; /* that have returned something */
};

/* ---- reading ------------------------------------------------------------ */

/* Returns the number of bytes read; fewer than len at the end of the file or
 * after an error, when sending fails as well. */
static size_t
read_all(struct readahead *s, size_t done, char *to, size_t len)
{
	size_t at = 0, most;
	ssize_t n;

	while (at < len) {
		most = len - at < READ_MAX ? len - at : READ_MAX;
		n = pread(s->file->fd, to + at, most,
			s->offset + (off_t)(done + at));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			s->error = errno;
		if (n <= 0)
			break;
		at += (size_t)n;
		atomic_fetch_add(&s->nreads, 1);
	}
	return at;
}

static void
run_job(struct disk_job *job)
{
	struct readahead *s = (struct readahead *)job;
	size_t most = s->is_kept ? s->len : PIECE, n;
	struct stat st;

	s->bytes = mem_alloc(most);
	if (s->is_kept) {
		s->got = read_all(s, 0, s->bytes, s->len);
		if (s->file->is_copied &&
			(fstat(s->file->fd, &st) == -1 ||
				!file_has_content_of(s->file, &st)))
			s->got = 0;
		return;
	}
	posix_fadvise(s->file->fd, s->offset, (off_t)s->len + AHEAD,
		POSIX_FADV_WILLNEED);
	for (size_t done = 0; done < s->len; done += n) {
		n = s->len - done < most ? s->len - done : most;
		if (read_all(s, done, s->bytes, n) < n)
			break;
	}
}

static bool
try_job(struct disk_job *job, struct page_miss *miss)
{
	struct readahead *s = (struct readahead *)job;
	off_t away = s->offset, end = s->offset + (off_t)s->len;

	atomic_fetch_add(&s->nreads, 1);
	if (file_find_absent(s->file, &away, end) != FILE_ABSENT)
		return true;
	page_miss_read(miss, s->file->fd, away, (size_t)(end - away));
	return false;
}

/* ---- a connection ------------------------------------------------------- */

static void
go_on(struct exchange *x, struct readahead *s)
{
	if (s->is_kept && s->got == 0) {
		x->protocol->close(x, s->error == 0
					      ? "the file was changed"
					      : "the file cannot be read");
		return;
	}
	if (s->is_kept)
		output_insert(x->output, s->bytes, s->got);
	exchange_resume(x);
}

static void
finish_job(struct disk_job *job, bool was_run)
{
	struct readahead *s = (struct readahead *)job;
	struct exchange *x;

	assert(was_run || s->waiters == NULL);
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	if (s->error != 0 && was_run)
		file_errors_log_open(&s->worker->file_errors, s->file, s->error,
			s->worker->now_ms);
	if (!s->is_kept)
		file_set_resident(s->file, s->offset, s->offset + (off_t)s->len,
			s->worker->now_ms);
	while ((x = s->waiters) != NULL) {
		s->waiters = x->next_readahead;
		x->readahead = NULL;
		go_on(x, s);
	}
	file_unref(s->file);
	free(s->bytes);
	free(s);
}

static struct readahead *
start_job(struct worker *w, struct file *f, off_t offset, size_t len)
{
	struct readahead *s = mem_calloc(1, sizeof(*s));

	s->worker = w;
	s->file = file_ref(f);
	s->offset = offset;
	s->is_kept = f->has_unknown_residency;
	s->len = s->is_kept && len > KEPT_MAX ? KEPT_MAX : len;
	s->job.run = run_job;
	s->job.done = finish_job;
	s->job.try = s->is_kept ? NULL : try_job;
	s->job.device = f->identity.dev;
	s->next = w->readaheads;
	s->link = &w->readaheads;
	if (s->next != NULL)
		s->next->link = &s->next;
	w->readaheads = s;
	disk_start(w->disk, &s->job);
	return s;
}

void
readahead_fetch(struct exchange *x)
{
	struct readahead *s = x->worker->readaheads;
	struct file *f;
	off_t offset;
	size_t len = output_next_part(x->output, &f, &offset);

	while (s != NULL && (s->file != f || s->offset != offset))
		s = s->next;
	if (s == NULL)
		s = start_job(x->worker, f, offset, len);
	x->readahead = s;
	x->readahead_reads = atomic_load(&s->nreads);
	x->next_readahead = s->waiters;
	s->waiters = x;
}

bool
readahead_has_progressed(struct exchange *x)
{
	unsigned before = x->readahead_reads;

	/* All of it was read, and the exchange is about to be resumed. */
	if (x->readahead == NULL)
		return true;
	x->readahead_reads = atomic_load(&x->readahead->nreads);
	return x->readahead_reads != before;
}

void
readahead_forget(struct exchange *x)
{
	struct exchange **link;

	link = &x->readahead->waiters;
	while (*link != x)
		link = &(*link)->next_readahead;
	*link = x->next_readahead;
	x->readahead = NULL;
}
