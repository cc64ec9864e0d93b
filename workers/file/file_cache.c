/*
 * A hit is file_cache_get() alone.  Everything else is a look at the path, and
 * apply_probe() with what it has found: the same file (keep the entry), another
 * one (the old one lives while answers use it), or none (remember that).
 * SPDX-License-Identifier: MIT
 */
#include "file/file_cache.h"

#include "common/conf.h"
#include "common/random.h"
#include "file/content_hash.h"
#include "file/docroot.h"
#include "file/file.h"
#include "file/file_cache_entry.h"
#include "file/file_errors.h"
#include "file/file_probe.h"
#include "file/huge_table.h"
#include "file/page_miss.h"
#include "file/resident_read.h"
#include "file/resolved.h"
#include "http/hash.h"

enum {
	CHECK_MS = FILE_CACHE_CHECK_MS,
	LATE_MS = 2000,         /* past its check that an entry still serves, */
	PROBE_MS = 10000,       /* for so long, while a thread probes it */
	WAITS_MAX = 20,         /* of RESOLVED_RECENT_MS with the old content */
	DISK_MAX = 512,         /* descriptors */
	MISSING_MAX = 1024,     /* entries that are only a status */
	MISSING_PATH_MAX = 255, /* bytes of their paths */
	BUCKETS_MIN = 2048,
	BUCKETS_MAX = 131072,
	BYTES_PER_BUCKET = 512, /* a miss finds an empty one mostly */
	ASKED_MIN = 2,          /* times, for a place in a full list */
	SMALL_MAX = 8,          /* files that are remembered as small */
	USES_MAX = 7,           /* of an entry: an old one leaves after three
				   rounds */
};

/* The buckets, and the sketch of so many requests, which are a huge page
 * together where the cache has its default size. */
static void
make_tables(struct file_cache *c, size_t buckets)
{
	size_t size = buckets * sizeof(struct file_cache_entry *);

	c->tables_size = size + frequency_sketch_size(buckets);
	c->buckets = huge_table_new(c->tables_size);
	frequency_sketch_init(&c->asked, buckets, (char *)c->buckets + size);
}

void
file_cache_init(struct file_cache *c, size_t bytes, int64_t largest)
{
	size_t buckets = BUCKETS_MIN;

	while (buckets < BUCKETS_MAX && buckets < bytes / BYTES_PER_BUCKET)
		buckets *= 2;
	if (largest < 0 || (uint64_t)largest > bytes)
		largest = (int64_t)bytes;
	*c = (struct file_cache){ .mask = buckets - 1, .largest = largest };
	c->lists[FILE_CACHE_MEMORY].limit = bytes;
	c->lists[FILE_CACHE_DISK].limit = DISK_MAX;
	c->lists[FILE_CACHE_MISSING].limit = MISSING_MAX;
	c->mapped_cost = FILE_SENDFILE_LEAST;
	make_tables(c, buckets);
	c->seed = random_seed();
	sidecar_index_init(&c->sidecars, c->seed);
}

/* The entry's answer.  Its place in the list does not change, so that a hit
 * touches no other entry: one that had hits is spared when it is the last. */
static int
answer_from_entry(
	struct file_cache *c, struct file_cache_entry *e, struct file **out)
{
	if (e->uses < USES_MAX)
		e->uses++;
	if (e->file == NULL) {
		c->refused_error = e->error;
		return e->status;
	}
	*out = file_ref(e->file);
	return 0;
}

static void
drop_key(struct file_cache *c, const struct file_cache_key *key)
{
	struct file_cache_entry *e = file_cache_entry_find(c, key);

	if (e != NULL)
		file_cache_entry_drop(c, e);
}

/* Pages of its tables that the cache of a small site never touches are not in
 * memory. */
static void
collapse_tables(struct file_cache *c)
{
	const struct file_cache_list *list = &c->lists[FILE_CACHE_MEMORY];

	if (c->is_collapsed || list->used <= list->limit / 2)
		return;
	huge_table_collapse(c->buckets, c->tables_size);
	c->is_collapsed = true;
}

/* Is there room for an entry, or is it worth that some is made?  asked: times
 * lately. */
static bool
admit_entry(struct file_cache *c, enum file_cache_kind kind, size_t cost,
	unsigned asked)
{
	const struct file_cache_list *list = &c->lists[kind];

	if (cost > list->limit)
		return false;
	return list->used + cost <= list->limit ||
	       (asked >= ASKED_MIN &&
		       file_cache_entry_make_room(c, kind, cost, asked));
}

/* It was found to be right by a probe, and is believed until then, or until its
 * directory changes. */
static void
set_checked(struct file_cache_entry *e, const struct file_probe *p,
	int64_t until_ms)
{
	e->check_at = until_ms;
	e->change = p->change;
	e->seen = p->seen;
}

/* No file: remembers that, unless it may be over in a moment. */
static int
cache_refusal(struct file_cache *c, const struct file_cache_key *key,
	const struct file_probe *p, int64_t now_ms)
{
	struct file_cache_entry *e;

	drop_key(c, key);
	c->refused_error = p->error;
	if (p->status >= 500 || key->path.len > MISSING_PATH_MAX ||
		!admit_entry(c, FILE_CACHE_MISSING, 1, p->asked))
		return p->status;
	e = file_cache_entry_add(c, key, FILE_CACHE_MISSING, 1);
	e->status = (uint16_t)p->status;
	e->error = (uint16_t)p->error;
	set_checked(e, p, now_ms + CHECK_MS);
	return p->status;
}

/* Bytes of memory; no fewer for a descriptor than it is worth. */
static size_t
memory_of(const struct file_cache *c, const struct file *f)
{
	size_t memory = file_memory(f);

	return f->fd != -1 && memory < c->mapped_cost ? c->mapped_cost : memory;
}

/* What the entry of a file takes of its list's limit. */
static size_t
cost_of(const struct file_cache *c, const struct file *f, size_t path_len)
{
	bool in_memory = f->content != NULL;
	size_t cost = 1;

	if (in_memory)
		cost = file_cache_entry_memory(path_len) + memory_of(c, f);
	for (int i = 0; i < CODING_COUNT; i++) {
		const struct file *coded = file_coded(f, (enum coding)i);

		if (coded != NULL)
			cost += in_memory ? memory_of(c, coded) : 1;
	}
	return cost;
}

/* Takes a reference of its own, if it keeps the file at all. */
static void
cache_file(struct file_cache *c, const struct file_cache_key *key,
	struct file *file, const struct file_probe *p, int64_t until_ms)
{
	enum file_cache_kind kind =
		file->content != NULL ? FILE_CACHE_MEMORY : FILE_CACHE_DISK;
	size_t cost = cost_of(c, file, key->path.len);
	struct file_cache_entry *e;

	drop_key(c, key);
	if (!admit_entry(c, kind, cost, p->asked))
		return;
	e = file_cache_entry_add(c, key, kind, cost);
	collapse_tables(c);
	e->file = file_ref(file);
	set_checked(e, p, until_ms);
	file->entry = e;
}

/* ---- looking ------------------------------------------------------------ */

/* The rows of a file (HTTP/2) are made when it is first sent so. The entry may
 * be dropped. */
static void
charge_extras(struct file_cache *c, struct file_cache_entry *e)
{
	size_t cost;

	if (e->file == NULL || e->file->extras == NULL)
		return;
	cost = cost_of(c, e->file, e->path_len);
	if (cost != e->cost)
		file_cache_entry_weigh(c, e, cost);
}

/* What is known goes on.  The entry may be gone by now, or hold what another
 * look has found since. */
static int
keep_cached(struct file_cache *c, const struct file_cache_key *key,
	const struct file_probe *p, int64_t until_ms, struct file **out)
{
	struct file_cache_entry *e = file_cache_entry_find(c, key);
	int status;

	if (e == NULL) {
		cache_file(c, key, p->cached, p, until_ms);
		*out = file_ref(p->cached);
		return 0;
	}
	/* file_cache_drop_idle() goes by the order of use. */
	if (e->file != NULL && e->file->fd != -1)
		file_cache_entry_touch(c, e);
	if (e->file != NULL)
		content_hashes_apply(c->hashes, e->file, false);
	if (e->file == p->cached) {
		set_checked(e, p, until_ms);
		e->waits = p->result != PROBE_RECENT ? 0
			   : e->waits < WAITS_MAX    ? e->waits + 1
						     : WAITS_MAX;
	}
	status = answer_from_entry(c, e, out);
	charge_extras(c, e);
	return status;
}

/* Are most of the files that are not cached small? */
static void
count_size(struct file_cache *c, int64_t size)
{
	if (size > FIRST_READ_MAX)
		c->nsmall -= c->nsmall > -SMALL_MAX;
	else
		c->nsmall += c->nsmall < SMALL_MAX;
}

static int
apply_probe(struct file_cache *c, const struct file_cache_key *key,
	const struct file_probe *p, int64_t now_ms, struct file **out)
{
	if (p->error != 0)
		file_errors_log(
			c->errors, p->docroot, p->path, p->error, now_ms);
	switch (p->result) {
	case PROBE_SAME:
		return keep_cached(c, key, p, now_ms + CHECK_MS, out);
	case PROBE_RECENT:
		return keep_cached(c, key, p, now_ms + RESOLVED_RECENT_MS, out);
	case PROBE_NEW:
		count_size(c, p->file->size);
		if (resolved_is_recent(&p->file->identity.modified))
			drop_key(c, key);
		else
			cache_file(c, key, p->file, p, now_ms + CHECK_MS);
		content_hashes_apply(c->hashes, p->file, true);
		*out = p->file;
		return 0;
	default:
		if (p->status == 503 && p->cached != NULL)
			return keep_cached(c, key, p, now_ms + CHECK_MS, out);
		return cache_refusal(c, key, p, now_ms);
	}
}

/* Is a new file of some size too much for the list? */
static bool
is_nearly_full(const struct file_cache_list *list)
{
	return list->used > list->limit / 8 * 7;
}

/* The word is read before the file: a change meanwhile is seen as one. */
static void
note_change(const struct file_cache *c, const struct docroot *d,
	struct span path, const struct file_cache_entry *e,
	struct file_probe *p)
{
	bool is_exact;

	p->change = docroot_find_change(d, c->changes, path, &is_exact);
	p->seen = change_counts_read(p->change);
	p->is_complete = is_exact && e != NULL && e->seen != p->seen &&
			 (p->seen & CHANGE_QUIET);
}

/* A cached file is kept for WAITS_MAX looks at most while another is written: a
 * file may be written all the time.  The reference keeps it while a shortage of
 * descriptors drops entries; file_probe_release() gives it back. */
static void
begin_probe(struct file_cache *c, const struct file_cache_key *key,
	const struct docroot *d, int64_t now_ms, struct file_probe *p)
{
	const struct file_cache_entry *e = file_cache_entry_find(c, key);

	frequency_sketch_prefetch(&c->asked, key->hash);
	*p = (struct file_probe){
		.docroot = d,
		.path = key->path,
		.largest = c->largest,
		.started = c->started,
		.reads_first = e == NULL && c->nsmall >= 0,
	};
	note_change(c, d, key->path, e, p);
	sidecar_index_begin(
		&c->sidecars, d, key->path, p->seen, now_ms, &p->sidecars);
	p->asked = e != NULL ? (unsigned)ASKED_MIN + e->uses
			     : frequency_sketch_add(&c->asked, key->hash);
	p->is_fleeting = p->asked < ASKED_MIN &&
			 is_nearly_full(&c->lists[FILE_CACHE_MEMORY]);
	if (e == NULL || e->file == NULL)
		return;
	p->cached = file_ref(e->file);
	p->keeps_cached = e->waits < WAITS_MAX;
}

/* Of descriptors. */
static bool
is_short(const struct file_probe *p)
{
	return p->result == PROBE_STATUS && p->status == 503;
}

static int
probe_file(struct file_cache *c, const struct docroot *d,
	const struct file_cache_key *key, int64_t now_ms, struct file **out)
{
	struct page_miss miss;
	struct file_probe p;
	int status = FILE_CACHE_WAITS;

	begin_probe(c, key, d, now_ms, &p);
	do {
		page_miss_init(&miss);
		p.miss = c->never_waits ? &miss : NULL;
		file_probe_run(&p);
	} while (is_short(&p) && file_cache_drop_idle(c) > 0);
	if (p.result == PROBE_WAITS)
		p.sidecars.is_compared = false;
	sidecar_index_end(&c->sidecars, d, key->path, now_ms, &p.sidecars);
	if (p.result == PROBE_WAITS)
		page_miss_drop(&miss);
	else
		status = apply_probe(c, key, &p, now_ms, out);
	file_probe_release(&p);
	return status;
}

static struct file_cache_key
key_of(const struct file_cache *c, const struct docroot *d, struct span path)
{
	return (struct file_cache_key){
		.hash = hash_bytes(path.at, path.len, c->seed + d->number),
		.number = d->number,
		.path = path,
	};
}

int
file_cache_get(struct file_cache *c, const struct docroot *d, struct span path,
	int64_t now_ms, struct file **out)
{
	const struct file_cache_key key = key_of(c, d, path);
	struct file_cache_entry *e = file_cache_entry_find(c, &key);

	c->lookups++;
	if (e != NULL && now_ms < e->check_at &&
		change_counts_read(e->change) == e->seen)
		return answer_from_entry(c, e, out);
	c->misses += e == NULL;
	if (e == NULL && !d->route->files.dotfiles && resolved_is_hidden(path))
		return 404;
	return probe_file(c, d, &key, now_ms, out);
}

void
file_cache_begin(struct file_cache *c, const struct docroot *d,
	struct span path, int64_t now_ms, struct file_probe *p)
{
	const struct file_cache_key key = key_of(c, d, path);
	struct file_cache_entry *e = file_cache_entry_find(c, &key);

	begin_probe(c, &key, d, now_ms, p);
	/* Hot files go on; what was not asked for lately is waited for. */
	if (e != NULL && now_ms - e->check_at < LATE_MS)
		set_checked(e, p, now_ms + PROBE_MS);
}

bool
file_cache_end(struct file_cache *c, struct file_probe *p, int64_t now_ms,
	struct file **out)
{
	const struct file_cache_key key = key_of(c, p->docroot, p->path);

	if (is_short(p) && file_cache_drop_idle(c) > 0)
		return false;
	sidecar_index_end(
		&c->sidecars, p->docroot, key.path, now_ms, &p->sidecars);
	p->status = apply_probe(c, &key, p, now_ms, out);
	file_probe_release(p);
	return true;
}

/* ---- codings ------------------------------------------------------------ */

bool
file_cache_lacks(const struct file *f, enum coding coding)
{
	/* What is not kept would be coded for each request. */
	return (f->codings & 1u << coding) && file_coded(f, coding) == NULL &&
	       f->entry != NULL;
}

void
file_cache_add_coding(struct file_cache *c, struct file *f, enum coding coding,
	struct file *made)
{
	if (file_coded(f, coding) != NULL || made == NULL) {
		file_unref(made);
		return;
	}
	file_extras(f)->coded[coding] = made;
	if (f->entry != NULL)
		file_cache_entry_weigh(
			c, f->entry, cost_of(c, f, f->entry->path_len));
}

struct file *
file_cache_code(struct file_cache *c, const struct docroot *d, struct file *f,
	enum coding coding)
{
	if (file_cache_lacks(f, coding))
		file_cache_add_coding(
			c, f, coding, file_probe_code(d, f, coding));
	if (file_coded(f, coding) != NULL)
		return file_ref(file_coded(f, coding));
	f->codings &= (uint8_t) ~(1u << coding);
	return NULL;
}

void
file_cache_fini(struct file_cache *c)
{
	for (int i = 0; i < FILE_CACHE_KINDS; i++)
		while (c->lists[i].last != NULL)
			file_cache_entry_drop(c, c->lists[i].last);
	content_hashes_free(c->hashes);
	sidecar_index_fini(&c->sidecars);
	huge_table_free(c->buckets, c->tables_size);
	c->buckets = NULL;
}
