/*
 * The ring of log.recent: its reader gets whole lines, whatever its writer did.
 * SPDX-License-Identifier: MIT
 */
#include "common/recent_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

enum { SIZE = 64 };

static struct recent recent;
static char copy[SIZE];

static void
set_up(void)
{
	recent.size = SIZE;
	recent.ring = calloc(1, sizeof(*recent.ring) + SIZE);
	ck_assert_ptr_nonnull(recent.ring);
}

static void
put(const char *line)
{
	recent_put(&recent, line, strlen(line));
}

static void
assert_copy(const char *expected)
{
	size_t len = recent_copy(&recent, copy);

	ck_assert_msg(
		len == strlen(expected) && memcmp(copy, expected, len) == 0,
		"\"%.*s\" is not \"%s\"", (int)len, copy, expected);
}

START_TEST(lines_are_copied_the_oldest_first)
{
	set_up();
	assert_copy("");
	put("one\n");
	put("two\n");
	assert_copy("one\ntwo\n");
	free(recent.ring);
}
END_TEST

START_TEST(the_oldest_lines_make_room)
{
	char line[16], last[3][16];

	set_up();
	/* 22 bytes: two of three lines are whole in the ring. */
	for (int i = 0; i < 40 + _i; i++) {
		snprintf(line, sizeof(line), "%012d\n", i);
		put(line);
		memmove(last[0], last[1], sizeof(last) - sizeof(last[0]));
		memcpy(last[2], line, sizeof(line));
	}
	ck_assert_uint_ge(recent_copy(&recent, copy), 3 * 13);
	ck_assert_uint_eq(recent_copy(&recent, copy) % 13, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_mem_eq(copy + recent_copy(&recent, copy) -
					 (size_t)(3 - i) * 13,
			last[i], 13);
	free(recent.ring);
}
END_TEST

START_TEST(a_line_larger_than_the_ring_is_dropped)
{
	char line[SIZE + 2];

	set_up();
	memset(line, 'x', sizeof(line));
	line[SIZE] = '\n';
	recent_put(&recent, line, SIZE + 1);
	assert_copy("");
	put("one\n");
	assert_copy("one\n");
	free(recent.ring);
}
END_TEST

START_TEST(lines_that_are_being_overwritten_are_left_out)
{
	set_up();
	for (int i = 0; i < 4; i++)
		put("fifteen bytes.\n");
	/* The writer has begun 16 more than the four bytes that are free. */
	recent.ring->begun += 20;
	assert_copy("fifteen bytes.\nfifteen bytes.\n");
	recent.ring->begun += SIZE;
	assert_copy("");
	free(recent.ring);
}
END_TEST

/* A worker that was taken over may write anything. */
static const struct {
	uint64_t begun, ended;
} wild[] = { { 0, UINT64_MAX }, { UINT64_MAX, UINT64_MAX }, { UINT64_MAX, 0 },
	{ 0, SIZE }, { SIZE, SIZE }, { 1, 2 }, { SIZE + 1, SIZE },
	{ UINT64_C(1) << 63, 5 } };

START_TEST(any_numbers_are_harmless)
{
	size_t len;

	set_up();
	memset(recent.ring->bytes, _i % 2 == 0 ? '\n' : 'x', SIZE);
	recent.ring->begun = wild[_i].begun;
	recent.ring->ended = wild[_i].ended;
	len = recent_copy(&recent, copy);
	ck_assert_uint_le(len, SIZE);
	ck_assert(len == 0 || copy[len - 1] == '\n');
	free(recent.ring);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ lines_are_copied_the_oldest_first, 1 },
		{ the_oldest_lines_make_room, 32 },
		{ a_line_larger_than_the_ring_is_dropped, 1 },
		{ lines_that_are_being_overwritten_are_left_out, 1 },
		{ any_numbers_are_harmless, ROWS(wild) },
	};

	return harness_run("recent_ring", tests, ROWS(tests));
}
