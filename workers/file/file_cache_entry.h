/*
 * The entries of a file cache: a hash table by docroot and path, and a list for
 * each kind.  Private to the cache.
 * SPDX-License-Identifier: MIT
 */
#ifndef FILE_CACHE_ENTRY_H
#define FILE_CACHE_ENTRY_H

#include <stdint.h>

#include "common/change_counts.h"
#include "common/span.h"
#include "file/file_cache.h"

enum { FILE_CACHE_CHECK_MS = 1000 }; /* that an entry is believed */

struct file_cache_key {
	uint64_t hash;
	unsigned number; /* docroot */
	struct span path;
};

struct file_cache_entry {
	struct file_cache_entry *newer, *older;
	size_t cost;               /* of the list's limit */
	const change_word *change; /* of its directory */
	int64_t check_at;          /* ms */
	struct file *file;         /* NULL: status */
	uint32_t seen;             /* the word before it was looked at */
	uint16_t status;
	uint16_t error; /* errno: why; 0: none */
	/* What a search reads is together. */
	struct file_cache_entry *next; /* in the bucket */
	uint64_t hash;
	unsigned number;
	unsigned path_len;
	uint8_t kind;  /* enum file_cache_kind */
	uint8_t waits; /* looks in a row that found a young file */
	uint8_t uses;  /* hits, some; halved whenever it is spared */
	char path[];
};

/* Returns the bytes of memory that an entry takes, for a path of this length.
 */
size_t file_cache_entry_memory(size_t path_len);

/* Returns the entry of a key, or NULL. */
struct file_cache_entry *file_cache_entry_find(
	const struct file_cache *, const struct file_cache_key *);

/*
 * Makes room for an entry that costs so much and was asked for so often lately:
 * drops the least recently used, but spares those that had hits since they were
 * last in question, whose hits are counted in the sketch instead. Returns false
 * when all of these were in use, or one was asked for as often as the new one.
 */
bool file_cache_entry_make_room(
	struct file_cache *, enum file_cache_kind, size_t cost, unsigned asked);

/* Adds an entry for a key that has none, and drops others until its list is
 * within its limit.  cost is at most that limit. */
struct file_cache_entry *file_cache_entry_add(struct file_cache *,
	const struct file_cache_key *, enum file_cache_kind, size_t cost);

/* Removes the entry from the cache; its file lives until the last reference. */
void file_cache_entry_drop(struct file_cache *, struct file_cache_entry *);

/* Makes it the most recently used of its list. */
void file_cache_entry_touch(struct file_cache *, struct file_cache_entry *);

/* Sets what it costs of its list's limit, and drops others, or this one, until
 * the list is within it. */
void file_cache_entry_weigh(
	struct file_cache *, struct file_cache_entry *, size_t cost);

#endif
