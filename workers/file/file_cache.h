/*
 * The files that a worker knows, by docroot and path.  An entry is looked at
 * again at most once a second; until then a hit is a hash, a comparison and a
 * reference: no system call, no allocation.
 * SPDX-License-Identifier: MIT
 */
#ifndef FILE_CACHE_H
#define FILE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/span.h"
#include "http/accept_encoding.h"

struct docroot;
struct file;
struct file_cache_entry;
struct file_probe;

/* Each has a list, the least recently used last, and a bound of its own. */
enum file_cache_kind {
	FILE_CACHE_MEMORY,  /* content in memory: bytes */
	FILE_CACHE_DISK,    /* an open descriptor: entries */
	FILE_CACHE_MISSING, /* no file, but a status: entries */
	FILE_CACHE_KINDS,
};

/* In place of a status. */
enum { FILE_CACHE_WAITS = -2 };

struct file_cache_list {
	struct file_cache_entry *first, *last;
	size_t used, limit;
};

struct file_cache {
	struct file_cache_entry **buckets;
	size_t mask;      /* buckets - 1 */
	uint64_t seed;    /* of the hashes: nobody knows who collides */
	int64_t largest;  /* bytes of a file that goes into memory */
	bool never_waits; /* for the disk; the caller's */
	struct timespec
		started;    /* of the server; zero: unknown; the caller's */
	size_t mapped_cost; /* the least of a file in memory with a descriptor
			     */
	struct file_cache_list lists[FILE_CACHE_KINDS];
	uint64_t lookups, misses, evictions; /* since its beginning */
};

/* bytes: of heads and contents in memory; largest: of one file there.  With
 * 0 bytes every file that is not empty is a descriptor. */
void file_cache_init(struct file_cache *, size_t bytes, int64_t largest);

/* How many descriptors it holds at most; and the bound of that, for one in
 * which no file is kept yet. */
size_t file_cache_descriptors(const struct file_cache *);
void file_cache_bound_descriptors(struct file_cache *, size_t most);

/* Files that are in flight live on until their last reference goes. */
void file_cache_fini(struct file_cache *);

/* Out of descriptors: closes some of those that no answer uses, the least
 * recently used first.  How many; 0: there are none. */
int file_cache_drop_idle(struct file_cache *);

/*
 * The file that path names below the docroot.  path: decoded and normalised,
 * no leading slash, at != NULL; empty or with a '/' at its end it is a
 * directory and stands for the first of its index files.  now_ms: any clock
 * that does not go back.
 * 0 and *out, a reference for the caller; or a status: 404 (also for hidden
 * files and for a NUL), 403 (unreadable, or a directory without an index), 301
 * (a directory named without its '/'), 500 (the disk failed), 503 (out of
 * descriptors).
 * Or FILE_CACHE_WAITS, if it never_waits and would have to: nothing is known
 * and nothing has begun.
 */
int file_cache_get(struct file_cache *, const struct docroot *,
	struct span path, int64_t now_ms, struct file **out);

/*
 * The same in three steps, the second of them, file_probe_run(), anywhere:
 * file_cache_begin() prepares a look at a path, which must live as long.  An
 * entry that was right until lately is believed meanwhile.  file_cache_end()
 * takes the result in: status is as above, *out as well.  False: descriptors
 * were short and some are free now, so it is to be run again.
 */
void file_cache_begin(struct file_cache *, const struct docroot *,
	struct span path, int64_t now_ms, struct file_probe *);
bool file_cache_end(struct file_cache *, struct file_probe *, int64_t now_ms,
	struct file **out);

/*
 * The file, which file_cache_get() gave for this docroot, in one of its
 * codings: a reference for the caller.  The first time the coding may have to
 * be made.  NULL: there is no such coding after all, and file->codings no
 * longer says so.
 */
struct file *file_cache_code(struct file_cache *, const struct docroot *,
	struct file *, enum coding);

/* The same in steps: must the coding be made, with file_probe_code()?  And when
 * it was: made is taken over; NULL is fine. */
bool file_cache_lacks(const struct file *, enum coding);
void file_cache_add_coding(
	struct file_cache *, struct file *, enum coding, struct file *made);

#endif
