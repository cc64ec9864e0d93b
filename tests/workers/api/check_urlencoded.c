/*
 * Queries and forms, as browsers encode them and malformed.
 * SPDX-License-Identifier: MIT
 */
#include "api/urlencoded.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/harness.h"

/* want: "[name|value]" for each pair, decoded; a NUL never occurs. */
// clang-format off
static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "&", "" },
	{ "&&&", "" },
	{ "a=1", "[a|1]" },
	{ "a=1&b=2", "[a|1][b|2]" },
	{ "&a=1&&b=2&", "[a|1][b|2]" },
	{ "a", "[a|]" },
	{ "a=", "[a|]" },
	{ "=", "[|]" },
	{ "=1", "[|1]" },
	{ "a=b=c", "[a|b=c]" },
	{ "a=1&a=2&a=1", "[a|1][a|2][a|1]" },
	{ "a;b=1", "[a;b|1]" },
	{ "a+b=c+d", "[a b|c d]" },
	{ "a%20b=%2B%26%3D", "[a b|+&=]" },
	{ "a=%2520", "[a|%20]" },
	{ "caf%C3%A9=%e2%82%ac", "[caf\xc3\xa9|\xe2\x82\xac]" },
	/* broken escapes stay */
	{ "a=%", "[a|%]" },
	{ "a=%4", "[a|%4]" },
	{ "a=%4&b=1", "[a|%4][b|1]" },
	{ "a=%zz", "[a|%zz]" },
	{ "a=%4g", "[a|%4g]" },
	{ "a=%%41", "[a|%A]" },
	{ "a=100%", "[a|100%]" },
	{ "a=%u0041", "[a|%u0041]" },
	/* and so does a NUL */
	{ "a=x%00y", "[a|x%00y]" },
	{ "%00=1", "[%00|1]" },
};
// clang-format on

static char *
read_all(struct span text)
{
	struct span name, value;
	char *out = calloc(1, 4096), *to = out, decoded[256];

	ck_assert_ptr_nonnull(out);
	while (urlencoded_next(&text, &name, &value)) {
		to += sprintf(to, "[%.*s|",
			(int)urlencoded_decode(name, decoded), decoded);
		to += sprintf(to, "%.*s]",
			(int)urlencoded_decode(value, decoded), decoded);
	}
	return out;
}

START_TEST(pairs_are_parsed_as_the_url_standard_says)
{
	char *got = read_all(span_of(rows[_i].text));

	ck_assert_str_eq(got, rows[_i].want);
	free(got);
}
END_TEST

START_TEST(a_name_is_found_in_any_encoding)
{
	static const struct {
		const char *raw, *text;
		bool is;
	} names[] = {
		{ "a", "a", true },
		{ "%61", "a", true },
		{ "a+b", "a b", true },
		{ "a%20b", "a b", true },
		{ "a", "ab", false },
		{ "ab", "a", false },
		{ "A", "a", false },
		{ "", "", true },
		{ "", "a", false },
		{ "%6", "%6", true },
		{ "%00", "", false },
	};

	for (size_t i = 0; i < ROWS(names); i++)
		ck_assert_msg(urlencoded_is(span_of(names[i].raw),
				      span_of(names[i].text)) == names[i].is,
			"%s, %s", names[i].raw, names[i].text);
}
END_TEST

START_TEST(the_nth_value_of_a_name_is_found)
{
	struct span pairs = SPAN("a=1&b=2&%61=3&c&a");

	ck_assert(span_is(urlencoded_find(pairs, SPAN("a"), 0), SPAN("1")));
	ck_assert(span_is(urlencoded_find(pairs, SPAN("a"), 1), SPAN("3")));
	ck_assert(span_is(urlencoded_find(pairs, SPAN("a"), 2), SPAN("")));
	ck_assert_ptr_null(urlencoded_find(pairs, SPAN("a"), 3).at);
	ck_assert_ptr_nonnull(urlencoded_find(pairs, SPAN("c"), 0).at);
	ck_assert_ptr_null(urlencoded_find(pairs, SPAN("d"), 0).at);
	ck_assert_ptr_null(urlencoded_find(SPAN(""), SPAN(""), 0).at);
}
END_TEST

START_TEST(decoding_works_in_place)
{
	char text[] = "a%20b+c%2";
	size_t len = urlencoded_decode(span_of(text), text);

	ck_assert_uint_eq(len, 7);
	ck_assert_mem_eq(text, "a b c%2", 7);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ pairs_are_parsed_as_the_url_standard_says, ROWS(rows) },
		{ a_name_is_found_in_any_encoding, 0 },
		{ the_nth_value_of_a_name_is_found, 0 },
		{ decoding_works_in_place, 0 },
	};

	return harness_run("urlencoded", tests, ROWS(tests));
}
