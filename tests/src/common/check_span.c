/*
 * SPDX-License-Identifier: MIT
 */
#include "common/span.h"

#include <check.h>

#include "support/harness.h"

static const struct row {
	const char *left, *right;
	bool is, is_nocase;
} rows[] = {
	{ "", "", true, true }, { "host", "host", true, true },
	{ "host", "HoSt", false, true }, { "host", "hos", false, false },
	{ "hos", "host", false, false }, { "host", "hose", false, false },
	{ "[", "{", false, false }, /* 0x20 apart, but no letters */
};

START_TEST(spans_compare_by_bytes_and_length)
{
	const struct row *r = &rows[_i];
	struct span a = span_of(r->left), b = span_of(r->right);

	ck_assert_int_eq(span_is(a, b), r->is);
	ck_assert_int_eq(span_is_nocase(a, b), r->is_nocase);
}
END_TEST

START_TEST(span_of_a_literal_excludes_the_terminator)
{
	struct span s = SPAN("a\0b");

	ck_assert_uint_eq(s.len, 3);
	ck_assert_mem_eq(s.at, "a\0b", 3);
}
END_TEST

START_TEST(span_needs_no_terminator)
{
	struct span s = { "GET / HTTP/1.1", 3 };

	ck_assert(span_is(s, SPAN("GET")));
	ck_assert(span_is_nocase(s, SPAN("get")));
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ spans_compare_by_bytes_and_length, ROWS(rows) },
		{ span_of_a_literal_excludes_the_terminator, 0 },
		{ span_needs_no_terminator, 0 },
	};

	return harness_run("span", tests, ROWS(tests));
}
