/*
 * How often each directory below the document roots has changed: counts in
 * memory that the process which watches them (tree_watch.c) shares with the
 * workers. A worker that has read a file compares one word to learn that its
 * directory is unchanged. Directories are found by a hash of root and path, so
 * a directory that is not watched may seldom have the count of another: a
 * worker also looks at its files once a second.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHANGE_COUNTS_H
#define CHANGE_COUNTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

struct directory_id;

enum {
	CHANGE_COUNTS_SLOTS = 16384, /* 256 KiB in all */
	/* so many directories, that searches end soon */
	CHANGE_COUNTS_MAX = CHANGE_COUNTS_SLOTS / 2,
};

/* Two bits of the word; the count is above them. */
enum {
	CHANGE_QUIET = 1,   /* no file of the directory is being written */
	CHANGE_WATCHED = 2, /* the directory is watched */
	CHANGE_STEP = 4,
};

typedef _Atomic uint32_t change_word;

struct change_slot {
	_Atomic uint64_t key; /* 0: free */
	change_word word;
};

struct change_counts {
	change_word unwatched; /* counts the roots that became watched */
	struct change_slot slots[CHANGE_COUNTS_SLOTS];
};

/* Allocates memory that processes share over fork(2); NULL with errno. */
struct change_counts *change_counts_new(void);

/* NULL is fine, here and below. */
void change_counts_free(struct change_counts *);

/* Makes it read-only in this process. */
void change_counts_protect(struct change_counts *);

/* Returns the key of a root for change_counts_key(). */
uint64_t change_counts_root(const struct directory_id *);

/* Returns the key of a directory; path is relative to the root, without a slash
 * at its end. */
uint64_t change_counts_key(uint64_t root, struct span path);

/* Returns the word of a directory; of one that is not watched: a word without
 * bits, whose count changes when a root becomes watched. */
const change_word *change_counts_find(
	const struct change_counts *, uint64_t key);

/* For the one process that writes. Adds a directory; NULL when it is full. */
struct change_slot *change_counts_add(struct change_counts *, uint64_t key);
void change_counts_remove(struct change_slot *);

/* Counts a change; or one of a directory, if it is watched, that tells nothing
 * about its files; or one of all directories that are not watched. */
void change_counts_bump(struct change_slot *, bool is_quiet);
void change_counts_touch(struct change_counts *, uint64_t key);
void change_counts_touch_unwatched(struct change_counts *);

static inline uint32_t
change_counts_read(const change_word *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

#endif
