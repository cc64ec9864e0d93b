/*
 * SPDX-License-Identifier: MIT
 */
#include "file/file_cache_entry.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "file/file.h"

enum {
	SPARED_MAX = 4,   /* entries, for one that is to come */
	REFUSALS_MAX = 3, /* of others, by the estimate of one entry */
};

/* The path begins in what would be padding. */
static size_t
size_of_entry(size_t path_len)
{
	size_t size = offsetof(struct file_cache_entry, path) + path_len;

	return size < sizeof(struct file_cache_entry)
		       ? sizeof(struct file_cache_entry)
		       : size;
}

/* malloc(3) adds a word and rounds up to a multiple of two. */
size_t
file_cache_entry_memory(size_t path_len)
{
	const size_t unit = 2 * sizeof(size_t);
	size_t size = size_of_entry(path_len) + sizeof(size_t);

	return (size + unit - 1) / unit * unit;
}

struct file_cache_entry *
file_cache_entry_find(
	const struct file_cache *c, const struct file_cache_key *key)
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

void
file_cache_entry_drop(struct file_cache *c, struct file_cache_entry *e)
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

/* Hits are counted in the entry, so that a hit does not touch the sketch; the
 * half of them that the entry loses goes there. */
static void
spare_entry(struct file_cache *c, struct file_cache_entry *e)
{
	unsigned lost = e->uses - e->uses / 2;

	frequency_sketch_raise(&c->asked, e->hash, lost);
	e->uses -= (uint8_t)lost;
	file_cache_entry_touch(c, e);
}

static void
shrink_list(struct file_cache *c, struct file_cache_list *list)
{
	int nspared = 0;

	while (list->used > list->limit)
		if (list->last->uses > 0 && nspared++ < SPARED_MAX) {
			spare_entry(c, list->last);
		} else {
			file_cache_entry_drop(c, list->last);
			c->evictions++;
		}
}

/* A count that is at its limit says nothing more: the new entry goes first. */
static bool
is_worth_more(struct file_cache *c, struct file_cache_list *list,
	const struct file_cache_entry *e, unsigned asked)
{
	unsigned least = frequency_sketch_raise(&c->asked, e->hash, 0);

	if (least >= FREQUENCY_MAX)
		least = FREQUENCY_MAX - 1;
	if (asked > least)
		return true;
	list->refused = least;
	list->nrefusals = REFUSALS_MAX;
	return false;
}

/* Most entries are refused: three of four by the estimate that refused another
 * one a moment ago, because a look at the next entry costs cache misses. */
static bool
is_refused(struct file_cache_list *list, unsigned asked)
{
	if (list->nrefusals == 0 || asked > list->refused)
		return false;
	list->nrefusals--;
	return true;
}

bool
file_cache_entry_make_room(struct file_cache *c, enum file_cache_kind kind,
	size_t cost, unsigned asked)
{
	struct file_cache_list *list = &c->lists[kind];
	int nspared = 0;

	if (list->used + cost > list->limit && is_refused(list, asked))
		return false;
	while (list->used + cost > list->limit) {
		struct file_cache_entry *e = list->last;

		if (e->uses > 0) {
			if (nspared++ == SPARED_MAX)
				return false;
			spare_entry(c, e);
		} else if (!is_worth_more(c, list, e, asked)) {
			file_cache_entry_touch(c, e);
			return false;
		} else {
			file_cache_entry_drop(c, e);
			c->evictions++;
		}
	}
	return true;
}

struct file_cache_entry *
file_cache_entry_add(struct file_cache *c, const struct file_cache_key *key,
	enum file_cache_kind kind, size_t cost)
{
	struct file_cache_entry **bucket = &c->buckets[key->hash & c->mask];
	struct file_cache_list *list = &c->lists[kind];
	struct file_cache_entry *e = mem_alloc(size_of_entry(key->path.len));

	assert(cost <= list->limit);
	*e = (struct file_cache_entry){
		.next = *bucket,
		.hash = key->hash,
		.number = key->number,
		.path_len = (unsigned)key->path.len,
		.kind = (uint8_t)kind,
		.cost = cost,
	};
	memcpy(e->path, key->path.at, key->path.len);
	*bucket = e;
	list_add(list, e);
	shrink_list(c, list);
	return e;
}

void
file_cache_entry_touch(struct file_cache *c, struct file_cache_entry *e)
{
	struct file_cache_list *list = &c->lists[e->kind];

	if (list->first == e)
		return;
	list_remove(list, e);
	list_add(list, e);
}

void
file_cache_entry_weigh(
	struct file_cache *c, struct file_cache_entry *e, size_t cost)
{
	struct file_cache_list *list = &c->lists[e->kind];

	list_remove(list, e);
	e->cost = cost;
	list_add(list, e);
	shrink_list(c, list);
}

void
file_cache_each(const struct file_cache *c,
	void (*f)(void *arg, struct span path, int status, int error,
		const struct file *),
	void *arg)
{
	for (int i = FILE_CACHE_KINDS - 1; i >= 0; i--) {
		const struct file_cache_entry *e = c->lists[i].last;

		for (; e != NULL; e = e->newer)
			f(arg, (struct span){ e->path, e->path_len }, e->status,
				e->error, e->file);
	}
}
