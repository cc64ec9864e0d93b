/*
 * What is counted for a site.
 * SPDX-License-Identifier: MIT
 */
#include "common/site_counters.h"

#include <check.h>
#include <string.h>

#include "support/harness.h"

static struct site_counters c;

static void
setup(void)
{
	memset(&c, 0, sizeof(c));
}

static uint64_t
count_of(const struct site_counters *from, unsigned method, unsigned status)
{
	unsigned m, s;
	uint64_t n, sum = 0;
	size_t i = 0;

	while (site_counters_next(from, &i, &m, &s, &n))
		sum += m == method && s == status ? n : 0;
	return sum;
}

START_TEST(responses_are_told_apart_by_method_and_status)
{
	static const unsigned statuses[] = { 101, 200, 206, 304, 404, 599 };

	for (unsigned m = 0; m < 10; m++)
		for (unsigned s = 0; s < 6; s++)
			for (unsigned n = 0; n <= m + s; n++)
				site_counters_count(&c, m, statuses[s]);
	for (unsigned m = 0; m < 10; m++)
		for (unsigned s = 0; s < 6; s++)
			ck_assert_uint_eq(
				count_of(&c, m, statuses[s]), m + s + 1);
	ck_assert_uint_eq(c.other_responses, 0);
}
END_TEST

START_TEST(a_full_table_loses_no_response)
{
	for (unsigned s = 200; s < 200 + 2 * SITE_RESPONSES; s++)
		site_counters_count(&c, 1, s);
	ck_assert_uint_eq(site_counters_requests(&c), 2 * SITE_RESPONSES);
	ck_assert_uint_eq(c.other_responses, SITE_RESPONSES);
	ck_assert_uint_eq(count_of(&c, 1, 200), 1);
}
END_TEST

static const struct {
	uint64_t ns;
	size_t bucket;
} durations[] = {
	{ 0, 0 },
	{ 1000000, 0 },
	{ 1000001, 1 },
	{ 2500000, 1 },
	{ 10000000, 3 },
	{ 10000000000, SITE_BUCKETS - 1 },
	{ 10000000001, SITE_BUCKETS },
	{ UINT64_MAX / 3, SITE_BUCKETS },
};

START_TEST(a_duration_is_in_the_first_bucket_that_holds_it)
{
	site_counters_observe(&c, durations[_i].ns, 3);
	for (size_t i = 0; i <= SITE_BUCKETS; i++)
		ck_assert_uint_eq(
			c.duration[i], i == durations[_i].bucket ? 3 : 0);
	ck_assert_uint_eq(c.duration_ns, 3 * durations[_i].ns);
}
END_TEST

static void
fill(struct site_counters *to, unsigned seed)
{
	for (unsigned i = 0; i < 100; i++) {
		site_counters_count(to, i * seed % 10, 200 + i * seed % 7);
		site_counters_observe(to, i * seed * 1000000ull, 1);
	}
	to->bytes_in += seed;
	to->bytes_out += 3 * seed;
}

START_TEST(a_sum_less_one_part_is_the_other)
{
	static struct site_counters a, b;

	fill(&a, 3);
	fill(&b, 5);
	site_counters_add(&c, &a);
	site_counters_add(&c, &b);
	ck_assert_uint_eq(site_counters_requests(&c), 200);
	site_counters_subtract(&c, &a);
	for (unsigned m = 0; m < 10; m++)
		for (unsigned s = 200; s < 207; s++)
			ck_assert_uint_eq(
				count_of(&c, m, s), count_of(&b, m, s));
	ck_assert_mem_eq(c.duration, b.duration, sizeof(c.duration));
	ck_assert_uint_eq(c.duration_ns, b.duration_ns);
	ck_assert_uint_eq(c.bytes_in, b.bytes_in);
	ck_assert_uint_eq(c.bytes_out, b.bytes_out);
}
END_TEST

/* Two tables may hold the same keys in another order, or too many together. */
START_TEST(a_sum_of_many_tables_loses_no_response)
{
	static struct site_counters part;
	uint64_t expected = 0;

	for (unsigned n = 0; n < 8; n++) {
		memset(&part, 0, sizeof(part));
		for (unsigned s = 0; s < SITE_RESPONSES; s++)
			site_counters_count(&part, n, 599 - s * (n + 1) % 400);
		site_counters_add(&c, &part);
		expected += SITE_RESPONSES;
		ck_assert_uint_eq(site_counters_requests(&c), expected);
	}
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup };
	const struct harness_test tests[] = {
		{ responses_are_told_apart_by_method_and_status, 0 },
		{ a_full_table_loses_no_response, 0 },
		{ a_duration_is_in_the_first_bucket_that_holds_it,
			ROWS(durations) },
		{ a_sum_less_one_part_is_the_other, 0 },
		{ a_sum_of_many_tables_loses_no_response, 0 },
	};

	return harness_run_with(&fixture, "site_counters", tests, ROWS(tests));
}
