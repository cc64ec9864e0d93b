/*
 * A hit is file_cache_get() alone.  Everything else is look(), which opens
 * the path and then decides: the same file (keep the entry), another one
 * (read it, the old one lives while answers use it), or none (remember that).
 *
 * A file that was modified a moment ago may be half written, and a clock tick
 * is too coarse to tell its next version from this one; so it is not kept
 * before it is YOUNG_MS old.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "file_cache.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/media_types.h"
#include "docroot.h"
#include "file.h"
#include "hash.h"

enum {
	CHECK_MS = 1000,        /* that an entry is believed */
	YOUNG_MS = 50,          /* that a file must be left alone */
	SKEW_MS = 1000,         /* that its clock may go ahead of ours */
	WAITS_MAX = 20,         /* of YOUNG_MS with the old content */
	DISK_MAX = 512,         /* descriptors */
	MISSING_MAX = 1024,     /* entries that are only a status */
	MISSING_PATH_MAX = 255, /* bytes of their paths */
	BUCKETS_MIN = 2048,
	BUCKETS_MAX = 65536,
	BYTES_PER_BUCKET = 4096,
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

/* What a path stands for at this moment. */
struct found {
	int fd;
	struct stat st;
	const char *type;
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
drop_idle(struct file_cache *c)
{
	struct file_cache_entry *e = c->lists[FILE_CACHE_DISK].last, *newer;
	int n = 0;

	for (; e != NULL; e = newer) {
		newer = e->newer;
		if (e->file->refs > 1)
			continue;
		drop(c, e);
		n++;
	}
	return n;
}

/* No NUL, and no component that starts with a dot but the first one of
 * RFC 8615. */
static bool
is_hidden(struct span path)
{
	static const char well_known[] = ".well-known";
	size_t len = sizeof(well_known) - 1;

	if (memchr(path.at, '\0', path.len) != NULL)
		return true;
	for (size_t i = 0; i < path.len; i++) {
		if (path.at[i] != '.' || (i > 0 && path.at[i - 1] != '/'))
			continue;
		if (i == 0 && path.len >= len &&
			memcmp(path.at, well_known, len) == 0 &&
			(path.len == len || path.at[len] == '/'))
			continue;
		return true;
	}
	return false;
}

/* May drop entries. */
static int
open_path(struct file_cache *c, const struct docroot *d, const char *path,
	struct stat *st)
{
	int fd = root_open_file(&d->root, path, st);

	if (fd == -1 && errno == EMFILE) {
		if (drop_idle(c) > 0)
			return root_open_file(&d->root, path, st);
		errno = EMFILE;
	}
	return fd;
}

static int
resolve_file(struct file_cache *c, const struct docroot *d, const char *path,
	struct found *found)
{
	const char *slash = strrchr(path, '/');

	found->fd = open_path(c, d, path, &found->st);
	if (found->fd == -1)
		return root_status(errno);
	if (S_ISDIR(found->st.st_mode)) {
		close(found->fd);
		return 301;
	}
	found->type =
		media_types_find(d->types, slash == NULL ? path : slash + 1);
	return 0;
}

/* path: room for PATH_MAX bytes, len used, the last a '/' if there is one. */
static int
resolve_directory(struct file_cache *c, const struct docroot *d, char *path,
	size_t len, struct found *found)
{
	const char *const *index = d->route->index;
	int status;

	for (; index != NULL && *index != NULL; index++) {
		if (len + strlen(*index) >= PATH_MAX)
			continue;
		strcpy(path + len, *index);
		status = resolve_file(c, d, path, found);
		if (status != 404 && status != 301)
			return status;
	}
	path[len > 0 ? len - 1 : 0] = '\0';
	status = resolve_file(c, d, path, found);
	if (status == 0)
		close(found->fd);
	if (status == 0)
		return 404; /* a file is no directory */
	return status == 301 ? 403 : status;
}

/* 0 and *found, or a status. */
static int
resolve(struct file_cache *c, const struct docroot *d, struct span path,
	struct found *found)
{
	char name[PATH_MAX];

	if (path.len >= sizeof(name))
		return 404;
	memcpy(name, path.at, path.len);
	name[path.len] = '\0';
	if (path.len == 0 || name[path.len - 1] == '/')
		return resolve_directory(c, d, name, path.len, found);
	return resolve_file(c, d, name, found);
}

static bool
is_young(const struct timespec *modified)
{
	struct timespec now;
	int64_t age_ms;

	/* The file's clock may go a little ahead of ours, on another machine;
	 * a time that is far ahead says nothing about the last write. */
	clock_gettime(CLOCK_REALTIME, &now);
	age_ms = ((int64_t)now.tv_sec - modified->tv_sec) * 1000 +
		 (now.tv_nsec - modified->tv_nsec) / 1000000;
	return age_ms > -SKEW_MS && age_ms < YOUNG_MS;
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

/* Takes a reference of its own, if it keeps the file at all. */
static void
keep(struct file_cache *c, const struct key *key, struct file *file,
	int64_t now_ms)
{
	enum file_cache_kind kind = FILE_CACHE_DISK;
	struct file_cache_entry *e;
	size_t cost = 1;

	drop_key(c, key);
	if (file->fd == -1) {
		kind = FILE_CACHE_MEMORY;
		cost = sizeof(*e) + key->path.len + sizeof(*file) +
		       file->reply_len;
	}
	if (cost > c->lists[kind].limit)
		return;
	e = add(c, key, kind, cost);
	e->file = file_ref(file);
	e->check_at = now_ms + CHECK_MS;
}

/* The entry's file goes on although there is another one: not for ever. */
static bool
may_wait(struct file_cache_entry *e, int64_t now_ms)
{
	if (e == NULL || e->file == NULL || e->waits >= WAITS_MAX)
		return false;
	e->waits++;
	e->check_at = now_ms + YOUNG_MS;
	return true;
}

/* Another content than the entry's, or the first one. */
static int
load(struct file_cache *c, const struct docroot *d, const struct key *key,
	const struct found *found, int64_t now_ms, struct file **out)
{
	const struct file_traits traits = {
		.type = found->type,
		.cache_control = d->route->cache_control,
		.largest = c->largest,
	};
	struct file_cache_entry *e = find(c, key);

	if (is_young(&found->st.st_mtim) && may_wait(e, now_ms)) {
		close(found->fd);
		return answer(c, e, out);
	}
	*out = file_read(found->fd, &found->st, &traits);
	if (*out == NULL && errno == EAGAIN && may_wait(e, now_ms))
		return answer(c, e, out);
	if (*out == NULL)
		return refuse(c, key, 500, now_ms);
	if (is_young(&(*out)->identity.modified))
		drop_key(c, key);
	else
		keep(c, key, *out, now_ms);
	return 0;
}

static int
look(struct file_cache *c, const struct docroot *d, const struct key *key,
	int64_t now_ms, struct file **out)
{
	struct file_cache_entry *e;
	struct found found;
	int status = resolve(c, d, key->path, &found);

	/* After resolve(), which may drop the entry. */
	e = find(c, key);
	if (status == 503 && e != NULL && e->file != NULL) {
		e->check_at = now_ms + CHECK_MS;
		return answer(c, e, out);
	}
	if (status != 0)
		return refuse(c, key, status, now_ms);
	if (e == NULL || e->file == NULL || e->file->type != found.type ||
		!file_is_same(e->file, &found.st))
		return load(c, d, key, &found, now_ms, out);
	close(found.fd);
	e->check_at = now_ms + CHECK_MS;
	e->waits = 0;
	return answer(c, e, out);
}

int
file_cache_get(struct file_cache *c, const struct docroot *d, struct span path,
	int64_t now_ms, struct file **out)
{
	const struct key key = {
		.hash = hash_bytes(path.at, path.len, d->number),
		.number = d->number,
		.path = path,
	};
	struct file_cache_entry *e = find(c, &key);

	if (e != NULL && now_ms < e->check_at)
		return answer(c, e, out);
	if (e == NULL && is_hidden(path))
		return 404;
	return look(c, d, &key, now_ms, out);
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
