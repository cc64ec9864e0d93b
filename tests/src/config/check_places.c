/*
 * Where the server is, in files with and without errors.
 * SPDX-License-Identifier: MIT
 */
#include "config/places.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

static const struct {
	const char *text, *control, *pid_file; /* NULL: none */
} files[] = {
	{ "{}", NULL, NULL },
	{ "{\"control\": \"/c\", \"pid_file\": \"run/p\"}", "/c",
		"/etc/run/p" },
	{ "{\"control\": null, \"pid_file\": 7}", NULL, NULL },
	{ "{\"control\": \"\"}", NULL, NULL },
	{ "{\"control\": \"/a\\u002fb\\\"\"}", "/a/b\"", NULL },
	/* Comments, and what looks like one. */
	{ "{/* \"control\": \"/x\" */ \"control\" // \"\n : \"//y\"}", "//y",
		NULL },
	/* A key of a module is not the server's. */
	{ "{\"sites\": [{\"control\": \"/x\", \"pid_file\": \"/y\"}],"
	  "\"control\": \"/c\"}",
		"/c", NULL },
	/* A value is not a key. */
	{ "{\"user\": \"control\", \"a\": \"/x\"}", NULL, NULL },

	/* Wrong values elsewhere. */
	{ "{\"workers\": -1, \"lisen\": [], \"control\": \"/c\"}", "/c", NULL },
	/* Not JSON: a comma, a brace, a quotation mark, an end is missing. */
	{ "{\"workers\": 2 \"control\": \"/c\"}", "/c", NULL },
	{ "{\"log\": {\"access\": {},\n\"control\": \"/c\"}", "/c", NULL },
	{ "{\"log\": {}}},\n\"control\": \"/c\"}", "/c", NULL },
	{ "{\"user\": \"www-data,\n\"control\": \"/c\"}", "/c", NULL },
	{ "{\"control\": \"/c\", \"sites\": [", "/c", NULL },
	{ "{\"control\": \"/c\", \"x\": \xff}", "/c", NULL },
	{ "{\"sites\": [{\"control\": \"/x\"},\n\"control\": \"/c\"", "/c",
		NULL },
	{ "{\"control\": \"/c", NULL, NULL },
	{ "{\"control", NULL, NULL },
	{ "{\"control\":", NULL, NULL },
	{ "{\"control\": \"/c\\", NULL, NULL },
	{ "/*", NULL, NULL },
	{ "", NULL, NULL },
};

static void
assert_same(const char *got, const char *expected)
{
	if (expected == NULL)
		ck_assert_ptr_null(got);
	else
		ck_assert_str_eq(got, expected);
}

/* The text ends where its memory does, for the sanitizers. */
START_TEST(places_are_found_whatever_is_wrong_elsewhere)
{
	size_t len = strlen(files[_i].text);
	char *text = malloc(len + (len == 0));
	struct config_places p;

	memcpy(text, files[_i].text, len);
	config_places_parse(&p, "/etc", text, len);
	assert_same(p.control, files[_i].control);
	assert_same(p.pid_file, files[_i].pid_file);
	config_places_fini(&p);
	free(text);
}
END_TEST

START_TEST(a_file_that_is_not_there_has_none)
{
	struct config_places p;

	ck_assert_int_eq(config_places_read(&p, "/no/such/file"), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_null(p.control);
	config_places_fini(&p);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ places_are_found_whatever_is_wrong_elsewhere, ROWS(files) },
		{ a_file_that_is_not_there_has_none, 0 },
	};

	return harness_run("places", tests, ROWS(tests));
}
