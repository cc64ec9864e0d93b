/*
 * The directories that tree_watch.c watches. Used by its thread alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef TREE_TABLE_H
#define TREE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change_counts;
struct change_slot;

struct tree_root {
	unsigned refs; /* of directories that are watched or pending */
	size_t index;  /* of the resource */
	uint64_t key;  /* change_counts_root() */
	char path[];
};

struct tree_pending {
	struct tree_pending *next;
	struct tree_root *root;
	bool is_again; /* the root was watched before */
	char path[];   /* below the root; "": the root itself */
};

struct watched {
	struct watched *next; /* in the bucket of the watch */
	struct watched *next_marked;
	int wd;
	struct tree_root *root;
	struct change_slot *slot;
	bool is_marked, is_deferred;
	uint32_t writing;   /* hash of the file that is being written; 0: none,
			       or several */
	int64_t busy_until; /* ms: one is being written */
	int64_t marked_at;  /* ms: the last time by a write */
	char path[];        /* below the root */
};

enum { WATCH_BUCKETS = 4096, WATCH_DEFER_MS = 20 };

struct tree_table {
	struct change_counts *counts;
	struct watched *buckets[WATCH_BUCKETS];
	size_t count;
	struct watched *marked; /* have changed */
	size_t ndeferred;
};

void tree_table_init(struct tree_table *, struct change_counts *);
/* Returns a root with one reference; path is copied. */
struct tree_root *tree_root_new(size_t index, const char *path, uint64_t key);
struct tree_root *tree_root_ref(struct tree_root *);
void tree_root_unref(struct tree_root *);

/* Adds the directory of this watch; NULL when the counts are full. */
struct watched *tree_table_add(
	struct tree_table *, int wd, const struct tree_pending *);

/* Returns a directory of a watch: the first, or the nth from 0; or NULL. */
struct watched *tree_table_find(struct tree_table *, int wd);
struct watched *tree_table_get(struct tree_table *, int wd, unsigned n);

/* Forgets a directory whose watch has ended. */
void tree_table_drop(struct tree_table *, struct watched *);

/* Ends the watches of a directory and of all below it, or of a whole root. */
void tree_table_drop_tree(struct tree_table *, const struct tree_root *,
	const char *path, int inotify);
void tree_table_drop_root(struct tree_table *, size_t index, int inotify);

/* Marks a directory, those of a root, or all (NULL): they have changed. */
void tree_table_mark(struct tree_table *, struct watched *);
void tree_table_mark_root(struct tree_table *, const struct tree_root *);

/* Counts a change of each directory that is marked. */
void tree_table_publish(struct tree_table *);

/* Handles an event of a file in the directory: mask is that of inotify(7).  A
 * file that is written all the time marks it only every WATCH_DEFER_MS. */
void tree_table_note_file(
	struct tree_table *, struct watched *, uint32_t mask, const char *name);

/* Marks the directories for which that is due now. */
void tree_table_mark_deferred(struct tree_table *);

#endif
