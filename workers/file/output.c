/*
 * send(2) for one run, sendmsg(2) for several, sendfile(2) for a file.
 * SPDX-License-Identifier: MIT
 */
#include "file/output.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/small_pool.h"
#include "file/file.h"
#include "file/sys_io.h"

enum {
	SLICE = 1024 * 1024, /* bytes of a file in one turn of the loop */
	COPY = 64 * 1024,    /* of one that is copied, in one send(2) */
	FIRST_RUNS = 4,      /* of a small output */
};

struct output *
output_new(unsigned size)
{
	struct output *o = mem_alloc(
		sizeof(*o) + size * (sizeof(*o->runs) + sizeof(*o->from)));

	*o = (struct output){ .size = size, .most = size };
	o->runs = (struct iovec *)(o + 1);
	o->from = (struct output_source *)(o->runs + size);
	return o;
}

struct output *
output_new_growing(unsigned most)
{
	struct output *o = output_new(FIRST_RUNS);

	o->most = most;
	return o;
}

/* Returns true when the runs are in a block of their own. */
static bool
has_grown(const struct output *o)
{
	return o->runs != (const struct iovec *)(o + 1);
}

void
output_free(struct output *o)
{
	if (has_grown(o))
		free(o->runs);
	free(o);
}

void
output_init_small(struct output *o, unsigned most, struct small_pool *memory)
{
	*o = (struct output){ .most = most, .memory = memory };
}

void
output_shrink(struct output *o)
{
	small_pool_put(o->memory, o->runs);
	o->runs = NULL;
	o->from = NULL;
	o->first = o->count = o->size = 0;
}

/* A small output, and one that grows, has room for a few runs at first; most
 * need no more.  Any other output is full, which is a bug. */
static void
grow_runs(struct output *o)
{
	unsigned size =
		o->size == 0 && o->most > FIRST_RUNS ? FIRST_RUNS : o->most;
	struct output_source *from;
	struct iovec *runs;
	size_t bytes = size * (sizeof(*runs) + sizeof(*from));

	assert(o->size < size);
	runs = o->memory == NULL ? mem_alloc(bytes)
				 : small_pool_get(o->memory, bytes);
	assert(runs != NULL);
	from = (struct output_source *)(runs + size);
	if (o->count > 0) {
		memcpy(runs, o->runs, o->count * sizeof(*runs));
		memcpy(from, o->from, o->count * sizeof(*from));
	}
	if (o->memory != NULL)
		small_pool_put(o->memory, o->runs);
	o->runs = runs;
	o->from = from;
	o->size = size;
}

void
output_pool_fini(struct output_pool *p)
{
	struct output *o;

	while ((o = p->free) != NULL) {
		p->free = o->next_free;
		output_free(o);
	}
	p->nfree = 0;
}

static void
drop_first(struct output *o)
{
	if (o->from[o->first].file != NULL)
		file_unref(o->from[o->first].file);
	o->first++;
}

void
output_drop(struct output *o)
{
	while (!output_is_empty(o))
		drop_first(o);
}

static void
add_run(struct output *o, const char *bytes, size_t len, struct file *file,
	off_t offset)
{
	if (len == 0)
		return;
	if (o->count == o->size)
		grow_runs(o);
	o->runs[o->count] = (struct iovec){ (void *)(uintptr_t)bytes, len };
	o->from[o->count].file = file;
	o->from[o->count].offset = offset;
	o->count++;
	o->queued += len;
	if (file != NULL)
		file_ref(file);
}

void
output_add(struct output *o, const char *bytes, size_t len, struct file *file)
{
	add_run(o, bytes, len, file, 0);
}

void
output_extend(struct output *o, size_t len)
{
	assert(o->count > o->first);
	o->runs[o->count - 1].iov_len += len;
	o->queued += len;
}

void
output_add_file(struct output *o, struct file *file, off_t offset, size_t len)
{
	add_run(o, NULL, len, file, offset);
}

void
output_advance(struct output *o, size_t sent)
{
	struct iovec *run;

	o->sent += sent;
	while (!output_is_empty(o)) {
		run = &o->runs[o->first];
		if (sent < run->iov_len) {
			run->iov_len -= sent;
			if (run->iov_base != NULL)
				run->iov_base = (char *)run->iov_base + sent;
			else
				o->from[o->first].offset += (off_t)sent;
			return;
		}
		sent -= run->iov_len;
		drop_first(o);
	}
	o->first = o->count = 0;
}

static ssize_t
send_runs(struct output *o, int fd)
{
	struct iovec *first = &o->runs[o->first];
	struct msghdr message = { .msg_iov = first };
	unsigned n = o->first;
	int flags = MSG_NOSIGNAL;

	while (n < o->count && o->runs[n].iov_base != NULL)
		n++;
	if (n < o->count)
		flags |= MSG_MORE;
	message.msg_iovlen = n - o->first;
	if (message.msg_iovlen == 1)
		return sys_send(fd, first->iov_base, first->iov_len, flags);
	return sendmsg(fd, &message, flags);
}

static bool
is_not_cached(const struct output *o, unsigned run, size_t most)
{
	size_t len = o->runs[run].iov_len;
	off_t offset = o->from[run].offset;

	return o->clock != NULL && o->from[run].file->content == NULL &&
	       file_find(o->from[run].file, offset,
		       offset + (off_t)(len < most ? len : most),
		       *o->clock) != FILE_RESIDENT;
}

bool
output_is_cached(const struct output *o, size_t skip)
{
	unsigned i = o->first;
	off_t from;

	while (i < o->count && skip >= o->runs[i].iov_len)
		skip -= o->runs[i++].iov_len;
	if (i == o->count || o->runs[i].iov_base != NULL || o->clock == NULL ||
		o->from[i].file->content != NULL)
		return true;
	from = o->from[i].offset + (off_t)skip;
	skip = o->runs[i].iov_len - skip;
	return file_find(o->from[i].file, from,
		       from + (off_t)(skip < SLICE ? skip : SLICE),
		       *o->clock) == FILE_RESIDENT;
}

size_t
output_next_part(const struct output *o, struct file **file, off_t *offset)
{
	size_t len = o->runs[o->first].iov_len;

	*file = o->from[o->first].file;
	*offset = o->from[o->first].offset;
	return len < SLICE ? len : SLICE;
}

/* Moves all runs by one, unless the first was sent and its entry is free. */
static void
make_room_in_front(struct output *o)
{
	unsigned n = o->count - o->first;

	if (o->count == o->size)
		grow_runs(o);
	memmove(&o->runs[o->first + 1], &o->runs[o->first],
		n * sizeof(*o->runs));
	memmove(&o->from[o->first + 1], &o->from[o->first],
		n * sizeof(*o->from));
	o->first++;
	o->count++;
}

/* After the head was sent, its entry is free. */
void
output_insert(struct output *o, const char *bytes, size_t len)
{
	struct file *copy = file_copy(bytes, len);
	struct iovec *rest = &o->runs[o->first];

	if (len >= rest->iov_len) {
		/* The last part: nothing of the file is left behind it. */
		len = rest->iov_len;
		file_unref(o->from[o->first].file);
	} else {
		rest->iov_len -= len;
		o->from[o->first].offset += (off_t)len;
		if (o->first == 0)
			make_room_in_front(o);
		o->first--;
	}
	o->runs[o->first] = (struct iovec){ copy->reply, len };
	o->from[o->first].file = copy;
}

size_t
output_borrow(const struct output *from, size_t skip, size_t len, unsigned most,
	struct output *to)
{
	size_t done = 0, n;

	for (unsigned i = from->first; i < from->count && done < len; i++) {
		const struct iovec *run = &from->runs[i];
		const struct output_source *source = &from->from[i];

		if (skip >= run->iov_len) {
			skip -= run->iov_len;
			continue;
		}
		if (most-- == 0)
			break;
		n = run->iov_len - skip;
		if (n > len - done)
			n = len - done;
		if (to != NULL)
			add_run(to,
				run->iov_base == NULL
					? NULL
					: (const char *)run->iov_base + skip,
				n, source->file, source->offset + (off_t)skip);
		skip = 0;
		done += n;
	}
	return done;
}

/* Results of sending a part of a file, besides the number of bytes. */
enum { SEND_FAILED = -1, FILE_FAILED = -2, FILE_SHORTER = -3 };

/* Reads bytes of a file; fails if the file has changed. */
static ssize_t
read_file(const struct file *file, char *to, size_t len, off_t offset)
{
	struct stat st;
	ssize_t n;

	do
		n = pread(file->fd, to, len, offset);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return FILE_FAILED;
	if (n == 0 ||
		(file->is_copied && (fstat(file->fd, &st) == -1 ||
					    !file_has_content_of(file, &st))))
		return FILE_SHORTER;
	return n;
}

/* sendfile(2) queues the file's own pages: a program that changes the file
 * changes what is on its way.  This sends a copy, and none of a file that has
 * changed. */
static ssize_t
send_copy(struct output *o, int fd, size_t most)
{
	const struct output_source *from = &o->from[o->first];
	size_t len = o->runs[o->first].iov_len;
	int flags = MSG_NOSIGNAL | (o->count - o->first > 1 ? MSG_MORE : 0);
	char bytes[COPY];
	ssize_t n;

	if (len > most)
		len = most;
	if (from->file->content != NULL)
		return send(fd, from->file->content + from->offset, len, flags);
	if (len > sizeof(bytes)) {
		len = sizeof(bytes);
		flags |= MSG_MORE;
	}
	n = read_file(from->file, bytes, len, from->offset);
	return n < 0 ? n : send(fd, bytes, (size_t)n, flags);
}

/* True for errors of sendfile(2) on file systems, or in sandboxes, where it
 * never works. */
static bool
is_refused(int error)
{
	return error == EINVAL || error == ENOSYS || error == EPERM ||
	       error == EOPNOTSUPP;
}

static bool
is_socket_error(int error)
{
	return error == EAGAIN || error == EINTR || error == EPIPE ||
	       error == ECONNRESET;
}

static ssize_t
send_file(struct output *o, int fd, size_t most)
{
	size_t len = o->runs[o->first].iov_len;
	struct file *file = o->from[o->first].file;
	off_t offset = o->from[o->first].offset;
	ssize_t n;

	if (file->is_copied)
		return send_copy(o, fd, most);
	n = sendfile(fd, file->fd, &offset, len < most ? len : most);
	if (n == 0)
		return FILE_SHORTER;
	if (n != -1 || is_socket_error(errno))
		return n;
	/* Which of the two failed, the file or the socket, the copy finds
	 * out. */
	file->is_copied = is_refused(errno);
	return send_copy(o, fd, most);
}

static enum output_result
fail_to_read(struct output *o, unsigned run, ssize_t why)
{
	/* The rest of the announced length cannot be sent. */
	if (why == FILE_SHORTER)
		errno = 0;
	o->unreadable = run;
	return OUTPUT_UNREADABLE;
}

const struct file *
output_unreadable(const struct output *o)
{
	return o->from[o->unreadable].file;
}

bool
output_begins_long_file(const struct output *o, size_t least)
{
	const struct iovec *run = &o->runs[o->first];
	const struct file *file = o->from[o->first].file;

	return run->iov_base == NULL && run->iov_len >= least &&
	       file->content == NULL && !file->is_copied;
}

enum output_result
output_send(struct output *o, int fd)
{
	size_t slice = SLICE;
	ssize_t n;

	while (!output_is_empty(o)) {
		bool is_file = o->runs[o->first].iov_base == NULL;

		if (is_file && slice == 0)
			return OUTPUT_YIELD;
		if (is_file && is_not_cached(o, o->first, slice))
			return OUTPUT_NOT_CACHED;
		n = is_file ? send_file(o, fd, slice) : send_runs(o, fd);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN ? OUTPUT_BLOCKED : OUTPUT_FAILED;
		if (n < 0)
			return fail_to_read(o, o->first, n);
		if (is_file)
			slice -= (size_t)n;
		output_advance(o, (size_t)n);
	}
	return OUTPUT_SENT;
}

/* ---- for TLS ------------------------------------------------------------- */

/* Copies len bytes of a file's run.  Returns 0, FILE_FAILED or FILE_SHORTER. */
static ssize_t
copy_file(const struct output *o, unsigned run, char *to, size_t len)
{
	const struct output_source *from = &o->from[run];
	ssize_t n;

	if (from->file->content != NULL) {
		memcpy(to, from->file->content + from->offset, len);
		return 0;
	}
	n = read_file(from->file, to, len, from->offset);
	if (n < 0)
		return n;
	return n == (ssize_t)len ? 0 : FILE_SHORTER;
}

enum output_result
output_gather(struct output *o, char *to, size_t size, struct span *next)
{
	const struct iovec *run = &o->runs[o->first];
	size_t len = 0, n;
	ssize_t failed;

	*next = (struct span){ run->iov_base, run->iov_len };
	if (run->iov_base != NULL && run->iov_len >= size)
		return OUTPUT_SENT;
	for (unsigned i = o->first; i < o->count && len < size; i++, len += n) {
		run = &o->runs[i];
		n = run->iov_len < size - len ? run->iov_len : size - len;
		if (run->iov_base != NULL) {
			memcpy(to + len, run->iov_base, n);
		} else if (is_not_cached(o, i, SLICE)) {
			if (len == 0)
				return OUTPUT_NOT_CACHED;
			break;
		} else if ((failed = copy_file(o, i, to + len, n)) != 0) {
			return fail_to_read(o, i, failed);
		}
	}
	*next = (struct span){ to, len };
	return OUTPUT_SENT;
}
