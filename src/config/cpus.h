/*
 * Counts the CPUs that this process may use.
 * SPDX-License-Identifier: MIT
 */
#ifndef CPUS_H
#define CPUS_H

#include <stddef.h>

enum { CPUS_WHY = 80 };

/*
 * Returns the number of CPUs in the affinity mask, or the cgroup v2 CPU quota
 * (rounded up) if that is smaller; at least 1.  why becomes the reason in
 * words.  cgroup_root is "/sys/fs/cgroup" and membership "/proc/self/cgroup"
 * except in tests.  Without cgroup v2 there is no quota.  cgroups(7).
 */
int cpus_usable(
	const char *cgroup_root, const char *membership, char why[CPUS_WHY]);

#endif
