/*
 * SPDX-License-Identifier: MIT
 */
#include "common/edit_distance.h"

#include "support/harness.h"

#define NAME_32 "abcdefghijklmnopqrstuvwxyzabcdef"

// clang-format off
static const struct row {
	const char *a, *b;
	unsigned distance;
} rows[] = {
	{ "", "", 0 },
	{ "", "abc", 3 },
	{ "reload", "reload", 0 },
	{ "RELOAD", "reload", 0 },
	{ "relaod", "reload", 2 },
	{ "relod", "reload", 1 },
	{ "reloadd", "reload", 1 },
	{ "kitten", "sitting", 3 },
	{ "abc", "xyz", 3 },
	{ NAME_32, NAME_32, 0 },
	{ NAME_32 "g", NAME_32, EDIT_DISTANCE_FAR },
};
// clang-format on

START_TEST(distance_counts_edits_in_both_directions)
{
	const struct row *r = &rows[_i];

	ck_assert_uint_eq(edit_distance(r->a, r->b), r->distance);
	ck_assert_uint_eq(edit_distance(r->b, r->a), r->distance);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ distance_counts_edits_in_both_directions, ROWS(rows) },
	};

	return harness_run("edit_distance", tests, ROWS(tests));
}
