/*
 * How many CPUs this process may use.
 * SPDX-License-Identifier: MIT
 */
#ifndef CPUS_H
#define CPUS_H

#include <stddef.h>

enum { CPUS_WHY = 80 };

/*
 * The smaller of the affinity mask and the cgroup v2 quota (rounded up) of
 * the groups that membership names; at least 1.  why becomes the reason in
 * words.  cgroup_root is "/sys/fs/cgroup" and membership "/proc/self/cgroup"
 * but in tests; a system without cgroup v2 has no quota.  cgroups(7).
 */
int cpus_usable(
	const char *cgroup_root, const char *membership, char why[CPUS_WHY]);

#endif
