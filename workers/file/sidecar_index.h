/*
 * The sidecar lists (sidecar_list.h) of the directories whose files are asked
 * for often. A list is believed for a moment; then the next probe compares the
 * directory's modification time. Directories are read off the loop.
 * SPDX-License-Identifier: MIT
 */
#ifndef SIDECAR_INDEX_H
#define SIDECAR_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

struct disk;
struct docroot;
struct sidecar_directory;
struct sidecar_list;

enum { SIDECAR_DIRECTORIES = 128 /* that have a list */ };

struct sidecar_index {
	struct sidecar_directory *slots[SIDECAR_DIRECTORIES];
	struct disk *disk; /* NULL: the loop reads them; the caller's */
	uint64_t seed;     /* of the hashes */
	uint64_t nread;    /* directories, with a list as the result */
};

/* What a probe uses of the index, and its verdict. */
struct sidecar_hint {
	struct sidecar_list *list; /* a reference, or NULL: not known */
	bool is_due;               /* compare it with the directory */
	bool is_outdated;          /* it was compared, and has changed */
	bool is_compared;
	uint32_t seen; /* the word when it was taken */
};

void sidecar_index_init(struct sidecar_index *, uint64_t seed);

/* The disk must be closed before. */
void sidecar_index_fini(struct sidecar_index *);

/*
 * Finds the list of the directory of a path, as file_cache_get() takes it, for
 * a probe. seen: the word of change_counts.h. sidecar_index_end() must follow
 * when it was run, on the loop.
 */
void sidecar_index_begin(struct sidecar_index *, const struct docroot *,
	struct span path, uint32_t seen, int64_t now_ms, struct sidecar_hint *);
void sidecar_index_end(struct sidecar_index *, const struct docroot *,
	struct span path, int64_t now_ms, struct sidecar_hint *);

#endif
