/*
 * Which configuration a probation keeps, for how long, and when a crash fails
 * it.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/probation.h"

#include <check.h>
#include <stdlib.h>

#include "support/harness.h"
#include "support/stub.h"

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

/* Starts a probation and drops the caller's reference. */
static void
start_probation(struct conf *conf, unsigned workers, int64_t duration)
{
	probation_start(&p, conf, NULL, workers, duration);
	conf_free(conf);
}

START_TEST(third_crash_fails_probation)
{
	start_probation(stub_conf(2), 2, 10000);
	for (int i = 0; i < PROBATION_CRASHES; i++)
		ck_assert(!probation_fails(&p));
	ck_assert(probation_left(&p) > 0);
	ck_assert(probation_fails(&p));
	ck_assert_ptr_nonnull(p.conf);
	ck_assert_uint_eq(p.workers, 2);
}
END_TEST

START_TEST(probation_ends_after_its_duration)
{
	start_probation(stub_conf(1), 1, 1);
	ck_assert(probation_is_on(&p));
	ev_run(loop, 0);
	ck_assert(!probation_is_on(&p));
	ck_assert(!probation_fails(&p));
	ck_assert(probation_left(&p) == 0);
}
END_TEST

START_TEST(zero_duration_disables_probation)
{
	start_probation(stub_conf(1), 1, 0);
	ck_assert(!probation_is_on(&p));
	for (int i = 0; i <= PROBATION_CRASHES; i++)
		ck_assert(!probation_fails(&p));
}
END_TEST

START_TEST(next_reload_keeps_the_configuration_it_replaced)
{
	struct conf *second = stub_conf(2);

	start_probation(stub_conf(1), 1, 10000);
	probation_start(&p, second, NULL, 2, 10000);
	ck_assert_ptr_eq(p.conf, second);
	ck_assert_uint_eq(p.workers, 2);
	conf_free(second);
}
END_TEST

START_TEST(next_reload_does_not_keep_a_configuration_that_crashed)
{
	struct conf *first = stub_conf(1);

	probation_start(&p, first, NULL, 1, 10000);
	ck_assert(!probation_fails(&p));
	start_probation(stub_conf(2), 2, 10000);
	ck_assert_ptr_eq(p.conf, first);
	ck_assert_uint_eq(p.workers, 1);
	ck_assert_uint_eq(p.crashes, 0);
	conf_free(first);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ third_crash_fails_probation, 0 },
		{ probation_ends_after_its_duration, 0 },
		{ zero_duration_disables_probation, 0 },
		{ next_reload_keeps_the_configuration_it_replaced, 0 },
		{ next_reload_does_not_keep_a_configuration_that_crashed, 0 },
	};

	return harness_run_with(&fixture, "probation", tests, ROWS(tests));
}
