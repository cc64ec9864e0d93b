/*
 * Each directory has one slot, by its hash. The slot is another directory's
 * when that one was asked for more often in a row than this.
 * SPDX-License-Identifier: MIT
 */
#include "file/sidecar_index.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "file/disk.h"
#include "file/docroot.h"
#include "file/sidecar_list.h"
#include "http/hash.h"

enum {
	PROBES_MIN = 8,  /* in a directory before it is read */
	PROBES_MAX = 64, /* that are counted */
	CHECK_MS = 50,   /* that a list is believed */
	RETRY_MS = 1000, /* before it is read again, at least */
	READ_SHARE = 50, /* reading takes one part in so many of the time */
	PATH_LEN_MAX = 1024,
	ENTRIES_MAX = 4 * 1024 * 1024,
	ENTRIES_MAX_LOOP = 4096, /* where the loop reads: under a millisecond */
};

struct sidecar_directory {
	unsigned refs; /* of the slot, and of a job */
	uint64_t hash;
	unsigned number; /* docroot */
	unsigned nprobes;
	bool is_being_read;
	int64_t check_at, read_at; /* ms */
	uint32_t seen;             /* change_counts.h: when it was compared */
	struct sidecar_list *list; /* NULL: not known */
	size_t path_len;
	char path[];
};

struct read_job {
	struct disk_job job;
	struct sidecar_index *index;
	struct sidecar_directory *directory; /* a reference */
	const struct docroot *docroot;
	struct sidecar_list *list;
	int64_t began, took; /* ms */
	size_t max_entries;
};

static void
unref_directory(struct sidecar_directory *d)
{
	if (d == NULL || --d->refs > 0)
		return;
	sidecar_list_unref(d->list);
	free(d);
}

/* ---- reading a directory ------------------------------------------------- */

static void
run_read(struct disk_job *job)
{
	struct read_job *r = container_of(job, struct read_job, job);
	struct span path = { r->directory->path, r->directory->path_len };

	r->began = clock_now_ms();
	r->list = sidecar_list_read(&r->docroot->root, path, r->max_entries);
	r->took = clock_now_ms() - r->began;
}

static void
end_read(struct disk_job *job, bool was_run)
{
	struct read_job *r = container_of(job, struct read_job, job);
	struct sidecar_directory *d = r->directory;

	d->is_being_read = false;
	if (was_run) {
		sidecar_list_unref(d->list);
		d->list = r->list;
		/* The probe after the next compares it. */
		d->check_at = 0;
		r->index->nread += r->list != NULL;
		d->read_at += r->took * READ_SHARE;
	}
	unref_directory(d);
	free(r);
}

static void
start_read(struct sidecar_index *x, const struct docroot *root,
	struct sidecar_directory *d, int64_t now_ms)
{
	struct read_job *r = mem_calloc(1, sizeof(*r));

	d->refs++;
	d->is_being_read = true;
	d->read_at = now_ms + RETRY_MS;
	r->index = x;
	r->directory = d;
	r->docroot = root;
	r->job.run = run_read;
	r->job.done = end_read;
	r->job.device = root->device;
	r->max_entries = x->disk == NULL ? ENTRIES_MAX_LOOP : ENTRIES_MAX;
	if (x->disk != NULL) {
		disk_start(x->disk, &r->job);
		return;
	}
	run_read(&r->job);
	end_read(&r->job, true);
}

/* ---- the slots ----------------------------------------------------------- */

static struct span
directory_of(struct span path)
{
	const char *slash = memrchr(path.at, '/', path.len);

	return (struct span){ path.at,
		slash == NULL ? 0 : (size_t)(slash - path.at) };
}

static struct sidecar_directory *
new_directory(uint64_t hash, unsigned number, struct span path)
{
	struct sidecar_directory *d = mem_calloc(1, sizeof(*d) + path.len);

	d->refs = 1;
	d->hash = hash;
	d->number = number;
	d->path_len = path.len;
	memcpy(d->path, path.at, path.len);
	return d;
}

static bool
is_directory(const struct sidecar_directory *d, uint64_t hash, unsigned number,
	struct span path)
{
	return d->hash == hash && d->number == number &&
	       span_is((struct span){ d->path, d->path_len }, path);
}

/* Returns the directory, if the slot is its own; else NULL, and may give it the
 * slot. */
static struct sidecar_directory *
find_directory(struct sidecar_index *x, unsigned number, struct span path,
	bool is_counted)
{
	uint64_t hash = hash_bytes(path.at, path.len, x->seed + number);
	struct sidecar_directory **slot = &x->slots[hash % SIDECAR_DIRECTORIES];

	if (*slot != NULL && is_directory(*slot, hash, number, path)) {
		if (is_counted && (*slot)->nprobes < PROBES_MAX)
			(*slot)->nprobes++;
		return *slot;
	}
	if (!is_counted)
		return NULL;
	if (*slot != NULL && (*slot)->nprobes > 0) {
		(*slot)->nprobes--;
		return NULL;
	}
	unref_directory(*slot);
	*slot = new_directory(hash, number, path);
	return *slot;
}

void
sidecar_index_begin(struct sidecar_index *x, const struct docroot *root,
	struct span path, uint32_t seen, int64_t now_ms,
	struct sidecar_hint *hint)
{
	struct span dir = directory_of(path);
	struct sidecar_directory *d;

	*hint = (struct sidecar_hint){ .list = NULL };
	if (!root->route->files.precompressed || !root->root.has_cached ||
		dir.len > PATH_LEN_MAX)
		return;
	d = find_directory(x, root->number, dir, true);
	if (d == NULL)
		return;
	if (d->list == NULL && !d->is_being_read && d->nprobes >= PROBES_MIN &&
		now_ms >= d->read_at)
		start_read(x, root, d, now_ms);
	hint->list = sidecar_list_ref(d->list);
	hint->is_due = now_ms >= d->check_at || seen != d->seen;
	hint->seen = seen;
}

void
sidecar_index_end(struct sidecar_index *x, const struct docroot *root,
	struct span path, int64_t now_ms, struct sidecar_hint *hint)
{
	struct sidecar_directory *d;

	if (hint->list != NULL && hint->is_compared) {
		d = find_directory(x, root->number, directory_of(path), false);
		if (d != NULL && d->list == hint->list && hint->is_outdated) {
			sidecar_list_unref(d->list);
			d->list = NULL;
		} else if (d != NULL && d->list == hint->list) {
			d->check_at = now_ms + CHECK_MS;
			d->seen = hint->seen;
		}
	}
	sidecar_list_unref(hint->list);
	hint->list = NULL;
}

void
sidecar_index_init(struct sidecar_index *x, uint64_t seed)
{
	*x = (struct sidecar_index){ .seed = seed };
}

void
sidecar_index_fini(struct sidecar_index *x)
{
	for (int i = 0; i < SIDECAR_DIRECTORIES; i++) {
		unref_directory(x->slots[i]);
		x->slots[i] = NULL;
	}
}
