/*
 * Tags that change with the file, and dates that can be believed.
 * SPDX-License-Identifier: MIT
 */
#include "file/file_validators.h"

#include <string.h>

#include "file/file.h"
#include "support/harness.h"

enum { T = 1700000000 }; /* a commit's date */

static const struct file_identity file = {
	.dev = 1,
	.ino = 2,
	.size = 300000,
	.modified = { T, 5 },
	.changed = { T + 9, 6 },
};

/* What replaces the file: each differs in one member. */
static const struct file_identity others[] = {
	{ 9, 2, 300000, { T, 5 }, { T + 9, 6 } },
	{ 1, 9, 300000, { T, 5 }, { T + 9, 6 } },
	{ 1, 2, 300001, { T, 5 }, { T + 9, 6 } },
	{ 1, 2, 300000, { T + 1, 5 }, { T + 9, 6 } },
	{ 1, 2, 300000, { T, 6 }, { T + 9, 6 } },
	{ 1, 2, 300000, { T, 5 }, { T + 8, 6 } },
	{ 1, 2, 300000, { T, 5 }, { T + 9, 7 } },
};

START_TEST(a_tag_of_the_attributes_is_weak_and_changes_with_each_of_them)
{
	char tag[FILE_TAG_SIZE], other[FILE_TAG_SIZE];

	file_tag_identity(&file, CODING_IDENTITY, tag);
	ck_assert_int_eq(strncmp(tag, "W/\"", 3), 0);
	file_tag_identity(&file, CODING_IDENTITY, other);
	ck_assert_str_eq(tag, other);
	file_tag_identity(&others[_i], CODING_IDENTITY, other);
	ck_assert_str_ne(tag, other);
}
END_TEST

START_TEST(each_coding_has_a_tag_of_its_own)
{
	char tags[2 * CODING_COUNT][FILE_TAG_SIZE];

	for (int i = 0; i < CODING_COUNT; i++) {
		file_tag_identity(&file, (enum coding)i, tags[2 * i]);
		file_tag_content("abc", 3, (enum coding)i, tags[2 * i + 1]);
	}
	for (int i = 0; i < 2 * CODING_COUNT; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(tags[i], tags[k]);
}
END_TEST

// clang-format off
static const struct {
	time_t modified, changed, started;
	bool is_reliable;
} dates[] = {
	/* written, or written and renamed */
	{ T, T, T - 100, true }, { T, T + 2, T - 100, true },
	/* put in place with an older date: before the start, and after it */
	{ T, T + 90, T + 100, true }, { T, T + 100, T + 100, true },
	{ T, T + 101, T + 100, false }, { T, T + 3, T - 100, false },
	{ T, T + 101, 0, true },
	/* dates of reproducible builds: the epoch, zip, npm, Bazel */
	{ 0, T, T + 100, false }, { 1, T, T + 100, false },
	{ 315532800, T, T + 100, false }, { 499162500, T, T + 100, false },
	{ 946684800, T, T + 100, false },
	{ 946684800 - 5 * 3600, T, T + 100, false },
	{ 946684800 + 1, T, T + 100, true },
	/* the future */
	{ T + 1001, T, T + 100, false },
};
// clang-format on

START_TEST(a_date_is_reliable_unless_a_predecessor_may_have_had_it)
{
	const struct timespec started = { dates[_i].started,
		file.changed.tv_nsec };
	struct file_identity id = file;

	id.modified.tv_sec = dates[_i].modified;
	id.changed.tv_sec = dates[_i].changed;
	ck_assert_int_eq(file_date_is_reliable(&id, &started, T + 1000),
		dates[_i].is_reliable);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_tag_of_the_attributes_is_weak_and_changes_with_each_of_them,
			ROWS(others) },
		{ each_coding_has_a_tag_of_its_own, 0 },
		{ a_date_is_reliable_unless_a_predecessor_may_have_had_it,
			ROWS(dates) },
	};

	return harness_run("file_validators", tests, ROWS(tests));
}
