/*
 * Metrics of modules, and what is left of those of workers that have ended.
 * SPDX-License-Identifier: MIT
 */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "supervise/scoreboard.h"
#include "support/harness.h"

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

static const struct module_series counter = {
	.about = { .name = "m_total", .per_unit = 1 },
};

/* A worker that has these metrics; the definition is the time. */
static struct slot *
measure(const struct module_series *what, uint64_t defined, uint64_t n)
{
	struct slot *s = scoreboard_take(&sb, NULL);
	struct module_metrics *all = scoreboard_metrics(&sb, s);

	ck_assert_uint_eq(all->n, 0);
	all->all[0] = *what;
	all->all[0].about.defined = defined;
	all->all[0].value = n;
	all->n = 1;
	return s;
}

static uint64_t
sum_of_metric(void)
{
	static struct module_metrics_sum all;
	struct module_series *s;

	scoreboard_sum_metrics(&sb.view, &all);
	s = module_series_find(all.all, all.n, &counter.about);
	return s == NULL ? UINT64_MAX : s->value;
}

START_TEST(metrics_of_modules_outlive_their_workers)
{
	struct slot *a = measure(&counter, 1, 7), *b = measure(&counter, 2, 5);

	ck_assert_uint_eq(sum_of_metric(), 12);
	scoreboard_give_back(&sb, a);
	ck_assert_uint_eq(sum_of_metric(), 12);
	a = measure(&counter, 3, 1);
	ck_assert_uint_eq(sum_of_metric(), 13);
	scoreboard_give_back(&sb, b);
	scoreboard_give_back(&sb, a);
	ck_assert_uint_eq(sum_of_metric(), 13);
}
END_TEST

START_TEST(gauges_of_modules_are_those_of_living_workers)
{
	struct module_series gauge = counter;
	struct slot *a, *b;

	gauge.about.kind = MODULE_GAUGE;
	a = measure(&gauge, 1, 7);
	b = measure(&gauge, 1, (uint64_t)-5);
	ck_assert_uint_eq(sum_of_metric(), 2);
	scoreboard_give_back(&sb, a);
	ck_assert_uint_eq(sum_of_metric(), (uint64_t)-5);
	scoreboard_give_back(&sb, b);
	ck_assert_uint_eq(sum_of_metric(), UINT64_MAX);
}
END_TEST

/* Whichever of the two workers ends first. */
START_TEST(the_newer_definition_of_a_metric_stays)
{
	struct module_series other = counter;
	struct slot *old, *new;

	other.about.per_unit = 1000;
	old = measure(&counter, 1, 7);
	new = measure(&other, 2, 5);
	ck_assert_uint_eq(sum_of_metric(), 5);
	scoreboard_give_back(&sb, _i == 0 ? old : new);
	ck_assert_uint_eq(sum_of_metric(), 5);
	scoreboard_give_back(&sb, _i == 0 ? new : old);
	ck_assert_uint_eq(sum_of_metric(), 5);
}
END_TEST

/* It would be newer than each that follows. */
START_TEST(no_definition_has_a_time_to_come)
{
	static struct module_metrics_sum all;
	struct slot *s = measure(&counter, UINT64_MAX, 7);
	uint64_t soon = ((uint64_t)time(NULL) + 3600) * 1000;

	if (_i == 1)
		scoreboard_give_back(&sb, s);
	ck_assert_uint_eq(sum_of_metric(), 7);
	scoreboard_sum_metrics(&sb.view, &all);
	ck_assert_uint_lt(all.all[0].about.defined, soon);
	if (_i == 0)
		scoreboard_give_back(&sb, s);
}
END_TEST

static void
fill_with_names(struct module_metrics *all, unsigned first)
{
	for (unsigned i = 0; i < MODULE_SERIES; i++) {
		all->all[i] = counter;
		snprintf(all->all[i].about.name, MODULE_METRIC_NAME, "n%u",
			first + i);
	}
	all->n = UINT32_MAX; /* it may write any number */
}

/* Nothing but the space is used up. */
START_TEST(a_worker_may_write_anything_into_its_metrics)
{
	enum { WORKERS = MODULE_SERIES_ALL / MODULE_SERIES + 1 };
	static struct module_metrics_sum all;
	struct slot *s = scoreboard_take(&sb, NULL);

	memset(scoreboard_metrics(&sb, s), 0xff, sizeof(struct module_metrics));
	ck_assert_uint_eq(sum_of_metric(), UINT64_MAX);
	scoreboard_give_back(&sb, s);
	for (unsigned i = 0; i < WORKERS; i++) {
		s = scoreboard_take(&sb, NULL);
		fill_with_names(scoreboard_metrics(&sb, s), i * MODULE_SERIES);
		scoreboard_give_back(&sb, s);
	}
	scoreboard_sum_metrics(&sb.view, &all);
	ck_assert_uint_eq(all.n, MODULE_SERIES_ALL);
	ck_assert_uint_eq(all.dropped, MODULE_SERIES);
	ck_assert_str_eq(all.all[0].about.name, "n0");
}
END_TEST

/* For as long as the worker lives, and not for the next one in its slot. */
START_TEST(series_that_a_worker_has_no_room_for_are_counted)
{
	static struct module_metrics_sum all;
	struct slot *s = scoreboard_take(&sb, NULL);
	struct module_metric_about a = counter.about;

	for (unsigned i = 0; i < MODULE_SERIES + 2; i++) {
		snprintf(a.name, sizeof(a.name), "n%u", i);
		ck_assert_int_eq(
			module_metrics_define(scoreboard_metrics(&sb, s), &a) !=
				NULL,
			i < MODULE_SERIES);
	}
	scoreboard_sum_metrics(&sb.view, &all);
	ck_assert_uint_eq(all.n, MODULE_SERIES);
	ck_assert_uint_eq(all.dropped, 2);
	scoreboard_give_back(&sb, s);
	s = scoreboard_take(&sb, NULL);
	scoreboard_sum_metrics(&sb.view, &all);
	ck_assert_uint_eq(all.dropped, 0);
	scoreboard_give_back(&sb, s);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ metrics_of_modules_outlive_their_workers, 0 },
		{ gauges_of_modules_are_those_of_living_workers, 0 },
		{ the_newer_definition_of_a_metric_stays, 2 },
		{ no_definition_has_a_time_to_come, 2 },
		{ series_that_a_worker_has_no_room_for_are_counted, 0 },
		{ a_worker_may_write_anything_into_its_metrics, 0 },
	};

	return harness_run_with(
		&fixture, "scoreboard_metrics", tests, ROWS(tests));
}
