/*
 * Tables below, at and above the size of a huge page.
 * SPDX-License-Identifier: MIT
 */
#include "file/huge_table.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "support/harness.h"

enum { HUGE_PAGE = 2 * 1024 * 1024, PAGE = 4096 };

static const size_t sizes[] = { PAGE, HUGE_PAGE - PAGE, HUGE_PAGE,
	HUGE_PAGE + PAGE, 3 * HUGE_PAGE };

static bool
is_filled(const char *table, size_t size, char with)
{
	for (size_t i = 0; i < size; i++)
		if (table[i] != with)
			return false;
	return true;
}

START_TEST(a_table_is_zeroed_and_keeps_what_is_in_it)
{
	size_t size = sizes[_i];
	char *table = huge_table_new(size);

	ck_assert(is_filled(table, size, 0));
	memset(table, 'x', size);
	huge_table_collapse(table, size);
	ck_assert(is_filled(table, size, 'x'));
	huge_table_free(table, size);
}
END_TEST

START_TEST(a_table_begins_with_a_huge_page_if_it_fills_one)
{
	size_t size = sizes[_i];
	char *table = huge_table_new(size);

	if (size >= HUGE_PAGE)
		ck_assert_uint_eq((uintptr_t)table % HUGE_PAGE, 0);
	huge_table_free(table, size);
}
END_TEST

/* mincore(2) fails with ENOMEM where nothing is mapped. */
START_TEST(nothing_stays_mapped)
{
	size_t size = sizes[_i];
	char *table = huge_table_new(size);
	unsigned char resident;

	ck_assert_int_eq(mincore(table, 1, &resident), 0);
	ck_assert_int_eq(mincore(table + size - PAGE, 1, &resident), 0);
	huge_table_free(table, size);
	ck_assert_int_eq(mincore(table, 1, &resident), -1);
	ck_assert_int_eq(mincore(table + size - PAGE, 1, &resident), -1);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_table_is_zeroed_and_keeps_what_is_in_it, ROWS(sizes) },
		{ a_table_begins_with_a_huge_page_if_it_fills_one,
			ROWS(sizes) },
		{ nothing_stays_mapped, ROWS(sizes) },
	};

	return harness_run("huge_table", tests, ROWS(tests));
}
