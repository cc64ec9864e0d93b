/*
 * Input that is kept, and the buffers that keep it.
 * SPDX-License-Identifier: MIT
 */
#include "conn/input_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

enum { MOST = 16 * 1024 };

static struct input_buffers all;
static struct input_buffer l;
static char text[MOST];

static void
set_up(void)
{
	input_buffers_init(&all, MOST);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + i / 256);
}

static void
tear_down(void)
{
	input_buffer_set(&all, &l, NULL, 0);
	input_buffers_fini(&all);
}

static void
assert_holds(const char *bytes, size_t len)
{
	ck_assert_uint_eq(l.used, len);
	ck_assert_uint_ge(l.size, len);
	ck_assert_mem_eq(l.bytes, bytes, len);
}

START_TEST(what_is_set_is_held)
{
	static const size_t sizes[] = { 1, 100, 2047, 2048, 2049, MOST };

	set_up();
	for (size_t i = 0; i < ROWS(sizes); i++) {
		input_buffer_set(&all, &l, text, sizes[i]);
		assert_holds(text, sizes[i]);
	}
	tear_down();
}
END_TEST

START_TEST(its_own_end_can_be_kept)
{
	set_up();
	input_buffer_set(&all, &l, text, 1000);
	input_buffer_set(&all, &l, l.bytes + 100, 900);
	assert_holds(text + 100, 900);
	input_buffer_set(&all, &l, l.bytes + 899, 1);
	assert_holds(text + 999, 1);
	tear_down();
}
END_TEST

START_TEST(nothing_gives_the_buffer_back)
{
	char *was;

	set_up();
	input_buffer_set(&all, &l, text, 10);
	was = l.bytes;
	input_buffer_set(&all, &l, NULL, 0);
	ck_assert_ptr_null(l.bytes);
	ck_assert_uint_eq(l.used + l.size, 0);
	input_buffer_set(&all, &l, NULL, 0);
	input_buffer_set(&all, &l, text, 10);
	ck_assert_ptr_eq(l.bytes, was);
	tear_down();
}
END_TEST

START_TEST(a_full_buffer_grows_and_keeps_what_it_holds)
{
	size_t room;
	char *to;

	set_up();
	input_buffer_set(&all, &l, text, 2000);
	to = input_buffer_reserve(&all, &l, &room);
	ck_assert_ptr_eq(to, l.bytes + 2000);
	ck_assert_uint_eq(room, 48);
	memcpy(to, text + 2000, room);
	l.used += room;
	to = input_buffer_reserve(&all, &l, &room);
	ck_assert_uint_eq(room, MOST - 2048);
	memcpy(to, text + 2048, room);
	l.used += room;
	assert_holds(text, MOST);
	tear_down();
}
END_TEST

START_TEST(the_free_list_has_an_end)
{
	enum { MANY = 100 };
	struct input_buffer many[MANY];

	set_up();
	memset(many, 0, sizeof(many));
	for (int i = 0; i < MANY; i++)
		input_buffer_set(&all, &many[i], text, 10);
	for (int i = 0; i < MANY; i++)
		input_buffer_set(&all, &many[i], NULL, 0);
	ck_assert_uint_gt(all.sizes[0].nfree, 0);
	ck_assert_uint_lt(all.sizes[0].nfree, MANY);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ what_is_set_is_held, 0 },
		{ its_own_end_can_be_kept, 0 },
		{ nothing_gives_the_buffer_back, 0 },
		{ a_full_buffer_grows_and_keeps_what_it_holds, 0 },
		{ the_free_list_has_an_end, 0 },
	};

	return harness_run("input_buffer", tests, ROWS(tests));
}
