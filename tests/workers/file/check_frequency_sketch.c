/*
 * How exact the estimates are. The keys are fixed, so that each run counts the
 * same.
 * SPDX-License-Identifier: MIT
 */
#include "file/frequency_sketch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/hash.h"
#include "support/harness.h"

static uint64_t
hash_of(unsigned key)
{
	return hash_bytes(&key, sizeof(key), 42);
}

static void
init_sketch(struct frequency_sketch *s, size_t window)
{
	size_t size = frequency_sketch_size(window);
	void *blocks = aligned_alloc(64, size);

	ck_assert_ptr_nonnull(blocks);
	memset(blocks, 0, size);
	frequency_sketch_init(s, window, blocks);
}

static const struct {
	size_t window;
	unsigned nkeys, most; /* that are taken for known ones, of nkeys */
} scans[] = {
	{ 2048, 100, 0 },
	{ 2048, 1000000, 10000 },
	{ 131072, 131072, 1310 },
	{ 131072, 1000000, 10000 },
};

START_TEST(a_scan_is_not_taken_for_known_keys)
{
	struct frequency_sketch s;
	unsigned nknown = 0;

	init_sketch(&s, scans[_i].window);
	for (unsigned key = 0; key < scans[_i].nkeys; key++)
		nknown += frequency_sketch_add(&s, hash_of(key)) > 1;
	ck_assert_uint_le(nknown, scans[_i].most);
	free(s.blocks);
}
END_TEST

START_TEST(a_key_is_counted_up_to_a_limit)
{
	struct frequency_sketch s;

	init_sketch(&s, 2048);
	for (unsigned i = 1; i <= 2 * FREQUENCY_MAX; i++)
		ck_assert_uint_eq(frequency_sketch_add(&s, hash_of(7)),
			i < FREQUENCY_MAX ? i : FREQUENCY_MAX);
	free(s.blocks);
}
END_TEST

START_TEST(earlier_requests_count_for_their_key_only)
{
	struct frequency_sketch s;

	init_sketch(&s, 2048);
	ck_assert_uint_eq(frequency_sketch_raise(&s, hash_of(7), 0), 0);
	ck_assert_uint_eq(frequency_sketch_raise(&s, hash_of(7), 4), 4);
	ck_assert_uint_eq(frequency_sketch_add(&s, hash_of(7)), 5);
	ck_assert_uint_eq(frequency_sketch_raise(&s, hash_of(7), 0), 5);
	ck_assert_uint_eq(frequency_sketch_raise(&s, hash_of(8), 0), 0);
	ck_assert_uint_eq(
		frequency_sketch_raise(&s, hash_of(7), 99), FREQUENCY_MAX);
	ck_assert_uint_eq(s.nadded, 1);
	free(s.blocks);
}
END_TEST

/* A key comes back after as many others as the window is long: what was asked
 * for once is forgotten, what was asked for often is not. */
static const struct {
	unsigned before, after;
} returns[] = { { 1, 1 }, { 2, 2 }, { 4, 3 }, { 8, 5 }, { 15, 8 } };

START_TEST(a_count_is_halved_after_a_window)
{
	struct frequency_sketch s;
	unsigned count;

	init_sketch(&s, 2048);
	for (unsigned i = 0; i < returns[_i].before; i++)
		frequency_sketch_add(&s, hash_of(0));
	for (unsigned key = 1; key <= 2048; key++)
		frequency_sketch_add(&s, hash_of(key));
	count = frequency_sketch_add(&s, hash_of(0));
	ck_assert_uint_eq(count, returns[_i].after);
	free(s.blocks);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_scan_is_not_taken_for_known_keys, ROWS(scans) },
		{ a_key_is_counted_up_to_a_limit, 0 },
		{ earlier_requests_count_for_their_key_only, 0 },
		{ a_count_is_halved_after_a_window, ROWS(returns) },
	};

	return harness_run("frequency_sketch", tests, ROWS(tests));
}
