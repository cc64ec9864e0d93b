/*
 * Limits of the control group of this process.  A limit may be set on any
 * ancestor of the group, and the smallest one applies.  cgroups(7).
 * SPDX-License-Identifier: MIT
 */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds the path of the process's group in membership, a file like
 * /proc/self/cgroup.  controller is "memory" for cgroup v1, and NULL for v2.
 * False, and path is "": the process is in no group of this kind.
 */
bool cgroup_find(const char *membership, const char *controller, char *path,
	size_t size);

/* Reads a limit from the first line of its file; false: "max", or no number. */
typedef bool cgroup_parse(const char *line, double *limit);

/*
 * Finds the smallest limit from the group up to the root of its tree, which is
 * mounted at root.  Changes group.  False: no group has a limit.
 */
bool cgroup_find_limit(const char *root, char *group, const char *file,
	cgroup_parse *parse, double *limit);

#endif
