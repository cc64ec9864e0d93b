/*
 * The affinity mask belongs to this process; a quota may be set on any ancestor
 * of its cgroup, and the smallest one limits.
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

/* Finds the path after "0::", the line of cgroup v2; "" if there is none. */
static void
find_group(const char *membership, char *path, size_t size)
{
	FILE *f = fopen(membership, "re");
	bool found = false;

	path[0] = '\0';
	if (f == NULL)
		return;
	while (!found && fgets(path, (int)size, f) != NULL)
		found = strncmp(path, "0::", 3) == 0;
	fclose(f);
	if (!found) {
		path[0] = '\0';
		return;
	}
	memmove(path, path + 3, strlen(path + 3) + 1);
	path[strcspn(path, "\n")] = '\0';
}

/* Returns the quota of one group in CPUs; 0 means none. */
static double
read_quota(const char *root, const char *group)
{
	char path[PATH_MAX + 64], text[64] = "";
	double quota, period;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s/cpu.max", root, group);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	fclose(f);
	if (sscanf(text, "%lf %lf", &quota, &period) != 2)
		return 0; /* "max 100000" */
	return quota > 0 && period > 0 ? quota / period : 0;
}

/* Returns the smallest quota from the group up to the root; 0 means none. */
static double
find_quota(const char *root, char *group)
{
	double least = 0, quota;
	char *slash;

	for (;;) {
		quota = read_quota(root, group);
		if (quota > 0 && (least == 0 || quota < least))
			least = quota;
		slash = strrchr(group, '/');
		if (slash == NULL)
			return least;
		*slash = '\0';
	}
}

int
cpus_usable(const char *root, const char *membership, char why[CPUS_WHY])
{
	int n = count_affinity(why);
	char group[PATH_MAX];
	double quota;
	int whole;

	find_group(membership, group, sizeof(group));
	quota = find_quota(root, group);
	if (quota <= 0 || quota >= n)
		return n;
	whole = (int)quota;
	if (whole < quota)
		whole++;
	snprintf(why, CPUS_WHY, "cgroup cpu.max allows %.4g cpus", quota);
	return whole;
}
