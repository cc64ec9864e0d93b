/*
 * Deadlines; the clock is the test's, and the timer fires when it says so.
 * SPDX-License-Identifier: MIT
 */
#include "conn/deadline.h"

#include <stdbool.h>
#include <stddef.h>

#include "support/harness.h"

enum { TIMEOUT = 1000, MOST = 100 };

static struct ev_loop *loop;
static int64_t now;
static struct deadline_class class;
static struct deadline deadlines[MOST];
static int due[2 * MOST]; /* indexes, in the order they came */
static int ndue;
static bool arms_again;

static void
on_due(struct deadline *d)
{
	ck_assert_ptr_null(d->next);
	due[ndue++] = (int)(d - deadlines);
	if (arms_again)
		deadline_arm(&class, d);
}

static void
set_up(int64_t timeout)
{
	loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	ck_assert_ptr_nonnull(loop);
	now = 5000;
	deadline_class_init(&class, loop, &now, timeout, on_due);
}

static void
tear_down(void)
{
	deadline_class_fini(&class);
	ev_loop_destroy(loop);
}

static void
fire_at(int64_t time)
{
	now = time;
	ev_invoke(loop, &class.timer, EV_TIMER);
}

START_TEST(the_oldest_is_due_first)
{
	set_up(TIMEOUT);
	for (int i = 0; i < 5; i++) {
		now = 5000 + i * 10;
		deadline_arm(&class, &deadlines[i]);
	}
	fire_at(5999);
	ck_assert_int_eq(ndue, 0);
	fire_at(6020);
	ck_assert_int_eq(ndue, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(due[i], i);
	ck_assert_ptr_eq(deadline_oldest(&class), &deadlines[3]);
	fire_at(9000);
	ck_assert_int_eq(ndue, 5);
	ck_assert_ptr_null(deadline_oldest(&class));
	ck_assert(!ev_is_active(&class.timer));
	tear_down();
}
END_TEST

/* { since when, in which order they are due } */
static const struct {
	int64_t since[4];
	int order[4];
} mixed[] = {
	{ { 100, 200, 300, 400 }, { 0, 1, 2, 3 } },
	{ { 400, 300, 200, 100 }, { 3, 2, 1, 0 } },
	{ { 100, 400, 200, 300 }, { 0, 2, 3, 1 } },
	{ { 300, 100, 300, 100 }, { 1, 3, 0, 2 } },
};

START_TEST(none_was_armed_in_the_future)
{
	set_up(TIMEOUT);
	deadline_arm_since(&class, &deadlines[0], 5001);
	ck_assert_int_eq(deadlines[0].since, 5000);
	tear_down();
}
END_TEST

START_TEST(one_that_was_armed_elsewhere_is_due_in_its_turn)
{
	set_up(TIMEOUT);
	now = 6000;
	for (int i = 0; i < 4; i++)
		deadline_arm_since(
			&class, &deadlines[i], 5000 + mixed[_i].since[i]);
	for (int i = 0; i < 4; i++) {
		fire_at(6000 + mixed[_i].since[mixed[_i].order[i]]);
		ck_assert_int_ge(ndue, i + 1);
		ck_assert_int_eq(due[i], mixed[_i].order[i]);
	}
	tear_down();
}
END_TEST

START_TEST(behind_a_crowd_of_younger_ones_it_is_armed_all_the_same)
{
	static struct deadline crowd[5000];

	set_up(TIMEOUT);
	for (size_t i = 0; i < ROWS(crowd); i++)
		deadline_arm(&class, &crowd[i]);
	deadline_arm_since(&class, &deadlines[0], 4500);
	ck_assert_int_gt(deadlines[0].since, 4499);
	ck_assert_int_le(deadlines[0].since, 5000);
	ck_assert_ptr_nonnull(deadlines[0].next);
	tear_down();
}
END_TEST

START_TEST(arming_again_is_a_new_deadline)
{
	set_up(TIMEOUT);
	deadline_arm(&class, &deadlines[0]);
	deadline_arm(&class, &deadlines[1]);
	now += 500;
	deadline_arm(&class, &deadlines[0]);
	ck_assert_ptr_eq(deadline_oldest(&class), &deadlines[1]);
	fire_at(6000);
	ck_assert_int_eq(ndue, 1);
	ck_assert_int_eq(due[0], 1);
	fire_at(6500);
	ck_assert_int_eq(ndue, 2);
	ck_assert_int_eq(due[1], 0);
	tear_down();
}
END_TEST

START_TEST(what_is_cancelled_is_never_due)
{
	set_up(TIMEOUT);
	for (int i = 0; i < 3; i++)
		deadline_arm(&class, &deadlines[i]);
	deadline_cancel(&deadlines[1]);
	deadline_cancel(&deadlines[1]);
	deadline_cancel(&deadlines[3]);
	fire_at(9000);
	ck_assert_int_eq(ndue, 2);
	ck_assert_int_eq(due[0], 0);
	ck_assert_int_eq(due[1], 2);
	tear_down();
}
END_TEST

START_TEST(a_shorter_timeout_counts_for_those_who_wait)
{
	set_up(TIMEOUT);
	deadline_arm(&class, &deadlines[0]);
	now += 400;
	deadline_class_set(&class, 300);
	fire_at(now);
	ck_assert_int_eq(ndue, 1);
	/* The timer was set for it, too. */
	deadline_arm(&class, &deadlines[1]);
	deadline_class_set(&class, 200);
	ck_assert(ev_is_active(&class.timer));
	ck_assert_double_le(ev_timer_remaining(loop, &class.timer), 0.21);
	tear_down();
}
END_TEST

START_TEST(no_timeout_is_for_ever)
{
	set_up(0);
	deadline_arm(&class, &deadlines[0]);
	ck_assert(!ev_is_active(&class.timer));
	ck_assert_ptr_eq(deadline_oldest(&class), &deadlines[0]);
	deadline_class_set(&class, 10);
	ck_assert(ev_is_active(&class.timer));
	tear_down();
}
END_TEST

START_TEST(one_that_arms_itself_again_is_due_once_a_time)
{
	set_up(TIMEOUT);
	arms_again = true;
	deadline_arm(&class, &deadlines[0]);
	fire_at(6000);
	ck_assert_int_eq(ndue, 1);
	ck_assert(ev_is_active(&class.timer));
	fire_at(7000);
	ck_assert_int_eq(ndue, 2);
	tear_down();
}
END_TEST

static void
on_turn(struct ev_loop *l, ev_check *check, int revents)
{
	(void)check;
	(void)revents;
	now = (int64_t)(ev_now(l) * 1e3);
}

START_TEST(the_timer_fires_by_itself)
{
	ev_check turn;

	set_up(20);
	ev_check_init(&turn, on_turn);
	ev_set_priority(&turn, EV_MAXPRI);
	ev_check_start(loop, &turn);
	ev_unref(loop);
	now = (int64_t)(ev_now(loop) * 1e3);
	deadline_arm(&class, &deadlines[0]);
	deadline_arm(&class, &deadlines[1]);
	/* An early one, for a head that is gone. */
	deadline_cancel(&deadlines[0]);
	/* Returns when no timer is left. */
	ev_run(loop, 0);
	ck_assert_int_eq(ndue, 1);
	ck_assert_int_eq(due[0], 1);
	ev_ref(loop);
	ev_check_stop(loop, &turn);
	tear_down();
}
END_TEST

START_TEST(many_come_in_the_order_they_were_armed)
{
	set_up(TIMEOUT);
	for (int i = 0; i < MOST; i++)
		deadline_arm(&class, &deadlines[i * 37 % MOST]);
	fire_at(6000);
	ck_assert_int_eq(ndue, MOST);
	for (int i = 0; i < MOST; i++)
		ck_assert_int_eq(due[i], i * 37 % MOST);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_oldest_is_due_first, 0 },
		{ none_was_armed_in_the_future, 1 },
		{ one_that_was_armed_elsewhere_is_due_in_its_turn,
			ROWS(mixed) },
		{ behind_a_crowd_of_younger_ones_it_is_armed_all_the_same, 1 },
		{ arming_again_is_a_new_deadline, 0 },
		{ what_is_cancelled_is_never_due, 0 },
		{ a_shorter_timeout_counts_for_those_who_wait, 0 },
		{ no_timeout_is_for_ever, 0 },
		{ one_that_arms_itself_again_is_due_once_a_time, 0 },
		{ the_timer_fires_by_itself, 0 },
		{ many_come_in_the_order_they_were_armed, 0 },
	};

	return harness_run("deadline", tests, ROWS(tests));
}
