/*
 * A slice of a file is one job of the pool, so that password checks and
 * compressions come in between; the loop starts the next one.
 *
 *   pending   files that wait for their turn, oldest first; the first of them
 *             is being hashed
 *   known     a table by the identity; a newer one takes the place of another
 *
 * SPDX-License-Identifier: MIT
 */
#include "file/content_hash.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/container_of.h"
#include "common/mem.h"
#include "file/disk.h"
#include "file/file.h"
#include "file/file_cache.h"
#include "file/file_cache_entry.h"
#include "file/work_pool.h"
#include "http/hash.h"

enum {
	KNOWN = 1024,      /* hashes */
	PENDING_MAX = 256, /* files */
	BLOCK = 256 * 1024,
	SLICE = 4 * 1024 * 1024,
	SIZE_MAX_HASHED = 1024 * 1024 * 1024,
	REST_S = 2, /* since the last change, before a file is hashed */
};

static const double slice_interval = 1. / 32; /* seconds */

struct known_hash {
	struct file_identity identity;
	uint64_t hash;
	enum coding coding;
	bool is_set;
};

struct hash_job {
	struct disk_job job;
	struct hash_job *next;
	struct content_hashes *all;
	struct file *file, *parent; /* a reference each; its identity coding */
	struct hash_stream *stream;
	off_t at;
	bool has_failed;
};

struct content_hashes {
	struct file_cache *cache;
	struct work_pool *work;
	struct ev_loop *loop;
	struct hash_job *first, **last;
	unsigned npending;
	ev_timer next_slice;
	struct known_hash known[KNOWN];
};

/* ---- what is known ------------------------------------------------------- */

static struct known_hash *
slot_of(struct content_hashes *h, const struct file_identity *id,
	enum coding coding)
{
	const uint64_t words[] = { id->dev, id->ino, (uint64_t)id->size,
		(uint64_t)id->changed.tv_sec, (uint64_t)id->changed.tv_nsec,
		coding };

	return &h->known[hash_bytes(words, sizeof(words), 0) % KNOWN];
}

static const struct known_hash *
find_known(struct content_hashes *h, const struct file *f)
{
	const struct known_hash *k = slot_of(h, &f->identity, f->coding);

	return k->is_set && k->coding == f->coding &&
			       file_identity_is_same(&k->identity, &f->identity)
		       ? k
		       : NULL;
}

/* ---- hashing, in a thread ------------------------------------------------ */

static bool
hash_block(struct hash_job *j, char *block)
{
	ssize_t n;

	do
		n = pread(j->file->fd, block, BLOCK, j->at);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return false;
	hash_stream_add(j->stream, block, (size_t)n);
	j->at += n;
	return true;
}

static void
run_slice(struct disk_job *job)
{
	struct hash_job *j = container_of(job, struct hash_job, job);
	off_t end = j->at + SLICE;
	char *block = mem_alloc(BLOCK);
	struct stat st;

	while (!j->has_failed && j->at < end && j->at < j->file->size)
		j->has_failed = !hash_block(j, block);
	free(block);
	if (fstat(j->file->fd, &st) == -1 || !file_is_same(j->file, &st))
		j->has_failed = true;
}

/* ---- jobs ---------------------------------------------------------------- */

/* The tag of a file that answers use does not change: the entry leaves the
 * cache, and the next request finds the hash. */
static void
publish_hash(struct content_hashes *h, struct hash_job *j, uint64_t hash)
{
	struct known_hash *k = slot_of(h, &j->file->identity, j->file->coding);

	*k = (struct known_hash){
		.identity = j->file->identity,
		.hash = hash,
		.coding = j->file->coding,
		.is_set = true,
	};
	if (j->parent->entry != NULL)
		file_cache_entry_drop(h->cache, j->parent->entry);
}

static void
start_slice(struct content_hashes *h)
{
	if (h->first != NULL && !work_pool_start(h->work, &h->first->job))
		ev_timer_again(h->loop, &h->next_slice);
}

/* The first job has ended. */
static void
drop_first(struct content_hashes *h)
{
	struct hash_job *j = h->first;

	h->first = j->next;
	if (h->first == NULL)
		h->last = &h->first;
	h->npending--;
	hash_stream_free(j->stream);
	file_unref(j->file);
	file_unref(j->parent);
	free(j);
}

static void
end_slice(struct disk_job *job, bool was_run)
{
	struct hash_job *j = container_of(job, struct hash_job, job);
	struct content_hashes *h = j->all;
	bool is_done = j->at == j->file->size;

	if (!was_run)
		return; /* the worker ends; content_hashes_free() follows */
	if (is_done && !j->has_failed)
		publish_hash(h, j, hash_stream_value(j->stream));
	if (is_done || j->has_failed || j->parent->entry == NULL)
		drop_first(h);
	if (h->first != NULL)
		ev_timer_again(h->loop, &h->next_slice);
}

static void
on_next_slice(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct content_hashes *h = timer->data;

	(void)events;
	ev_timer_stop(loop, timer);
	start_slice(h);
}

static bool
is_pending(const struct content_hashes *h, const struct file *f)
{
	const struct hash_job *j = h->first;

	while (j != NULL && j->file != f)
		j = j->next;
	return j != NULL;
}

/* A file that was just changed may change again within a tick of the clock. */
static bool
is_worth_hashing(const struct file *f)
{
	time_t now = time(NULL);

	return f->size <= SIZE_MAX_HASHED && f->etag_len > 0 &&
	       now - f->identity.modified.tv_sec > REST_S &&
	       now - f->identity.changed.tv_sec > REST_S;
}

static void
add_job(struct content_hashes *h, struct file *parent, struct file *f)
{
	struct hash_job *j;

	if (h->npending == PENDING_MAX || !is_worth_hashing(f) ||
		is_pending(h, f))
		return;
	j = mem_calloc(1, sizeof(*j));
	j->all = h;
	j->file = file_ref(f);
	j->parent = file_ref(parent);
	j->stream = hash_stream_new((uint64_t)f->coding);
	j->job.run = run_slice;
	j->job.done = end_slice;
	*h->last = j;
	h->last = &j->next;
	if (h->npending++ == 0)
		start_slice(h);
}

/* ---- the cache ----------------------------------------------------------- */

static void
apply_one(struct content_hashes *h, struct file *parent, struct file *f,
	bool is_new)
{
	const struct known_hash *k;

	if (f == NULL || f->content != NULL || f->is_strong)
		return;
	k = find_known(h, f);
	if (k == NULL)
		add_job(h, parent, f);
	else if (is_new && f->etag_len > 0)
		file_set_content_hash(f, k->hash);
}

void
content_hashes_apply(struct content_hashes *h, struct file *f, bool is_new)
{
	if (h == NULL || f->content != NULL || f->entry == NULL)
		return;
	apply_one(h, f, f, is_new);
	for (int i = 0; i < CODING_COUNT; i++)
		apply_one(h, f, file_coded(f, (enum coding)i), is_new);
}

struct content_hashes *
content_hashes_new(
	struct file_cache *cache, struct ev_loop *loop, struct work_pool *work)
{
	struct content_hashes *h = mem_calloc(1, sizeof(*h));

	h->cache = cache;
	h->loop = loop;
	h->work = work;
	h->last = &h->first;
	ev_timer_init(&h->next_slice, on_next_slice, 0., slice_interval);
	h->next_slice.data = h;
	return h;
}

void
content_hashes_free(struct content_hashes *h)
{
	if (h == NULL)
		return;
	ev_timer_stop(h->loop, &h->next_slice);
	while (h->first != NULL)
		drop_first(h);
	free(h);
}
