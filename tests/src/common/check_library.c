/*
 * SPDX-License-Identifier: MIT
 */
#include "common/library.h"

#include <check.h>

#include "support/harness.h"

enum { SIZE = 64 };

static const struct {
	const char *dir, *module, *path;
} rows[] = {
	{ "/lib", "/srv/a.so", "/srv/a.so" },
	{ "/lib", "./a", "./a" },
	{ "/lib", "a", "/lib/a.so" },
	{ "", "a", "/a.so" },
};

START_TEST(module_name_with_a_slash_is_a_path)
{
	char path[SIZE];

	library_path(rows[_i].dir, rows[_i].module, path, sizeof(path));
	ck_assert_str_eq(path, rows[_i].path);
}
END_TEST

START_TEST(long_path_is_cut)
{
	char path[8];

	library_path("/lib", "notes", path, sizeof(path));
	ck_assert_str_eq(path, "/lib/no");
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ module_name_with_a_slash_is_a_path, ROWS(rows) },
		{ long_path_is_cut, 0 },
	};

	return harness_run("library", tests, ROWS(tests));
}
