/*
 * SPDX-License-Identifier: MIT
 */
#include "common/library.h"

#include <check.h>
#include <stdlib.h>

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
	Suite *s = suite_create("library");
	TCase *t = tcase_create("library");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, module_name_with_a_slash_is_a_path, 0,
		sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, long_path_is_cut);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
