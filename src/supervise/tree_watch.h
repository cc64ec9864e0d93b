/*
 * Watches the directories below document roots with inotify(7) and counts their
 * changes (change_counts.h), in a thread of its own. What inotify does not see
 * (other machines, other names of a file, stores to mapped memory) is left to
 * the workers, which look at their files once a second.
 * SPDX-License-Identifier: MIT
 */
#ifndef TREE_WATCH_H
#define TREE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/directory.h"

struct change_counts;
struct tree_watch;

/* NULL: nothing is watched.  on_limit is called by the thread, once: there are
 * more directories than can be watched, in the root of this index. */
struct tree_watch *tree_watch_start(struct change_counts *,
	void (*on_limit)(void *arg, size_t index), void *arg);

/* Watches a root, or what its name leads to now if it is watched already. May
 * be called by any thread; does nothing for NULL. */
void tree_watch_add(struct tree_watch *, size_t index, const char *path,
	const struct directory_id *, bool is_again);

#endif
