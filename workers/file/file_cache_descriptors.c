/*
 * The descriptors that a file cache holds: how many, and which are closed.
 * SPDX-License-Identifier: MIT
 */
#include "file/file.h"
#include "file/file_cache_entry.h"

enum {
	IDLE_BATCH = 64, /* descriptors that a shortage closes at once */
	IDLE_MS = 10000, /* that a descriptor is kept unused */
};

/* Files in memory that sendfile(2) takes have a descriptor, too. */
static size_t
count_mapped(const struct file_cache *c)
{
	return c->lists[FILE_CACHE_MEMORY].limit / c->mapped_cost;
}

size_t
file_cache_descriptors(const struct file_cache *c)
{
	return c->lists[FILE_CACHE_DISK].limit + count_mapped(c);
}

/* A list is bounded by what its entries cost: where descriptors are short, the
 * mapped ones cost more than their bytes. */
void
file_cache_bound_descriptors(struct file_cache *c, size_t most)
{
	size_t mapped, disk = most / 3;

	if (file_cache_descriptors(c) <= most)
		return;
	if (disk < c->lists[FILE_CACHE_DISK].limit)
		c->lists[FILE_CACHE_DISK].limit = disk > 0 ? disk : 1;
	mapped = most > disk + 1 ? most - disk : 1;
	if (count_mapped(c) > mapped)
		c->mapped_cost = c->lists[FILE_CACHE_MEMORY].limit / mapped;
}

/* Closes descriptors that no answer uses, the least recently used first; how
 * many there were. */
static int
drop_idle(struct file_cache *c, enum file_cache_kind kind)
{
	struct file_cache_entry *e = c->lists[kind].last, *newer;
	int n = 0;

	for (; e != NULL && n < IDLE_BATCH; e = newer) {
		newer = e->newer;
		if (e->file->fd == -1 || e->file->refs > 1)
			continue;
		file_cache_entry_drop(c, e);
		n++;
	}
	return n;
}

int
file_cache_drop_idle(struct file_cache *c)
{
	int n = drop_idle(c, FILE_CACHE_DISK);

	return n > 0 ? n : drop_idle(c, FILE_CACHE_MEMORY);
}

/* A file that is asked for is looked at once a second, and let go when it was
 * deleted or replaced; this is for the others. */
void
file_cache_drop_expired(struct file_cache *c, int64_t now_ms)
{
	struct file_cache_entry *e = c->lists[FILE_CACHE_DISK].last, *newer;

	for (; e != NULL; e = newer) {
		newer = e->newer;
		if (now_ms - e->check_at >= IDLE_MS - FILE_CACHE_CHECK_MS)
			file_cache_entry_drop(c, e);
	}
}
