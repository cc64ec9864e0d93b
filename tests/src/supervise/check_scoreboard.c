/*
 * Slots, and what is left of those given back.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/scoreboard.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct scoreboard sb;

static void
setup(void)
{
	ck_assert_int_eq(scoreboard_open(&sb, 2), 0);
}

static void
teardown(void)
{
	scoreboard_close(&sb);
}

START_TEST(a_slot_is_taken_once_and_clean)
{
	struct slot *a = scoreboard_take(&sb), *b = scoreboard_take(&sb);

	ck_assert(a != NULL && b != NULL && a != b);
	ck_assert_ptr_null(scoreboard_take(&sb));
	a->requests = 7;
	strcpy(a->current.head, "GET /");
	scoreboard_give_back(&sb, a);
	ck_assert_ptr_eq(scoreboard_take(&sb), a);
	ck_assert_uint_eq(a->requests, 0);
	ck_assert_str_eq(a->current.head, "");
}
END_TEST

START_TEST(the_sum_counts_the_living_and_the_dead_once)
{
	struct slot *a = scoreboard_take(&sb), *b = scoreboard_take(&sb);
	struct totals sum;

	a->requests = 7;
	a->by_class[2] = 7;
	b->requests = 5;
	scoreboard_give_back(&sb, a);
	sum = scoreboard_sum(&sb);
	ck_assert_uint_eq(sum.requests, 12);
	ck_assert_uint_eq(sum.by_class[2], 7);
	scoreboard_give_back(&sb, b);
	ck_assert_uint_eq(scoreboard_sum(&sb).requests, 12);
	ck_assert_uint_eq(scoreboard_sum(&sb).workers, 2);
}
END_TEST

/* A worker's words about itself. */
static const uint32_t states[] = { SLOT_EMPTY, SLOT_SERVING, SLOT_ENDING,
	SLOT_STATES, UINT32_MAX };

START_TEST(the_master_frees_a_slot_whatever_its_worker_wrote)
{
	struct slot *a = scoreboard_take(&sb), *b;

	a->requests = 7;
	a->state = sb.slots[1].state = states[_i];
	b = scoreboard_take(&sb);
	ck_assert_ptr_eq(b, &sb.slots[1]);
	ck_assert_int_eq(b->state, SLOT_STARTING);
	ck_assert_ptr_null(scoreboard_take(&sb));
	ck_assert_uint_eq(scoreboard_sum(&sb).requests, 7);
	scoreboard_give_back(&sb, a);
	ck_assert_int_eq(a->state, SLOT_EMPTY);
	ck_assert_uint_eq(scoreboard_sum(&sb).requests, 7);
	ck_assert_ptr_eq(scoreboard_take(&sb), a);
}
END_TEST

static const struct {
	uint64_t written, read;
} connections[] = {
	{ 0, 0 }, { 100000, 100000 },
	{ UINT64_MAX, INT32_MAX }, /* one less than none */
};

START_TEST(a_number_of_connections_is_bounded)
{
	struct slot *s = scoreboard_take(&sb);

	s->connections = connections[_i].written;
	ck_assert_uint_eq(scoreboard_connections(s), connections[_i].read);
}
END_TEST

static const struct {
	const char *doing, *text;
} lines[] = {
	{ "", "" },
	{ "GET /x HTTP/1.1\r\nHost: a\r\n", "GET /x HTTP/1.1" },
	{ "GET /\x1b[2J\n", "GET /\\x1b[2J" },
	{ "GET /\xc3\xa9\\", "GET /\\xc3\\xa9\\x5c" },
};

START_TEST(what_a_client_wrote_is_escaped)
{
	struct slot *s = scoreboard_take(&sb);
	char text[64];

	strcpy(s->current.head, lines[_i].doing);
	ck_assert_str_eq(scoreboard_line(&s->current, text, sizeof(text)),
		lines[_i].text);
}
END_TEST

START_TEST(a_full_slot_and_a_short_buffer_are_cut)
{
	struct slot *s = scoreboard_take(&sb);
	char text[16];

	memset(s->current.head, 0x01, sizeof(s->current.head));
	ck_assert_str_eq(scoreboard_line(&s->current, text, sizeof(text)),
		"\\x01\\x01\\x01");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("scoreboard");
	TCase *t = tcase_create("scoreboard");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_slot_is_taken_once_and_clean);
	tcase_add_test(t, the_sum_counts_the_living_and_the_dead_once);
	tcase_add_loop_test(t,
		the_master_frees_a_slot_whatever_its_worker_wrote, 0,
		sizeof(states) / sizeof(states[0]));
	tcase_add_loop_test(t, a_number_of_connections_is_bounded, 0,
		sizeof(connections) / sizeof(connections[0]));
	tcase_add_loop_test(t, what_a_client_wrote_is_escaped, 0,
		sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(t, a_full_slot_and_a_short_buffer_are_cut);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
