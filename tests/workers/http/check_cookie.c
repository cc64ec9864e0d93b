/*
 * Cookie fields as user agents send them, and worse.
 * SPDX-License-Identifier: MIT
 */
#include "http/cookie.h"

#include "support/harness.h"

/* want NULL: none. */
// clang-format off
static const struct {
	const char *field, *name, *want;
} rows[] = {
	{ "a=1", "a", "1" },
	{ "a=1; b=2", "b", "2" },
	{ "a=1;b=2", "b", "2" },
	{ "a=1;  b = 2 ;c=3", "b", "2" },
	{ "a=1; a=2", "a", "1" },
	{ "a=", "a", "" },
	{ "a=b=c", "a", "b=c" },
	{ "a=\"x\"", "a", "\"x\"" },
	{ "a=\"x;y\"; b=1", "a", "\"x" },
	{ "A=1", "a", NULL },
	{ "ab=1", "a", NULL },
	{ "xa=1", "a", NULL },
	{ "a", "a", NULL },
	{ "a; b=1", "b", "1" },
	{ "", "a", NULL },
	{ ";;;", "a", NULL },
	{ "=1", "", "1" },
	{ "; a=1;", "a", "1" },
	{ "$Version=1; a=1", "a", "1" },
	{ "a=%20", "a", "%20" },
};
// clang-format on

START_TEST(a_cookie_is_found_by_its_name)
{
	struct span got =
		cookie_find(span_of(rows[_i].field), span_of(rows[_i].name));

	if (rows[_i].want == NULL)
		ck_assert_ptr_null(got.at);
	else
		ck_assert(
			got.at != NULL && span_is(got, span_of(rows[_i].want)));
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_cookie_is_found_by_its_name, ROWS(rows) },
	};

	return harness_run("cookie", tests, ROWS(tests));
}
