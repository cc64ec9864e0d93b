/*
 * Resolves and reads a file, or compresses it: everything that may block on the
 * disk or takes long. The functions use only their arguments, which do not
 * change meanwhile, so that another thread may run them.
 * SPDX-License-Identifier: MIT
 */
#ifndef FILE_PROBE_H
#define FILE_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "common/change_counts.h"
#include "common/span.h"
#include "file/sidecar_index.h"
#include "http/accept_encoding.h"

struct page_miss;
struct docroot;
struct file;
struct first_read;

enum file_probe_result {
	PROBE_STATUS, /* no file; status says why */
	PROBE_SAME,   /* the cached file is current */
	/* changed, but still being written: serve the cached file */
	PROBE_RECENT,
	PROBE_NEW,   /* changed; file holds the new content */
	PROBE_WAITS, /* the file is not resident; miss says what to wait for */
};

struct file_probe {
	const struct docroot *docroot;
	struct span path; /* as file_cache_get() takes it */
	/* largest size in bytes that is read into memory */
	int64_t largest;
	struct timespec started; /* of the server; zero: unknown */
	struct file *cached;     /* the cached file, borrowed, or NULL */
	/* serve the cached file while a new one is being written */
	bool keeps_cached;
	struct page_miss *miss; /* NULL when blocking is allowed */
	unsigned asked;         /* times lately, for the path */
	struct sidecar_hint sidecars;
	const change_word *change; /* of the directory */
	uint32_t seen;             /* the word when the probe began */
	/* a change was told, and no file of the directory is being written */
	bool is_complete;
	bool is_fleeting; /* a new file is not going to be kept */
	/* read the beginning before fstat(2): it is likely to be all */
	bool reads_first;
	struct first_read *first; /* while it runs: what was read so */

	enum file_probe_result result;
	int status;
	/* errno: why there is no file, or a sidecar is left out; 0: none */
	int error;
	/* for PROBE_NEW, a reference that the caller releases */
	struct file *file;
};

/* Does the work and fills in the result. */
void file_probe_run(struct file_probe *);

/* Releases what the cache has lent to it for a run in another thread. */
void file_probe_release(struct file_probe *);

/*
 * Compresses the content of a file in memory. Returns a reference to a new
 * file, or NULL when the coding saves too little. It takes up to 10 ms for 256
 * KiB.
 */
struct file *file_probe_code(
	const struct docroot *, const struct file *, enum coding);

#endif
