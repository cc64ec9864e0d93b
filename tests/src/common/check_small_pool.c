/*
 * Blocks come back for the sizes that they have room for.
 * SPDX-License-Identifier: MIT
 */
#include "common/small_pool.h"

#include <malloc.h>
#include <stdint.h>
#include <string.h>

#include "common/sanitized.h"
#include "support/harness.h"

static const size_t sizes[] = { 1, 24, 40, 41, 100, 500 };

static unsigned
count_free(const struct small_pool *p)
{
	unsigned sum = 0;

	for (size_t i = 0; i < SMALL_SIZES; i++) {
		ck_assert_uint_le(p->nfree[i], SMALL_MOST);
		sum += p->nfree[i];
	}
	return sum;
}

START_TEST(a_block_comes_back_for_what_it_has_room_for)
{
	struct small_pool pool = { 0 };
	char *first = small_pool_get(&pool, sizes[_i]), *then;
	size_t room = malloc_usable_size(first);

	ck_assert_uint_eq((uintptr_t)first % 16, 0);
	memset(first, 1, sizes[_i]);
	small_pool_put(&pool, first);
	ck_assert_uint_eq(count_free(&pool), !IS_SANITIZED);
	then = small_pool_get(&pool, room + 1);
	ck_assert_uint_eq(count_free(&pool), !IS_SANITIZED);
	small_pool_put(&pool, then);
	then = small_pool_get(&pool, room);
	ck_assert(IS_SANITIZED || then == first);
	small_pool_put(&pool, then);
	small_pool_fini(&pool);
	ck_assert_uint_eq(count_free(&pool), 0);
}
END_TEST

START_TEST(so_many_blocks_of_a_size_are_kept_and_no_large_one)
{
	enum { BLOCKS = SMALL_MOST + 10, SIZE = 100 };
	struct small_pool pool = { 0 };
	void *all[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++)
		all[i] = small_pool_get(&pool, SIZE);
	for (size_t i = 0; i < BLOCKS; i++)
		small_pool_put(&pool, all[i]);
	ck_assert_uint_ge(count_free(&pool), IS_SANITIZED ? 0 : SMALL_MOST);
	small_pool_fini(&pool);
	small_pool_put(&pool, NULL);
	small_pool_put(&pool, small_pool_get(&pool, 2 * SMALL_MAX));
	ck_assert_uint_eq(count_free(&pool), 0);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_block_comes_back_for_what_it_has_room_for, ROWS(sizes) },
		{ so_many_blocks_of_a_size_are_kept_and_no_large_one, 0 },
	};

	return harness_run("small_pool", tests, ROWS(tests));
}
