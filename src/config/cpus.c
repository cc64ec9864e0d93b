/*
 * The affinity mask belongs to this process, the quota to its cgroup.
 * SPDX-License-Identifier: MIT
 */
#include "config/cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/cgroup.h"

static int
count_affinity(char *why)
{
	long n = -1;
#ifdef __linux__
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
#endif
	if (n < 1)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	snprintf(why, CPUS_WHY, "%ld cpu%s in the affinity mask", n,
		n == 1 ? "" : "s");
	return (int)n;
}

/* Quota and period of cpu.max, "50000 100000", in CPUs. */
static bool
parse_quota(const char *line, double *cpus)
{
	double quota, period;

	if (sscanf(line, "%lf %lf", &quota, &period) != 2 || quota <= 0 ||
		period <= 0)
		return false; /* "max 100000" */
	*cpus = quota / period;
	return true;
}

int
cpus_usable(const char *root, const char *membership, char why[CPUS_WHY])
{
	int n = count_affinity(why);
	char group[PATH_MAX];
	double quota;
	int whole;

	cgroup_find(membership, NULL, group, sizeof(group));
	if (!cgroup_find_limit(root, group, "cpu.max", parse_quota, &quota) ||
		quota >= n)
		return n;
	whole = (int)quota;
	if (whole < quota)
		whole++;
	snprintf(why, CPUS_WHY, "cgroup cpu.max allows %.4g cpus", quota);
	return whole;
}
