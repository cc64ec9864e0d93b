/*
 * Content hashes of files that are not in memory, for strong tags: made in the
 * work pool, one file at a time, 4 MiB at a time and 128 MiB a second at most,
 * and remembered by device, inode, size, modification and change time. Until a
 * hash is known, and for files over 1 GiB, the tag stays weak.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTENT_HASH_H
#define CONTENT_HASH_H

#include <stdbool.h>

struct content_hashes;
struct ev_loop;
struct file;
struct file_cache;
struct work_pool;

/* The cache, the loop and the pool are the caller's, and outlive it. */
struct content_hashes *content_hashes_new(
	struct file_cache *, struct ev_loop *, struct work_pool *);

/* The work pool must be closed before. NULL is fine. */
void content_hashes_free(struct content_hashes *);

/*
 * Gives the file of a cache entry, and its sidecars, the tags that are known,
 * if it is new: no response uses it yet. Starts to make the others. Files in
 * memory are left alone. Does nothing for NULL.
 */
void content_hashes_apply(struct content_hashes *, struct file *, bool is_new);

#endif
