/*
 * What is asked for is not used: opened files are closed, bytes dropped.  The
 * point is that the kernel has it in memory then.
 * SPDX-License-Identifier: MIT
 */
#include "file/disk_uring.h"

#include <errno.h>
#include <stddef.h>

#ifdef HAVE_URING
#include <ev.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/mem.h"
#include "file/disk.h"
#include "file/page_miss.h"
#include "file/retry_io.h"

enum {
	ENTRIES = 128,
	READ_MAX = 1024 * 1024, /* bytes at once; more is another try */
	STOP_S = 2,             /* that the end waits for the kernel */
};

/* An operation, in the list of those that have not completed. */
struct uring_op {
	struct uring_op *next, **link;
	struct disk_job *job;
	struct open_how how;
	char *bytes; /* of a read */
};

struct disk_uring {
	struct io_uring uring;
	struct retry_io io;
	void (*on_completion)(void *, struct disk_job *);
	void *arg;
	struct uring_op *first;
	unsigned count;
};

static void
drop_op(struct disk_uring *r, struct uring_op *q)
{
	*q->link = q->next;
	if (q->next != NULL)
		q->next->link = q->link;
	r->count--;
	free(q->bytes);
	free(q);
}

/* One answer.  The job; NULL: the entry was taken back. */
static struct disk_job *
take_completion(struct disk_uring *r, struct io_uring_cqe *cqe)
{
	struct uring_op *q = io_uring_cqe_get_data(cqe);
	struct disk_job *job;

	if (q == NULL) {
		io_uring_cqe_seen(&r->uring, cqe);
		return NULL;
	}
	job = q->job;
	if (job->miss->kind == PAGE_MISS_PATH && cqe->res >= 0)
		close(cqe->res);
	io_uring_cqe_seen(&r->uring, cqe);
	drop_op(r, q);
	return job;
}

static void
on_io(struct retry_io *io, int revents)
{
	struct disk_uring *r = io->data;
	struct io_uring_cqe *cqe;
	struct disk_job *job;

	(void)revents;
	while (io_uring_peek_cqe(&r->uring, &cqe) == 0) {
		job = take_completion(r, cqe);
		if (job != NULL)
			r->on_completion(r->arg, job);
	}
}

/* The operations must be there, not only the ring. */
static bool
can_do_it(struct io_uring *uring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(uring);
	bool can = probe != NULL &&
		   io_uring_opcode_supported(probe, IORING_OP_OPENAT2) &&
		   io_uring_opcode_supported(probe, IORING_OP_READ);

	io_uring_free_probe(probe);
	if (!can)
		errno = EOPNOTSUPP;
	return can;
}

struct disk_uring *
disk_uring_open(struct ev_loop *loop,
	void (*on_completion)(void *, struct disk_job *), void *arg)
{
	struct disk_uring *r = mem_calloc(1, sizeof(*r));
	int error;

	error = -io_uring_queue_init(ENTRIES, &r->uring, 0);
	if (error == 0 && !can_do_it(&r->uring)) {
		error = errno;
		io_uring_queue_exit(&r->uring);
	}
	if (error != 0) {
		free(r);
		errno = error;
		return NULL;
	}
	r->on_completion = on_completion;
	r->arg = arg;
	retry_io_init(&r->io, loop, on_io, r->uring.ring_fd, EV_READ, r);
	retry_io_start(&r->io);
	return r;
}

static void
prepare_entry(struct io_uring_sqe *sqe, struct uring_op *q)
{
	struct page_miss *m = q->job->miss;
	size_t len = m->len < READ_MAX ? m->len : READ_MAX;

	if (m->kind == PAGE_MISS_PATH) {
		q->how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
		q->how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
		io_uring_prep_openat2(sqe, m->fd, m->path, &q->how);
	} else {
		q->bytes = mem_alloc(len);
		io_uring_prep_read(sqe, m->fd, q->bytes, (unsigned)len,
			(uint64_t)m->offset);
	}
	io_uring_sqe_set_data(sqe, q);
}

/* 0, or -1 with errno: the kernel did not take the last entry, which becomes
 * one that does nothing and goes with the next submission. */
static int
submit_entry(struct disk_uring *r, struct io_uring_sqe *sqe)
{
	int rc = io_uring_submit(&r->uring);

	if (rc >= 0 && io_uring_sq_ready(&r->uring) == 0)
		return 0;
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data(sqe, NULL);
	errno = rc < 0 ? -rc : EAGAIN;
	return -1;
}

bool
disk_uring_submit(struct disk_uring *r, struct disk_job *job)
{
	enum page_miss_kind kind = job->miss->kind;
	struct io_uring_sqe *sqe;
	struct uring_op *q;

	errno = EOPNOTSUPP;
	if (kind != PAGE_MISS_PATH && kind != PAGE_MISS_READ)
		return false;
	errno = ENOBUFS;
	if (r->count == ENTRIES || (sqe = io_uring_get_sqe(&r->uring)) == NULL)
		return false;
	q = mem_calloc(1, sizeof(*q));
	q->job = job;
	q->next = r->first;
	q->link = &r->first;
	if (q->next != NULL)
		q->next->link = &q->next;
	r->first = q;
	r->count++;
	prepare_entry(sqe, q);
	if (submit_entry(r, sqe) == 0)
		return true;
	drop_op(r, q);
	return false;
}

/* What the kernel has not answered by the end of its time may still be written
 * to: that memory is left to the end of the process. */
struct disk_job *
disk_uring_close(struct disk_uring *r)
{
	struct __kernel_timespec most = { .tv_sec = STOP_S };
	struct disk_job *left = NULL, *job;
	struct io_uring_cqe *cqe;

	if (r == NULL)
		return NULL;
	while (r->count > 0 &&
		io_uring_wait_cqe_timeout(&r->uring, &cqe, &most) == 0) {
		job = take_completion(r, cqe);
		if (job == NULL)
			continue;
		job->next = left;
		left = job;
	}
	for (struct uring_op *q = r->first; q != NULL; q = q->next) {
		q->job->next = left;
		left = q->job;
	}
	retry_io_stop(&r->io);
	io_uring_queue_exit(&r->uring);
	free(r);
	return left;
}
#else
struct disk_uring *
disk_uring_open(struct ev_loop *loop,
	void (*on_completion)(void *, struct disk_job *), void *arg)
{
	(void)loop, (void)on_completion, (void)arg;
	errno = ENOSYS;
	return NULL;
}

bool
disk_uring_submit(struct disk_uring *r, struct disk_job *job)
{
	(void)r, (void)job;
	errno = EOPNOTSUPP;
	return false;
}

struct disk_job *
disk_uring_close(struct disk_uring *r)
{
	(void)r;
	return NULL;
}
#endif
