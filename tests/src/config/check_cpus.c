/*
 * Quotas from a cgroup tree in a temporary directory.  The affinity mask is
 * that of the machine, so the quotas are lower than any mask.
 * SPDX-License-Identifier: MIT
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/cpus.h"
#include "support/harness.h"

static char root[] = "/tmp/check_cpus.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
remove_tree(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	remove(path);
}

/* Makes a cgroup "a" without quotas; the tests write those. */
static void
setup(void)
{
	char path[256];

	strcpy(root + strlen(root) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/a", root);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file("membership", "1:cpu:/x\n0::/a\n");
}

static void
teardown(void)
{
	remove_tree("a/cpu.max");
	remove_tree("a");
	remove_tree("cpu.max");
	remove_tree("membership");
	remove(root);
}

static int
count_cpus(char why[CPUS_WHY])
{
	char membership[256];

	snprintf(membership, sizeof(membership), "%s/membership", root);
	return cpus_usable(root, membership, why);
}

START_TEST(quota_of_half_a_cpu_allows_one_worker)
{
	char why[CPUS_WHY];

	write_file("a/cpu.max", "50000 100000\n");
	ck_assert_int_eq(count_cpus(why), 1);
	ck_assert_str_eq(why, "cgroup cpu.max allows 0.5 cpus");
}
END_TEST

START_TEST(quota_of_an_ancestor_group_limits)
{
	char why[CPUS_WHY];

	write_file("a/cpu.max", "max 100000\n");
	write_file("cpu.max", "25000 100000\n");
	ck_assert_int_eq(count_cpus(why), 1);
	ck_assert_str_eq(why, "cgroup cpu.max allows 0.25 cpus");
}
END_TEST

START_TEST(affinity_mask_limits_without_a_quota)
{
	char why[CPUS_WHY];

	write_file("a/cpu.max", "max 100000\n");
	ck_assert_int_ge(count_cpus(why), 1);
	ck_assert_ptr_nonnull(strstr(why, "in the affinity mask"));
	ck_assert_int_ge(cpus_usable("/no/such", "/no/such", why), 1);
	ck_assert_ptr_nonnull(strstr(why, "in the affinity mask"));
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ quota_of_half_a_cpu_allows_one_worker, 0 },
		{ quota_of_an_ancestor_group_limits, 0 },
		{ affinity_mask_limits_without_a_quota, 0 },
	};

	return harness_run_with(&fixture, "cpus", tests, ROWS(tests));
}
