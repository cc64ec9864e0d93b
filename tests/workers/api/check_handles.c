/*
 * SPDX-License-Identifier: MIT
 */
#include "api/handles.h"

#include "support/harness.h"

static struct handles h;
static int objects[3];

START_TEST(an_empty_table_finds_nothing)
{
	struct handles empty = { 0 };

	ck_assert_ptr_null(handles_find(&empty, 0));
	ck_assert_ptr_null(handles_find(&empty, 1));
	ck_assert_ptr_null(handles_find(&empty, UINTPTR_MAX));
}
END_TEST

START_TEST(each_handle_finds_its_object)
{
	uintptr_t all[3];

	h = (struct handles){ 0 };
	for (int i = 0; i < 3; i++)
		all[i] = handles_add(&h, &objects[i]);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_eq(handles_find(&h, all[i]), &objects[i]);
	handles_set(&h, all[1], &objects[2]);
	ck_assert_ptr_eq(handles_find(&h, all[1]), &objects[2]);
	handles_fini(&h);
}
END_TEST

START_TEST(a_handle_that_was_removed_is_never_found_again)
{
	enum { OFTEN = 200000 };
	uintptr_t kept, other;

	h = (struct handles){ 0 };
	kept = handles_add(&h, &objects[0]);
	handles_remove(&h, kept);
	for (int i = 0; i < OFTEN; i++) {
		other = handles_add(&h, &objects[1]);
		ck_assert_uint_ne(other, kept);
		ck_assert_ptr_null(handles_find(&h, kept));
		handles_remove(&h, other);
	}
	ck_assert_uint_eq(h.count, 1);
	handles_fini(&h);
}
END_TEST

START_TEST(free_entries_are_used_again)
{
	uintptr_t all[100];

	h = (struct handles){ 0 };
	for (int round = 0; round < 10; round++) {
		for (size_t i = 0; i < 100; i++)
			all[i] = handles_add(&h, &objects[i % 3]);
		for (size_t i = 0; i < 100; i++)
			ck_assert_ptr_eq(
				handles_find(&h, all[i]), &objects[i % 3]);
		for (size_t i = 0; i < 100; i++)
			handles_remove(&h, all[(i * 7) % 100]);
	}
	ck_assert_uint_eq(h.count, 100);
	handles_fini(&h);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_empty_table_finds_nothing, 1 },
		{ each_handle_finds_its_object, 1 },
		{ a_handle_that_was_removed_is_never_found_again, 1 },
		{ free_entries_are_used_again, 1 },
	};

	return harness_run("handles", tests, ROWS(tests));
}
