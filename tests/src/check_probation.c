/*
 * Probation: what is kept, for how long, and when it is used.
 * SPDX-License-Identifier: MIT
 */
#include "probation.h"

#include <check.h>
#include <stdlib.h>

#include "stub.h"

static struct ev_loop *loop;
static struct probation p;

static void
setup(void)
{
	loop = ev_loop_new(EVFLAG_NOENV);
	probation_init(&p, loop);
}

static void
teardown(void)
{
	probation_stop(&p);
	ev_loop_destroy(loop);
}

/* For who else has it: probation holds one of its own. */
static void
start(struct conf *conf, unsigned workers, int64_t duration)
{
	probation_start(&p, conf, workers, duration);
	conf_free(conf);
}

START_TEST(one_crash_too_many_fails_it)
{
	start(stub_conf(2), 2, 10000);
	for (int i = 0; i < PROBATION_CRASHES; i++)
		ck_assert(!probation_fails(&p));
	ck_assert(probation_fails(&p));
	ck_assert_ptr_nonnull(p.conf);
	ck_assert_uint_eq(p.workers, 2);
}
END_TEST

START_TEST(it_is_over_when_its_time_is)
{
	start(stub_conf(1), 1, 1);
	ck_assert(probation_is_on(&p));
	ck_assert(probation_left(&p) > 0);
	ev_run(loop, 0);
	ck_assert(!probation_is_on(&p));
	ck_assert(!probation_fails(&p));
	ck_assert(probation_left(&p) == 0);
}
END_TEST

START_TEST(no_time_is_no_probation)
{
	start(stub_conf(1), 1, 0);
	ck_assert(!probation_is_on(&p));
	for (int i = 0; i <= PROBATION_CRASHES; i++)
		ck_assert(!probation_fails(&p));
}
END_TEST

START_TEST(the_next_reload_is_measured_against_what_it_replaces)
{
	struct conf *second = stub_conf(2);

	start(stub_conf(1), 1, 10000);
	probation_start(&p, second, 2, 10000);
	ck_assert_ptr_eq(p.conf, second);
	ck_assert_uint_eq(p.workers, 2);
	conf_free(second);
}
END_TEST

START_TEST(what_has_crashed_is_nothing_to_go_back_to)
{
	struct conf *first = stub_conf(1);

	probation_start(&p, first, 1, 10000);
	ck_assert(!probation_fails(&p));
	start(stub_conf(2), 2, 10000);
	ck_assert_ptr_eq(p.conf, first);
	ck_assert_uint_eq(p.workers, 1);
	ck_assert_uint_eq(p.crashes, 0);
	conf_free(first);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("probation");
	TCase *t = tcase_create("probation");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_crash_too_many_fails_it);
	tcase_add_test(t, it_is_over_when_its_time_is);
	tcase_add_test(t, no_time_is_no_probation);
	tcase_add_test(t, the_next_reload_is_measured_against_what_it_replaces);
	tcase_add_test(t, what_has_crashed_is_nothing_to_go_back_to);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
