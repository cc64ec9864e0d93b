/*
 * A hit is file_cache_get() alone.  Everything else is look(), which opens
 * the path and then decides: the same file (keep the entry), another one
 * (read it, the old one lives while answers use it), or none (remember that).
 *
 * A file that was modified a moment ago may be half written, and a clock tick
 * is too coarse to tell its next version from this one; so it is not kept
 * before it is FOUND_YOUNG_MS old.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "file_cache.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/conf.h"
#include "compress.h"
#include "docroot.h"
#include "file.h"
#include "found.h"
#include "hash.h"
#include "headers.h"

enum {
	CHECK_MS = 1000,        /* that an entry is believed */
	WAITS_MAX = 20,         /* of FOUND_YOUNG_MS with the old content */
	DISK_MAX = 512,         /* descriptors */
	MISSING_MAX = 1024,     /* entries that are only a status */
	MISSING_PATH_MAX = 255, /* bytes of their paths */
	BUCKETS_MIN = 2048,
	BUCKETS_MAX = 65536,
	BYTES_PER_BUCKET = 4096,
	GAIN = 20, /* a coding saves one byte of this many, or is not kept */
};

struct key {
	uint64_t hash;
	unsigned number; /* docroot */
	struct span path;
};

struct file_cache_entry {
	struct file_cache_entry *next; /* in the bucket */
	uint64_t hash;
	unsigned number;
	unsigned path_len;
	int64_t check_at;  /* ms */
	struct file *file; /* NULL: status */
	struct file_cache_entry *newer, *older;
	size_t cost; /* of the list's limit */
	enum file_cache_kind kind;
	int status;
	int waits; /* looks in a row that found a young file */
	char path[];
};

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
	c->buckets = calloc(buckets, sizeof(struct file_cache_entry *));
	assert(c->buckets != NULL);
	if (getentropy(&c->seed, sizeof(c->seed)) == -1)
		c->seed = (uint64_t)(uintptr_t)c->buckets;
}

static struct file_cache_entry *
find(const struct file_cache *c, const struct key *key)
{
	struct file_cache_entry *e = c->buckets[key->hash & c->mask];

	for (; e != NULL; e = e->next)
		if (e->hash == key->hash && e->number == key->number &&
			e->path_len == key->path.len &&
			memcmp(e->path, key->path.at, key->path.len) == 0)
			return e;
	return NULL;
}

static void
list_add(struct file_cache_list *list, struct file_cache_entry *e)
{
	e->newer = NULL;
	e->older = list->first;
	if (list->first == NULL)
		list->last = e;
	else
		list->first->newer = e;
	list->first = e;
	list->used += e->cost;
}

static void
list_remove(struct file_cache_list *list, struct file_cache_entry *e)
{
	if (e->newer == NULL)
		list->first = e->older;
	else
		e->newer->older = e->older;
	if (e->older == NULL)
		list->last = e->newer;
	else
		e->older->newer = e->newer;
	list->used -= e->cost;
}

/* The entry's answer; it is the last one used now. */
static int
answer(struct file_cache *c, struct file_cache_entry *e, struct file **out)
{
	struct file_cache_list *list = &c->lists[e->kind];

	if (list->first != e) {
		list_remove(list, e);
		list_add(list, e);
	}
	if (e->file == NULL)
		return e->status;
	*out = file_ref(e->file);
	return 0;
}

static void
drop(struct file_cache *c, struct file_cache_entry *e)
{
	struct file_cache_entry **at = &c->buckets[e->hash & c->mask];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	list_remove(&c->lists[e->kind], e);
	if (e->file != NULL)
		e->file->entry = NULL;
	file_unref(e->file);
	free(e);
}

static void
drop_key(struct file_cache *c, const struct key *key)
{
	struct file_cache_entry *e = find(c, key);

	if (e != NULL)
		drop(c, e);
}

/* Adds an entry for a key that has none, and makes room for it. */
static struct file_cache_entry *
add(struct file_cache *c, const struct key *key, enum file_cache_kind kind,
	size_t cost)
{
	struct file_cache_entry **bucket = &c->buckets[key->hash & c->mask];
	struct file_cache_list *list = &c->lists[kind];
	struct file_cache_entry *e = malloc(sizeof(*e) + key->path.len);

	assert(e != NULL && cost <= list->limit);
	*e = (struct file_cache_entry){
		.next = *bucket,
		.hash = key->hash,
		.number = key->number,
		.path_len = (unsigned)key->path.len,
		.kind = kind,
		.cost = cost,
	};
	memcpy(e->path, key->path.at, key->path.len);
	*bucket = e;
	list_add(list, e);
	while (list->used > list->limit)
		drop(c, list->last);
	return e;
}

/* How many descriptors that nobody uses were closed. */
static int
drop_idle(struct file_cache *c, enum file_cache_kind kind)
{
	struct file_cache_entry *e = c->lists[kind].last, *newer;
	int n = 0;

	for (; e != NULL; e = newer) {
		newer = e->newer;
		if (e->file->fd == -1 || e->file->refs > 1)
			continue;
		drop(c, e);
		n++;
	}
	return n;
}

/* No file: remembers that, unless it may be over in a moment. */
static int
refuse(struct file_cache *c, const struct key *key, int status, int64_t now_ms)
{
	struct file_cache_entry *e;

	drop_key(c, key);
	if (status >= 500 || key->path.len > MISSING_PATH_MAX)
		return status;
	e = add(c, key, FILE_CACHE_MISSING, 1);
	e->status = status;
	e->check_at = now_ms + CHECK_MS;
	return status;
}

static size_t
memory_of(const struct file *f)
{
	bool is_mapped = f->content != NULL && f->fd != -1;

	return sizeof(*f) + f->reply_len + (is_mapped ? (size_t)f->size : 0);
}

/* What the entry of a file takes of its list's limit. */
static size_t
cost_of(const struct file *f, size_t path_len)
{
	bool in_memory = f->content != NULL;
	size_t cost = 1;

	if (in_memory)
		cost = sizeof(struct file_cache_entry) + path_len +
		       memory_of(f);
	for (int i = 0; i < CODING_COUNT; i++)
		if (f->coded[i] != NULL)
			cost += in_memory ? memory_of(f->coded[i]) : 1;
	return cost;
}

/* Takes a reference of its own, if it keeps the file at all. */
static void
keep(struct file_cache *c, const struct key *key, struct file *file,
	int64_t now_ms)
{
	enum file_cache_kind kind =
		file->content != NULL ? FILE_CACHE_MEMORY : FILE_CACHE_DISK;
	size_t cost = cost_of(file, key->path.len);
	struct file_cache_entry *e;

	drop_key(c, key);
	if (cost > c->lists[kind].limit)
		return;
	e = add(c, key, kind, cost);
	e->file = file_ref(file);
	e->check_at = now_ms + CHECK_MS;
	file->entry = e;
}

/* The entry's file goes on although there is another one: not for ever. */
static bool
may_wait(struct file_cache_entry *e, int64_t now_ms)
{
	if (e == NULL || e->file == NULL || e->waits >= WAITS_MAX)
		return false;
	e->waits++;
	e->check_at = now_ms + FOUND_YOUNG_MS;
	return true;
}

/* The sidecars become the file's.  One that cannot be read is left out, and
 * tried again when the entry is looked at. */
static void
attach(struct file *f, struct sidecars *s, struct file_traits traits)
{
	if (f->content == NULL)
		traits.largest = -1;
	f->sidecars = s->have;
	for (int i = 0; i < CODING_COUNT; i++) {
		if (!(s->have & 1u << i))
			continue;
		traits.coding = (enum coding)i;
		f->coded[i] = file_read(s->fd[i], &s->st[i], &traits);
		if (f->coded[i] != NULL)
			f->codings |= 1u << i;
	}
	s->have = 0;
}

/* What all files of a docroot have. */
static struct file_traits
traits_of(const struct docroot *d, const char *type, int64_t largest)
{
	const struct headers *h = d->headers;
	struct file_traits traits = {
		.type = type,
		.cache_control = docroot_cache_control(d, type),
		.largest = largest,
	};

	if (h == NULL)
		return traits;
	traits.fields = h->lines;
	traits.is_nameless = headers_removes(h, SPAN("Server"));
	traits.is_tagless = headers_removes(h, SPAN("ETag"));
	traits.is_dateless = headers_removes(h, SPAN("Last-Modified"));
	traits.is_whole = headers_removes(h, SPAN("Accept-Ranges"));
	if (headers_removes(h, SPAN("Cache-Control")))
		traits.cache_control = NULL;
	return traits;
}

static struct file *
read_found(struct file_cache *c, const struct docroot *d, struct found *found)
{
	/* More than that would hold up the loop while it is compressed. */
	enum { LARGEST_CODED = 256 * 1024 };
	bool is_coded = found->st.st_size <= c->largest &&
			found->st.st_size <= LARGEST_CODED &&
			compress_is_worth(found->type, found->st.st_size);
	unsigned codings = is_coded ? d->codings : 0;
	struct file_traits traits = traits_of(d, found->type, c->largest);
	struct file *f;
	int error;

	if ((codings | found->sidecars.have) != 0 || found->may_vary)
		traits.vary = "Accept-Encoding";
	f = file_read(found->fd, &found->st, &traits);
	error = errno;
	if (f != NULL && f->content != NULL)
		f->codings = codings;
	if (f != NULL)
		attach(f, &found->sidecars, traits);
	sidecars_close(&found->sidecars);
	errno = error;
	return f;
}

/* Another content than the entry's, or the first one. */
static int
load(struct file_cache *c, const struct docroot *d, const struct key *key,
	struct found *found, int64_t now_ms, struct file **out)
{
	struct file_cache_entry *e = find(c, key);

	if (found_is_young(&found->st.st_mtim) && may_wait(e, now_ms)) {
		found_close(found);
		return answer(c, e, out);
	}
	*out = read_found(c, d, found);
	if (*out == NULL && errno == EAGAIN && may_wait(e, now_ms))
		return answer(c, e, out);
	if (*out == NULL)
		return refuse(c, key, 500, now_ms);
	if (found_is_young(&(*out)->identity.modified))
		drop_key(c, key);
	else
		keep(c, key, *out, now_ms);
	return 0;
}

static bool
is_current(const struct file *f, const struct found *found)
{
	const struct sidecars *s = &found->sidecars;

	if (f->type != found->type || f->sidecars != s->have ||
		!file_is_same(f, &found->st))
		return false;
	for (int i = 0; i < CODING_COUNT; i++)
		if ((s->have & 1u << i) &&
			(f->coded[i] == NULL ||
				!file_is_same(f->coded[i], &s->st[i])))
			return false;
	return true;
}

static int
look(struct file_cache *c, const struct docroot *d, const struct key *key,
	int64_t now_ms, struct file **out)
{
	struct file_cache_entry *e;
	struct found found;
	int status = found_open(&found, d, key->path, c->largest);

	if (status == 503 && (drop_idle(c, FILE_CACHE_DISK) > 0 ||
				     drop_idle(c, FILE_CACHE_MEMORY) > 0))
		status = found_open(&found, d, key->path, c->largest);
	/* After drop_idle(), which may drop the entry. */
	e = find(c, key);
	if (status == 503 && e != NULL && e->file != NULL) {
		e->check_at = now_ms + CHECK_MS;
		return answer(c, e, out);
	}
	if (status != 0)
		return refuse(c, key, status, now_ms);
	if (e == NULL || e->file == NULL || !is_current(e->file, &found))
		return load(c, d, key, &found, now_ms, out);
	found_close(&found);
	e->check_at = now_ms + CHECK_MS;
	e->waits = 0;
	return answer(c, e, out);
}

int
file_cache_get(struct file_cache *c, const struct docroot *d, struct span path,
	int64_t now_ms, struct file **out)
{
	const struct key key = {
		.hash = hash_bytes(path.at, path.len, c->seed + d->number),
		.number = d->number,
		.path = path,
	};
	struct file_cache_entry *e = find(c, &key);

	if (e != NULL && now_ms < e->check_at)
		return answer(c, e, out);
	if (e == NULL && !d->route->dotfiles && found_is_hidden(path))
		return 404;
	return look(c, d, &key, now_ms, out);
}

/* ---- codings ------------------------------------------------------------ */

static struct file *
make_coding(const struct docroot *d, const struct file *f, enum coding coding)
{
	struct file_traits traits = traits_of(d, f->type, INT64_MAX);
	size_t len = (size_t)f->size, room = len - len / GAIN, n;
	struct file *made = NULL;
	char *bytes = malloc(room);

	assert(bytes != NULL);
	traits.vary = "Accept-Encoding";
	traits.coding = coding;
	n = compress_bytes(coding, f->content, len, bytes, room);
	if (n > 0)
		made = file_code(f, &traits, bytes, n);
	free(bytes);
	return made;
}

/* The entry, the last one used, became larger. */
static void
weigh(struct file_cache *c, struct file_cache_entry *e)
{
	struct file_cache_list *list = &c->lists[e->kind];

	list_remove(list, e);
	e->cost = cost_of(e->file, e->path_len);
	list_add(list, e);
	while (list->used > list->limit)
		drop(c, list->last);
}

struct file *
file_cache_code(struct file_cache *c, const struct docroot *d, struct file *f,
	enum coding coding)
{
	/* What is not kept would be coded for each request. */
	if ((f->codings & 1u << coding) && f->coded[coding] == NULL &&
		f->entry != NULL) {
		f->coded[coding] = make_coding(d, f, coding);
		if (f->coded[coding] != NULL)
			weigh(c, f->entry);
	}
	if (f->coded[coding] != NULL)
		return file_ref(f->coded[coding]);
	f->codings &= ~(1u << coding);
	return NULL;
}

void
file_cache_fini(struct file_cache *c)
{
	for (int i = 0; i < FILE_CACHE_KINDS; i++)
		while (c->lists[i].last != NULL)
			drop(c, c->lists[i].last);
	free(c->buckets);
	c->buckets = NULL;
}
