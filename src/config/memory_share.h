/*
 * What "auto" means for memory that each worker may take.
 * SPDX-License-Identifier: MIT
 */
#ifndef MEMORY_SHARE_H
#define MEMORY_SHARE_H

#include <jansson.h>

struct conf;
struct reader;

/* Reports a limits.body_memory that a single body may exceed; base is the
 * struct conf_limits. */
void memory_share_validate(struct reader *, const json_t *object, void *base);

/* Returns the smallest memory limit of the cgroup, in bytes, and the file that
 * it stands in; 0: there is none.  For the arguments see below. */
double memory_share_limit(
	const char *cgroup_root, const char *membership, const char **file);

/*
 * Replaces limits.cache and limits.body_memory where they are "auto": 64 MiB,
 * or a quarter of the memory limit of the cgroup divided by the number of
 * workers if that is less.  cgroup_root is "/sys/fs/cgroup" and membership
 * "/proc/self/cgroup" except in tests.
 */
void memory_share_resolve(
	struct conf *, const char *cgroup_root, const char *membership);

#endif
