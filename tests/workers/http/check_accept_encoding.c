/*
 * Weights of codings, and the coding chosen by them.
 * SPDX-License-Identifier: MIT
 */
#include "http/accept_encoding.h"

#include <check.h>

#include "support/harness.h"

#define ALL     (1u << CODING_GZIP | 1u << CODING_BR | 1u << CODING_ZSTD)
#define ONLY(c) (1u << CODING_##c)
#define WANT(c) CODING_##c

// clang-format off
static const struct {
	const char *value;
	int identity, gzip, br, zstd;
	bool is_good;
} weights[] = {
	{ NULL, 1, 0, 0, 0, true },
	{ "", 1, 0, 0, 0, true },
	{ "gzip", 1, 1000, 0, 0, true },
	{ "x-gzip", 1, 1000, 0, 0, true },
	{ "GZip, BR", 1, 1000, 1000, 0, true },
	{ "gzip, deflate, br, zstd", 1, 1000, 1000, 1000, true },
	{ "gzip;q=0.5, br;q=1.000", 1, 500, 1000, 0, true },
	{ "gzip ; q=0.123,br\t;\tQ=0", 1, 123, 0, 0, true },
	{ ",,gzip,,", 1, 1000, 0, 0, true },
	{ "*", 1000, 1000, 1000, 1000, true },
	{ "*;q=0", 0, 0, 0, 0, true },
	{ "gzip, *;q=0", 0, 1000, 0, 0, true },
	{ "*;q=0.2, gzip;q=0", 200, 0, 200, 200, true },
	{ "identity;q=0", 0, 0, 0, 0, true },
	{ "identity;q=0.5, gzip;q=0.2", 500, 200, 0, 0, true },
	{ "gzip;q=1, gzip;q=0", 1, 0, 0, 0, true },
	{ "gzip;q=0.", 1, 0, 0, 0, true },
	{ "gzip;q=1.", 1, 1000, 0, 0, true },
	{ "gzip;q=1.001, br", 1, 0, 1000, 0, false },
	{ "gzip;q=2, br", 1, 0, 1000, 0, false },
	{ "gzip;q=0.1234", 1, 0, 0, 0, false },
	{ "gzip;q=-1", 1, 0, 0, 0, false },
	{ "gzip;q=.5", 1, 0, 0, 0, false },
	{ "gzip;q=1e0", 1, 0, 0, 0, false },
	{ "gzip;q=", 1, 0, 0, 0, false },
	{ "gzip;q", 1, 0, 0, 0, false },
	{ "gzip;", 1, 0, 0, 0, false },
	{ "gzip;q = 1", 1, 0, 0, 0, false },
	{ "gzip;q=1;x=2", 1, 0, 0, 0, false },
	{ "gzip;level=9", 1, 0, 0, 0, false },
	{ ";q=1, gzip", 1, 1000, 0, 0, false },
	{ "gzip br", 1, 0, 0, 0, false },
	{ "\"gzip, br\", zstd", 1, 0, 0, 1000, false },
	{ "gzipped, brr", 1, 0, 0, 0, true },
};

static const struct {
	const char *value;
	unsigned available;
	enum coding want;
} choices[] = {
	{ NULL, ALL, WANT(IDENTITY) },
	{ "gzip, deflate, br, zstd", ALL, WANT(ZSTD) },
	{ "gzip, deflate, br", ALL, WANT(BR) },
	{ "gzip, deflate", ALL, WANT(GZIP) },
	{ "deflate", ALL, WANT(IDENTITY) },
	{ "gzip, br, zstd", ONLY(GZIP), WANT(GZIP) },
	{ "br", ONLY(GZIP), WANT(IDENTITY) },
	{ "gzip", 0, WANT(IDENTITY) },
	{ "gzip;q=1, br;q=0.5", ALL, WANT(GZIP) },
	{ "gzip;q=0.001", ALL, WANT(GZIP) },
	{ "gzip;q=0", ALL, WANT(IDENTITY) },
	{ "*", ALL, WANT(ZSTD) },
	{ "*", ONLY(BR), WANT(BR) },
	{ "*;q=0", ALL, WANT(IDENTITY) },
	{ "zstd;q=0, *", ALL, WANT(BR) },
	{ "identity, gzip;q=0.5", ALL, WANT(IDENTITY) },
	{ "identity;q=0.5, gzip;q=0.5", ALL, WANT(GZIP) },
	{ "identity;q=0, br", ONLY(GZIP), WANT(IDENTITY) },
};
// clang-format on

static struct span
optional(const char *text)
{
	return text != NULL ? span_of(text) : (struct span){ NULL, 0 };
}

START_TEST(each_coding_gets_the_weight_that_the_field_gives_it)
{
	struct codings c;

	ck_assert(accept_encoding_parse(optional(weights[_i].value), &c) ==
		  weights[_i].is_good);
	ck_assert_int_eq(c.q[CODING_IDENTITY], weights[_i].identity);
	ck_assert_int_eq(c.q[CODING_GZIP], weights[_i].gzip);
	ck_assert_int_eq(c.q[CODING_BR], weights[_i].br);
	ck_assert_int_eq(c.q[CODING_ZSTD], weights[_i].zstd);
}
END_TEST

START_TEST(the_available_coding_of_highest_weight_is_chosen)
{
	struct codings c;

	accept_encoding_parse(optional(choices[_i].value), &c);
	ck_assert_int_eq(accept_encoding_choose(&c, choices[_i].available),
		choices[_i].want);
}
END_TEST

START_TEST(the_memo_recalls_what_was_parsed)
{
	static const char *const values[] = { "gzip", "gzip", "br", "gzip, br",
		"zstd",
		("zstd, br, gzip;q=0.123, identity;q=0.001, *;q=0.0001 "
		 "and so on"),
		"gzip" };
	struct codings_memo memo = { 0 };
	struct codings parsed;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		accept_encoding_parse(span_of(values[i]), &parsed);
		ck_assert_mem_eq(
			accept_encoding_recall(&memo, span_of(values[i])),
			&parsed, sizeof(parsed));
	}
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_coding_gets_the_weight_that_the_field_gives_it,
			ROWS(weights) },
		{ the_available_coding_of_highest_weight_is_chosen,
			ROWS(choices) },
		{ the_memo_recalls_what_was_parsed, 0 },
	};

	return harness_run("accept_encoding", tests, ROWS(tests));
}
