/*
 * A table gives what it has, and takes it back after the turn.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_table.h"

#include <stdlib.h>

#include "conn/conn.h"
#include "support/harness.h"

enum { SIZE = 3 };

static struct conn_table table;

START_TEST(a_table_is_full_when_all_are_taken)
{
	struct conn *taken[SIZE];

	ck_assert_int_eq(conn_table_init(&table, SIZE, 0), 0);
	for (int i = 0; i < SIZE; i++) {
		taken[i] = conn_table_take(&table, false);
		ck_assert_ptr_nonnull(taken[i]);
		for (int j = 0; j < i; j++)
			ck_assert_ptr_ne(taken[i], taken[j]);
	}
	ck_assert_uint_eq(table.count, SIZE);
	ck_assert_ptr_null(conn_table_take(&table, false));
	conn_table_fini(&table);
}
END_TEST

START_TEST(what_was_given_back_is_used_after_the_turn)
{
	struct conn *c, *other;

	ck_assert_int_eq(conn_table_init(&table, 2, 0), 0);
	c = conn_table_take(&table, false);
	other = conn_table_take(&table, false);
	conn_table_give(&table, c);
	ck_assert_uint_eq(table.count, 2);
	ck_assert_ptr_null(conn_table_take(&table, false));
	conn_table_sweep(&table);
	ck_assert_uint_eq(table.count, 1);
	ck_assert_ptr_eq(conn_table_take(&table, false), c);
	ck_assert_ptr_ne(c, other);
	conn_table_sweep(&table);
	ck_assert_uint_eq(table.count, 2);
	conn_table_fini(&table);
}
END_TEST

START_TEST(the_last_one_given_back_is_the_first_one_taken)
{
	struct conn *a, *b;

	ck_assert_int_eq(conn_table_init(&table, SIZE, 0), 0);
	a = conn_table_take(&table, false);
	b = conn_table_take(&table, false);
	conn_table_give(&table, a);
	conn_table_sweep(&table);
	conn_table_give(&table, b);
	conn_table_sweep(&table);
	ck_assert_ptr_eq(conn_table_take(&table, false), b);
	ck_assert_ptr_eq(conn_table_take(&table, false), a);
	conn_table_fini(&table);
}
END_TEST

START_TEST(a_large_table_takes_no_memory_until_it_is_used)
{
	/* More than this machine has: only addresses. */
	ck_assert_int_eq(conn_table_init(&table, (size_t)1 << 28, 0), 0);
	ck_assert_ptr_nonnull(conn_table_take(&table, false));
	conn_table_fini(&table);
}
END_TEST

START_TEST(an_idle_connection_is_three_cache_lines)
{
	ck_assert_uint_eq(sizeof(struct conn), 192);
}
END_TEST

/* Memory is taken back only in the sweep. */
static void
give_back(struct conn *c, bool is_admin)
{
	c->is_admin = is_admin;
	conn_table_give(&table, c);
	conn_table_sweep(&table);
}

START_TEST(connections_of_sites_leave_the_reserve)
{
	struct conn *site[2], *admin[2];

	ck_assert_int_eq(conn_table_init(&table, 2, 2), 0);
	for (int i = 0; i < 2; i++)
		site[i] = conn_table_take(&table, false);
	ck_assert_ptr_nonnull(site[1]);
	ck_assert_ptr_null(conn_table_take(&table, false));
	for (int i = 0; i < 2; i++)
		admin[i] = conn_table_take(&table, true);
	ck_assert_ptr_nonnull(admin[1]);
	ck_assert_ptr_null(conn_table_take(&table, true));
	/* One that ends makes room for its own kind. */
	give_back(admin[0], true);
	ck_assert_ptr_null(conn_table_take(&table, false));
	ck_assert_ptr_nonnull(conn_table_take(&table, true));
	give_back(site[0], false);
	ck_assert_ptr_nonnull(conn_table_take(&table, false));
	ck_assert_ptr_null(conn_table_take(&table, true));
	conn_table_fini(&table);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_table_is_full_when_all_are_taken, 0 },
		{ connections_of_sites_leave_the_reserve, 0 },
		{ what_was_given_back_is_used_after_the_turn, 0 },
		{ the_last_one_given_back_is_the_first_one_taken, 0 },
		{ a_large_table_takes_no_memory_until_it_is_used, 0 },
		{ an_idle_connection_is_three_cache_lines, 0 },
	};

	return harness_run("conn_table", tests, ROWS(tests));
}
