/*
 * Preconditions: lists of tags, dates, and which field wins.
 * SPDX-License-Identifier: MIT
 */
#include "http/conditional.h"

#include <check.h>

#include "support/harness.h"

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define EXACT  "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER  "Sun, 06 Nov 1994 08:49:38 GMT"
#define FUTURE "Fri, 31 Dec 9999 23:59:59 GMT"

enum { MODIFIED = 784111777, NOW = 1795406460 };

// clang-format off
static const struct {
	const char *list, *etag;
	bool strong, weak; /* the answer of either comparison */
} lists[] = {
	{ "\"a\"", "\"a\"", true, true },
	{ "W/\"a\"", "\"a\"", false, true },
	{ "\"a\"", "W/\"a\"", false, true },
	{ "W/\"a\"", "W/\"a\"", false, true },
	{ "\"a\"", "\"b\"", false, false },
	{ "\"a\"", "\"A\"", false, false },
	{ "\"x\", \"a\"", "\"a\"", true, true },
	{ "\"x\",\"a\" , \"y\"", "\"a\"", true, true },
	{ " , ,\"x\",,\t\"a\",", "\"a\"", true, true },
	{ "\"x,a\"", "\"x,a\"", true, true },
	{ "\"x, \"a\"", "\"a\"", false, false },
	{ "\"x\\\", \"a\"", "\"a\"", true, true },
	{ "\"\"", "\"\"", true, true },
	{ "*", "\"a\"", true, true },
	{ " * ", "W/\"a\"", true, true },
	{ "*", "", true, true },
	{ "\"*\"", "\"a\"", false, false },
	{ "\"*\"", "\"*\"", true, true },
	{ "*, \"a\"", "\"a\"", false, false },
	{ "\"a\", *", "\"a\"", false, false },
	{ "a", "\"a\"", false, false },
	{ "a", "a", false, false },
	{ "\"a\", b", "\"a\"", false, false },
	{ "\"a", "\"a\"", false, false },
	{ "a\"", "\"a\"", false, false },
	{ "w/\"a\"", "\"a\"", false, false },
	{ "W/ \"a\"", "\"a\"", false, false },
	{ "W/", "\"a\"", false, false },
	{ "\"a\" \"b\"", "\"a\"", false, false },
	{ "\"a b\"", "\"a b\"", false, false },
	{ "\"\xc3\xa9\"", "\"\xc3\xa9\"", true, true },
	{ "", "\"a\"", false, false },
	{ "\"a\"", "", false, false },
};

static const struct {
	const char *match, *none_match, *modified_since, *unmodified_since;
	int status;
} checks[] = {
	{ NULL, NULL, NULL, NULL, 0 },
	{ "\"a\"", NULL, NULL, NULL, 0 },
	{ "*", NULL, NULL, NULL, 0 },
	{ "\"b\"", NULL, NULL, NULL, 412 },
	{ "W/\"a\"", NULL, NULL, NULL, 412 },
	{ "", NULL, NULL, NULL, 412 },
	{ NULL, "\"a\"", NULL, NULL, 304 },
	{ NULL, "W/\"a\"", NULL, NULL, 304 },
	{ NULL, "*", NULL, NULL, 304 },
	{ NULL, "\"b\"", NULL, NULL, 0 },
	{ NULL, "a", NULL, NULL, 0 },
	{ NULL, NULL, BEFORE, NULL, 0 },
	{ NULL, NULL, EXACT, NULL, 304 },
	{ NULL, NULL, AFTER, NULL, 304 },
	{ NULL, NULL, FUTURE, NULL, 304 },
	{ NULL, NULL, "Sunday, 06-Nov-94 08:49:37 GMT", NULL, 304 },
	{ NULL, NULL, "Sun Nov  6 08:49:37 1994", NULL, 304 },
	{ NULL, NULL, "yesterday", NULL, 0 },
	{ NULL, NULL, EXACT ", " EXACT, NULL, 0 },
	{ NULL, NULL, NULL, BEFORE, 412 },
	{ NULL, NULL, NULL, EXACT, 0 },
	{ NULL, NULL, NULL, AFTER, 0 },
	{ NULL, NULL, NULL, "yesterday", 0 },
	/* RFC 9110 13.2.2: which of two counts */
	{ "\"a\"", NULL, NULL, BEFORE, 0 },
	{ "\"b\"", NULL, NULL, AFTER, 412 },
	{ NULL, "\"b\"", EXACT, NULL, 0 },
	{ NULL, "\"a\"", BEFORE, NULL, 304 },
	{ NULL, "a", EXACT, NULL, 0 },
	{ "\"b\"", "\"a\"", NULL, NULL, 412 },
	{ "\"a\"", "\"a\"", NULL, NULL, 304 },
	{ NULL, "\"a\"", NULL, BEFORE, 412 },
	{ NULL, NULL, EXACT, BEFORE, 412 },
	{ NULL, NULL, EXACT, EXACT, 304 },
};

static const struct {
	const char *if_range, *etag;
	time_t modified;
	bool holds;
} ranges[] = {
	{ NULL, "\"a\"", MODIFIED, true },
	{ "\"a\"", "\"a\"", MODIFIED, true },
	{ " \"a\" ", "\"a\"", MODIFIED, true },
	{ "\"b\"", "\"a\"", MODIFIED, false },
	{ "W/\"a\"", "\"a\"", MODIFIED, false },
	{ "\"a\"", "W/\"a\"", MODIFIED, false },
	{ "W/\"a\"", "W/\"a\"", MODIFIED, false },
	{ "\"a\", \"b\"", "\"a\"", MODIFIED, false },
	{ "a", "\"a\"", MODIFIED, false },
	{ "*", "\"a\"", MODIFIED, false },
	{ "", "\"a\"", MODIFIED, false },
	{ "\"a\"", "", MODIFIED, false },
	{ BEFORE, "\"a\"", MODIFIED, false },
	{ EXACT, "\"a\"", MODIFIED, true },
	{ AFTER, "\"a\"", MODIFIED, false },
	{ EXACT, "\"a\"", -1, false },
	{ "yesterday", "\"a\"", -1, false },
};
// clang-format on

static struct span
optional(const char *text)
{
	return text != NULL ? span_of(text) : (struct span){ NULL, 0 };
}

START_TEST(an_etag_list_is_searched_by_the_given_comparison)
{
	struct span list = span_of(lists[_i].list);
	struct span etag = span_of(lists[_i].etag);

	ck_assert_msg(conditional_etag_in(list, etag, true) == lists[_i].strong,
		"strong: %s in %s", lists[_i].etag, lists[_i].list);
	ck_assert_msg(conditional_etag_in(list, etag, false) == lists[_i].weak,
		"weak: %s in %s", lists[_i].etag, lists[_i].list);
}
END_TEST

static struct preconditions
row(int i)
{
	return (struct preconditions){
		.if_match = optional(checks[i].match),
		.if_none_match = optional(checks[i].none_match),
		.if_modified_since = optional(checks[i].modified_since),
		.if_unmodified_since = optional(checks[i].unmodified_since),
	};
}

START_TEST(preconditions_are_evaluated_in_the_order_of_the_rfc)
{
	struct validators v = { SPAN("\"a\""), MODIFIED };
	struct preconditions p = row(_i);

	ck_assert_int_eq(conditional_check(&p, &v, NOW), checks[_i].status);
}
END_TEST

START_TEST(an_unknown_modification_date_matches_no_date)
{
	struct validators v = { SPAN("\"a\""), -1 };
	struct preconditions p = { .if_modified_since = SPAN(EXACT) };

	ck_assert_int_eq(conditional_check(&p, &v, NOW), 0);
	p = (struct preconditions){ .if_unmodified_since = SPAN(BEFORE) };
	ck_assert_int_eq(conditional_check(&p, &v, NOW), 0);
}
END_TEST

START_TEST(if_range_needs_the_identical_representation)
{
	struct validators v = { span_of(ranges[_i].etag), ranges[_i].modified };
	struct preconditions p = { .if_range = optional(ranges[_i].if_range) };

	ck_assert(conditional_range_holds(&p, &v, NOW) == ranges[_i].holds);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ an_etag_list_is_searched_by_the_given_comparison,
			ROWS(lists) },
		{ preconditions_are_evaluated_in_the_order_of_the_rfc,
			ROWS(checks) },
		{ an_unknown_modification_date_matches_no_date, 0 },
		{ if_range_needs_the_identical_representation, ROWS(ranges) },
	};

	return harness_run("conditional", tests, ROWS(tests));
}
