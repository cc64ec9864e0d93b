/*
 * Dates against the examples of RFC 9110 5.6.7 and against libc.
 * SPDX-License-Identifier: MIT
 */
#include "http/date.h"

#include <check.h>

#include "support/harness.h"

enum { SUN_NOV_6_1994 = 784111777, NOV_2026 = 1795406460 };

// clang-format off
static const struct {
	const char *text;
	time_t when;
} good[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", SUN_NOV_6_1994 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", SUN_NOV_6_1994 },
	{ "Sun Nov  6 08:49:37 1994", SUN_NOV_6_1994 },
	{ "Wed, 06 Nov 1994 08:49:37 GMT", SUN_NOV_6_1994 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Wed Nov 16 08:49:37 1994", SUN_NOV_6_1994 + 10 * 86400 },
	{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	{ "Monday, 23-Nov-26 04:01:00 GMT", NOV_2026 },
	/* 50 years ahead less a month, and more by a month */
	{ "Friday, 23-Oct-76 04:01:00 GMT", 3370651260 },
	{ "Thursday, 23-Dec-76 04:01:00 GMT", 220161660 },
};

static const char *const bad[] = {
	"",
	"0",
	"Sun",
	"Sun, 06 Nov 1994 08:49:37",
	"Sun, 06 Nov 1994 08:49:37 GM",
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	" Sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37 gmt",
	"Sun, 06 Nov 1994 08:49:37 +0100",
	"Sun, 32 Jan 1994 08:49:37 GMT",
	"Sun, 00 Jan 1994 08:49:37 GMT",
	"Sun, 29 Feb 1900 08:49:37 GMT",
	"Sun, 29 Feb 2026 08:49:37 GMT",
	"Sun, 31 Apr 2026 08:49:37 GMT",
	"Sun, 06 Nov 0000 08:49:37 GMT",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:00 GMT",
	"Sun, 06 Nov 1994 08:49:61 GMT",
	"Sun, 6 Nov 1994 08:49:37 GMT",
	"Sun,  6 Nov 1994 08:49:37 GMT",
	"sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 nov 1994 08:49:37 GMT",
	"Xyz, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06-Nov-94 08:49:37 GMT",
	"Sunday, 06 Nov 1994 08:49:37 GMT",
	"Sunday, 06-Nov-1994 08:49:37 GMT",
	"Sun Nov 6 08:49:37 1994",
	"Sun Nov  6 08:49:37 1994 GMT",
	"Sun Nov  6 08:49:37 94",
	"Sun, 06 Nov 1994 8:49:37 GMT",
	"Sun, -6 Nov 1994 08:49:37 GMT",
	"1994-11-06T08:49:37Z",
	"784111777",
};
// clang-format on

START_TEST(a_date_is_parsed_in_each_of_the_three_formats)
{
	time_t got = date_parse(span_of(good[_i].text), NOV_2026);

	ck_assert_msg(got == good[_i].when, "%s: %lld", good[_i].text,
		(long long)got);
}
END_TEST

START_TEST(an_invalid_date_is_refused)
{
	time_t got = date_parse(span_of(bad[_i]), NOV_2026);

	ck_assert_msg(got == -1, "%s: %lld", bad[_i], (long long)got);
}
END_TEST

START_TEST(every_prefix_of_a_date_is_refused)
{
	struct span s = span_of(good[_i].text);

	while (s.len-- > 0)
		ck_assert_int_eq(date_parse(s, NOV_2026), -1);
}
END_TEST

START_TEST(a_date_is_formatted_as_strftime_does)
{
	char ours[DATE_LEN + 1] = "", theirs[DATE_LEN + 1];
	struct tm tm;

	/* The step is not a whole number of days; the range is 1901 to 2299. */
	for (time_t t = -2147483648; t < 10390000000; t += 1234567) {
		date_format(t, ours);
		gmtime_r(&t, &tm);
		strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT",
			&tm);
		ck_assert_str_eq(ours, theirs);
		ck_assert_int_eq(date_parse(span_of(ours), NOV_2026), t);
	}
}
END_TEST

START_TEST(a_time_outside_four_digit_years_is_clipped)
{
	char text[DATE_LEN + 1] = "";

	date_format((time_t)INT64_MAX, text);
	ck_assert_str_eq(text, "Fri, 31 Dec 9999 23:59:59 GMT");
	date_format((time_t)INT64_MIN, text);
	ck_assert_str_eq(text, "Mon, 01 Jan 0001 00:00:00 GMT");
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_date_is_parsed_in_each_of_the_three_formats, ROWS(good) },
		{ an_invalid_date_is_refused, ROWS(bad) },
		{ every_prefix_of_a_date_is_refused, ROWS(good) },
		{ a_date_is_formatted_as_strftime_does, 0 },
		{ a_time_outside_four_digit_years_is_clipped, 0 },
	};

	return harness_run("date", tests, ROWS(tests));
}
