/*
 * Directories under several names.
 * SPDX-License-Identifier: MIT
 */
#include "file/roots.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/harness.h"

enum { MANY = 100, FD_TOP = 512 };

static char dir[] = "/tmp/check_roots.XXXXXX";
static struct roots roots;

static int
count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < FD_TOP; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(mkdir("a", 0755), 0);
	ck_assert_int_eq(mkdir("b", 0755), 0);
	ck_assert_int_eq(symlink("a", "link"), 0);
	roots = (struct roots){ NULL, 0, 0 };
}

static void
teardown(void)
{
	char command[64];

	roots_fini(&roots);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static const struct {
	const char *one, *other;
	size_t count;
} pairs[] = {
	{ "a", "a", 1 },
	{ "a", "./b/../a/", 1 },
	{ "a", "link", 1 },
	{ "a", "b", 2 },
	{ "a", ".", 2 },
};

START_TEST(a_directory_has_one_descriptor_under_all_its_names)
{
	struct root one, other;
	int before = count_fds();

	ck_assert_int_eq(roots_open(&roots, &one, pairs[_i].one), 0);
	ck_assert_int_eq(roots_open(&roots, &other, pairs[_i].other), 0);
	ck_assert_uint_eq(roots.count, pairs[_i].count);
	ck_assert_int_eq(one.fd == other.fd, pairs[_i].count == 1);
	ck_assert_int_eq(count_fds(), before + (int)pairs[_i].count);
	roots_fini(&roots);
	ck_assert_int_eq(count_fds(), before);
}
END_TEST

START_TEST(many_directories_have_one_descriptor_each)
{
	struct root root, first[MANY];
	char name[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		ck_assert_int_eq(mkdir(name, 0755), 0);
		ck_assert_int_eq(roots_open(&roots, &first[i], name), 0);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		ck_assert_int_eq(roots_open(&roots, &root, name), 0);
		ck_assert_int_eq(root.fd, first[i].fd);
	}
	ck_assert_uint_eq(roots.count, MANY);
}
END_TEST

START_TEST(what_cannot_be_opened_leaves_nothing_open)
{
	struct root root;
	int before = count_fds();

	ck_assert_int_eq(roots_open(&roots, &root, "missing"), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(count_fds(), before);
	ck_assert_uint_eq(roots.count, 0);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ a_directory_has_one_descriptor_under_all_its_names,
			ROWS(pairs) },
		{ many_directories_have_one_descriptor_each, 0 },
		{ what_cannot_be_opened_leaves_nothing_open, 0 },
	};

	return harness_run_with(&fixture, "roots", tests, ROWS(tests));
}
