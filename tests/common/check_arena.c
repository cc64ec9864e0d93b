/*
 * SPDX-License-Identifier: MIT
 */
#include "common/arena.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLOCK = 256 };

START_TEST(memory_is_aligned_for_any_type)
{
	struct arena a;

	arena_init(&a, BLOCK, 0);
	for (size_t size = 1; size < 40; size++)
		ck_assert_uint_eq((uintptr_t)arena_alloc(&a, size) %
					  _Alignof(max_align_t),
			0);
	arena_fini(&a);
}
END_TEST

START_TEST(pieces_do_not_overlap)
{
	struct arena a;
	unsigned char *p[100];

	arena_init(&a, BLOCK, 0);
	for (int i = 0; i < 100; i++) {
		p[i] = arena_alloc(&a, 17);
		memset(p[i], i, 17);
	}
	for (int i = 0; i < 100; i++)
		for (int j = 0; j < 17; j++)
			ck_assert_int_eq(p[i][j], i);
	arena_fini(&a);
}
END_TEST

START_TEST(nothing_is_taken_before_the_first_alloc)
{
	struct arena a;

	arena_init(&a, BLOCK, 0);
	ck_assert_ptr_null(a.first);
	arena_reset(&a);
	ck_assert_ptr_null(a.first);
	arena_fini(&a);
}
END_TEST

START_TEST(reset_gives_the_first_block_back)
{
	struct arena a;
	void *first;

	arena_init(&a, BLOCK, 0);
	first = arena_alloc(&a, 10);
	for (int i = 0; i < 10; i++)
		arena_alloc(&a, BLOCK);
	arena_reset(&a);
	ck_assert_uint_eq(a.total, BLOCK);
	ck_assert_ptr_eq(arena_alloc(&a, 10), first);
	ck_assert_uint_eq(a.total, BLOCK);
	arena_fini(&a);
}
END_TEST

START_TEST(what_is_trimmed_is_given_again)
{
	struct arena a;
	char *p, *q;

	arena_init(&a, 1024, 0);
	p = arena_alloc(&a, 512);
	arena_trim(&a, p + 17);
	q = arena_alloc(&a, 1);
	ck_assert_ptr_eq(q, p + 32);
	arena_trim(&a, q);
	ck_assert_ptr_eq(arena_alloc(&a, 1), q);
	arena_fini(&a);
}
END_TEST

START_TEST(an_alloc_past_the_limit_is_refused)
{
	struct arena a;

	arena_init(&a, BLOCK, 2 * BLOCK);
	ck_assert_ptr_nonnull(arena_alloc(&a, BLOCK));
	ck_assert_ptr_nonnull(arena_alloc(&a, BLOCK));
	ck_assert_ptr_null(arena_alloc(&a, 1));
	ck_assert_ptr_null(arena_strdup(&a, "x"));
	ck_assert_ptr_null(arena_printf(&a, "%d", 1).at);
	arena_reset(&a);
	ck_assert_ptr_null(arena_alloc(&a, 2 * BLOCK));
	ck_assert_ptr_nonnull(arena_alloc(&a, BLOCK));
	arena_fini(&a);
}
END_TEST

START_TEST(a_piece_larger_than_a_block_fits)
{
	struct arena a;
	char *p;

	arena_init(&a, BLOCK, 0);
	p = arena_alloc(&a, 10 * BLOCK);
	memset(p, 'x', 10 * BLOCK);
	ck_assert_uint_ge(a.total, 10 * BLOCK);
	arena_fini(&a);
}
END_TEST

START_TEST(reset_does_not_keep_a_piece_larger_than_a_block)
{
	struct arena a;

	arena_init(&a, BLOCK, 0);
	ck_assert_ptr_nonnull(arena_alloc(&a, 10 * BLOCK));
	arena_reset(&a);
	ck_assert_uint_eq(a.total, 0);
	ck_assert_ptr_nonnull(arena_alloc(&a, 1));
	ck_assert_uint_eq(a.total, BLOCK);
	arena_fini(&a);
}
END_TEST

START_TEST(a_size_that_overflows_is_refused)
{
	struct arena a;

	arena_init(&a, BLOCK, 10 * BLOCK);
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX));
	ck_assert_ptr_null(arena_calloc(&a, SIZE_MAX / 2, 3));
	arena_fini(&a);
}
END_TEST

START_TEST(calloc_clears_memory_that_was_used_before)
{
	static const char zeros[64];
	struct arena a;

	arena_init(&a, BLOCK, 0);
	memset(arena_alloc(&a, 64), 0xff, 64);
	arena_reset(&a);
	ck_assert_mem_eq(arena_calloc(&a, 8, 8), zeros, 64);
	arena_fini(&a);
}
END_TEST

START_TEST(copies_and_prints_end_with_a_terminator)
{
	struct arena a;
	struct span s;

	arena_init(&a, 16, 0);
	ck_assert_str_eq(arena_strndup(&a, "abcdef", 3), "abc");
	ck_assert_str_eq(arena_strdup(&a, "a longer text than 16"),
		"a longer text than 16");
	s = arena_printf(&a, "%s-%d", "abc", 42);
	ck_assert_uint_eq(s.len, 6);
	ck_assert_str_eq(s.at, "abc-42");
	arena_fini(&a);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("arena");
	Suite *s = suite_create("arena");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, memory_is_aligned_for_any_type);
	tcase_add_test(t, pieces_do_not_overlap);
	tcase_add_test(t, nothing_is_taken_before_the_first_alloc);
	tcase_add_test(t, reset_gives_the_first_block_back);
	tcase_add_test(t, what_is_trimmed_is_given_again);
	tcase_add_test(t, an_alloc_past_the_limit_is_refused);
	tcase_add_test(t, a_piece_larger_than_a_block_fits);
	tcase_add_test(t, reset_does_not_keep_a_piece_larger_than_a_block);
	tcase_add_test(t, a_size_that_overflows_is_refused);
	tcase_add_test(t, calloc_clears_memory_that_was_used_before);
	tcase_add_test(t, copies_and_prints_end_with_a_terminator);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
