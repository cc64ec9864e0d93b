/*
 * The names in one directory that end like a sidecar, as they were when the
 * directory was read. As long as its modification time stays, no other file of
 * the directory has a sidecar, and need not be opened to find that out.
 *
 * A list does not change, so that a thread may use it.
 * SPDX-License-Identifier: MIT
 */
#ifndef SIDECAR_LIST_H
#define SIDECAR_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct root;
struct sidecar_list;

/*
 * Reads a directory below the root; path is relative, without a slash at its
 * end. May wait for the disk. One reference, or NULL where the names cannot be
 * relied upon: errors, file systems of other machines, a directory that is just
 * being changed, more than max_entries, too many sidecars.
 */
struct sidecar_list *sidecar_list_read(
	const struct root *, struct span path, size_t max_entries);

/* Is this still the directory at the list's path, without a change since? An
 * error of the root (EINPROGRESS, say) is false. */
bool sidecar_list_is_current(const struct sidecar_list *, const struct root *);

/*
 * Returns the sidecars that the file of this path may have, a mask of 1u <<
 * CODING_x. Without a list (NULL), or for a path in another directory, these
 * are all.
 */
unsigned sidecar_list_find(const struct sidecar_list *, const char *path);

/* References are counted by one thread. NULL is fine. */
struct sidecar_list *sidecar_list_ref(struct sidecar_list *);
void sidecar_list_unref(struct sidecar_list *);

#endif
