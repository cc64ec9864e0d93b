/*
 * SPDX-License-Identifier: MIT
 */
#include "common/arena.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "support/harness.h"

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

START_TEST(allocations_do_not_overlap)
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

START_TEST(init_allocates_no_memory)
{
	struct arena a;

	arena_init(&a, BLOCK, 0);
	ck_assert_ptr_null(a.first);
	arena_reset(&a);
	ck_assert_ptr_null(a.first);
	arena_fini(&a);
}
END_TEST

START_TEST(blocks_beyond_the_first_come_from_the_pool)
{
	enum { SHARED = 4 * BLOCK };
	struct arena_pool pool;
	struct arena a, b;
	void *shared;

	arena_pool_init(&pool, SHARED, 1);
	arena_init_pooled(&a, BLOCK, &pool);
	arena_init_pooled(&b, BLOCK, &pool);
	arena_alloc(&a, BLOCK);
	ck_assert_uint_eq(a.total, BLOCK);
	shared = arena_alloc(&a, 1);
	ck_assert_uint_eq(a.total, BLOCK + SHARED);
	arena_reset(&a);
	ck_assert_uint_eq(a.total, BLOCK);
	ck_assert_uint_eq(pool.nfree, 1);
	/* The first allocation is too large for a first block. */
	ck_assert_ptr_eq(arena_alloc(&b, BLOCK + 1), shared);
	ck_assert_uint_eq(pool.nfree, 0);
	arena_alloc(&a, SHARED);
	arena_fini(&a);
	arena_fini(&b);
	ck_assert_uint_eq(pool.nfree, 1);
	arena_pool_fini(&pool);
	ck_assert_uint_eq(pool.nfree, 0);
}
END_TEST

START_TEST(reset_keeps_the_first_block)
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

START_TEST(trimmed_memory_is_allocated_again)
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

START_TEST(allocation_past_the_limit_fails)
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

START_TEST(allocation_larger_than_a_block_succeeds)
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

START_TEST(reset_frees_a_first_block_of_larger_size)
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

START_TEST(overflowing_size_fails)
{
	struct arena a;

	arena_init(&a, BLOCK, 10 * BLOCK);
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX));
	ck_assert_ptr_null(arena_calloc(&a, SIZE_MAX / 2, 3));
	arena_fini(&a);
}
END_TEST

START_TEST(calloc_clears_reused_memory)
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

START_TEST(copied_and_printed_texts_are_terminated)
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
	const struct harness_test tests[] = {
		{ memory_is_aligned_for_any_type, 0 },
		{ allocations_do_not_overlap, 0 },
		{ init_allocates_no_memory, 0 },
		{ blocks_beyond_the_first_come_from_the_pool, 0 },
		{ reset_keeps_the_first_block, 0 },
		{ trimmed_memory_is_allocated_again, 0 },
		{ allocation_past_the_limit_fails, 0 },
		{ allocation_larger_than_a_block_succeeds, 0 },
		{ reset_frees_a_first_block_of_larger_size, 0 },
		{ overflowing_size_fails, 0 },
		{ calloc_clears_reused_memory, 0 },
		{ copied_and_printed_texts_are_terminated, 0 },
	};

	return harness_run("arena", tests, ROWS(tests));
}
