/*
 * A worker's cache of files, by docroot and path.  An entry is revalidated once
 * a second, and when its directory has changed; until then a hit costs a hash,
 * a comparison and a reference, without a system call or an allocation.
 * SPDX-License-Identifier: MIT
 */
#ifndef FILE_CACHE_H
#define FILE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/span.h"
#include "file/frequency_sketch.h"
#include "file/sidecar_index.h"
#include "http/accept_encoding.h"

struct change_counts;
struct content_hashes;
struct docroot;
struct file;
struct file_cache_entry;
struct file_errors;
struct file_probe;

/* Each kind has its own LRU list and bound. */
enum file_cache_kind {
	FILE_CACHE_MEMORY,  /* content in memory; bounded in bytes */
	FILE_CACHE_DISK,    /* an open descriptor; bounded in entries */
	FILE_CACHE_MISSING, /* an error status; bounded in entries */
	FILE_CACHE_KINDS,
};

/* Returned instead of a status: the call would block. */
enum { FILE_CACHE_WAITS = -2 };

struct file_cache_list {
	struct file_cache_entry *first, *last;
	size_t used, limit;
	/* nrefusals more paths that were asked for refused times, or less, are
	 * not admitted; then the last entry is looked at. */
	unsigned nrefusals, refused;
};

struct file_cache {
	struct file_cache_entry **buckets;
	size_t mask;        /* buckets - 1 */
	size_t tables_size; /* bytes of the buckets, with the sketch behind */
	bool is_collapsed;  /* the tables are in a huge page, if there is one */
	uint64_t seed;      /* random, so that collisions are unpredictable */
	int64_t largest;    /* bytes of a file that is kept in memory */
	bool never_waits;   /* for the disk; set by the caller */
	struct timespec
		started;    /* of the server; zero: unknown; the caller's */
	size_t mapped_cost; /* the least of a file in memory with a descriptor
			     */
	struct file_cache_list lists[FILE_CACHE_KINDS];
	const struct change_counts *changes; /* NULL; the caller's */
	struct sidecar_index sidecars;       /* its disk: the caller's */
	/* Where it is logged that files cannot be read; NULL: nowhere. */
	struct file_errors *errors;
	int nsmall; /* files read lately: more small ones than large ones */
	int refused_error; /* errno of the status that was returned last */
	struct content_hashes *hashes;       /* NULL: none are made; its own */
	struct frequency_sketch asked;       /* for what is not in full lists */
	uint64_t lookups, misses, evictions; /* since its beginning */
};

/* bytes limits all heads and contents in memory, largest those of one file.
 * With 0 bytes only descriptors are cached, except of empty files. */
void file_cache_init(struct file_cache *, size_t bytes, int64_t largest);

/* Returns the maximum number of descriptors that the cache holds. */
size_t file_cache_descriptors(const struct file_cache *);
/* Lowers that maximum; only while the cache is empty. */
void file_cache_bound_descriptors(struct file_cache *, size_t most);

/* Calls f with each path that the cache has an entry of: its file, or NULL with
 * the status and errno, which is 0 if there is none.  Those that are dropped
 * first come first, files after paths without one. */
void file_cache_each(const struct file_cache *,
	void (*f)(void *arg, struct span path, int status, int error,
		const struct file *),
	void *arg);

/* Drops the cache's references; files in flight live until their last one. */
void file_cache_fini(struct file_cache *);

/* Descriptors ran out: closes some that no response uses, least recently used
 * first.  Returns their number. */
int file_cache_drop_idle(struct file_cache *);

/* Closes the descriptors of files that no request has asked for in ten seconds:
 * a file may have been deleted, its file system is to be unmounted.  Called
 * once a second. */
void file_cache_drop_expired(struct file_cache *, int64_t now_ms);

/*
 * Finds the file that path names below the docroot.  path is decoded and
 * normalised, without a leading slash; at is not NULL.  An empty path and one
 * that ends with '/' name a directory and stand for the first of its index
 * files.  now_ms is a monotonic clock.
 * Returns 0 and in *out a reference that the caller owns; or a status: 404
 * (also for hidden files and for a NUL), 403 (unreadable, or a directory
 * without an index), 301 (a directory named without its '/'), 500 (a disk
 * error), 503 (out of descriptors); or FILE_CACHE_WAITS if never_waits is set
 * and the call would block: nothing was started then.
 */
int file_cache_get(struct file_cache *, const struct docroot *,
	struct span path, int64_t now_ms, struct file **out);

/*
 * file_cache_get() in three steps, of which the second, file_probe_run(), may
 * run in any thread.  file_cache_begin() prepares the probe of a path, which
 * must stay valid; meanwhile an entry that has just expired is still served.
 * file_cache_end() stores the result; the probe's status and *out are as above.
 * It returns false if descriptors ran out and some were closed: run the probe
 * again.
 */
void file_cache_begin(struct file_cache *, const struct docroot *,
	struct span path, int64_t now_ms, struct file_probe *);
bool file_cache_end(struct file_cache *, struct file_probe *, int64_t now_ms,
	struct file **out);

/*
 * Returns a reference to the file, which file_cache_get() returned for this
 * docroot, in one of its codings.  Compresses it if that was not done before.
 * Returns NULL if the coding cannot be had; file->codings is updated.
 */
struct file *file_cache_code(struct file_cache *, const struct docroot *,
	struct file *, enum coding);

/* file_cache_code() in steps: returns true if the coding has to be made first,
 * by file_probe_code().  file_cache_add_coding() takes over the result, which
 * may be NULL. */
bool file_cache_lacks(const struct file *, enum coding);
void file_cache_add_coding(
	struct file_cache *, struct file *, enum coding, struct file *made);

#endif
