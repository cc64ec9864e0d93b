/*
 * Metrics that modules define, up to the lines of /metrics.
 * SPDX-License-Identifier: MIT
 */
#include "api/metric.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/heritage.h"
#include "serve/metrics_modules.h"
#include "supervise/scoreboard.h"
#include "support/fake_worker_module.h"
#include "support/harness.h"

static struct fake_worker_module m;
static struct scoreboard sb;
static struct slot *slot;
static struct heritage heritage;

static void
nothing(struct prong_context *ctx)
{
	prong_empty(ctx, 204);
}

static const struct prong_route routes[] = { PRONG_ROUTE("GET", "/x", nothing),
	PRONG_ROUTES_END };
static const struct prong_module module = { .abi = PRONG_ABI,
	.size = sizeof(struct prong_module),
	.route_size = sizeof(struct prong_route),
	.name = "the.shop-1",
	.routes = routes };

static void
open_module(void)
{
	ck_assert_int_eq(scoreboard_open(&sb, 2), 0);
	slot = scoreboard_take(&sb, NULL);
	fake_worker_module_open(&m, &module);
	heritage = *m.instance.worker->heritage;
	heritage.metrics = scoreboard_metrics(&sb, slot);
	m.instance.worker->heritage = &heritage;
}

static void
close_module(void)
{
	fake_worker_module_close(&m);
	scoreboard_close(&sb);
}

/* The page, without its first metric, which has no series. */
static char *
show(void)
{
	static char text[8192];
	FILE *f = fmemopen(text, sizeof(text), "w");
	char *from;

	metrics_write_modules(f, &sb.view);
	fclose(f);
	from = strstr(text, "\nprong_module_metrics_dropped 0\n");
	ck_assert_ptr_nonnull(from);
	return strchr(from + 1, '\n') + 1;
}

static const int64_t bounds[] = { 1000, 20000, 3000000 };

static struct prong_metric *
define(const struct prong_metric_options *o)
{
	return prong_metric(&m.instance, o);
}

START_TEST(values_are_shown_in_their_units)
{
	static const struct prong_metric_options
		saved = { .name = "saved_total",
			.help = "Notes that were saved" },
		open = { .kind = PRONG_GAUGE, .name = "open" },
		took = { .kind = PRONG_HISTOGRAM,
			.name = "took_seconds",
			.per_unit = 1000000,
			.bounds = bounds,
			.nbounds = 3,
			.label = "how",
			.value = "fast ü" };
	struct prong_metric *c, *g, *h;

	open_module();
	c = define(&saved);
	g = define(&open);
	h = define(&took);
	prong_metric_add(c, 40);
	prong_metric_add(c, 2);
	prong_metric_add(c, -1);
	prong_metric_set(g, 7);
	prong_metric_set(g, 3);
	prong_metric_add(g, -5);
	prong_metric_observe(h, 1000);
	prong_metric_observe(h, 1001);
	prong_metric_observe(h, 3000001);
	/* What does not belong to the kind. */
	prong_metric_set(c, 1);
	prong_metric_observe(g, 1);
	prong_metric_add(h, 1);
	prong_metric_add(NULL, 1);
	prong_metric_set(NULL, 1);
	prong_metric_observe(NULL, 1);
	ck_assert_str_eq(show(),
		"# HELP prong_module_the_shop_1_saved_total Notes that were "
		"saved\n# TYPE prong_module_the_shop_1_saved_total counter\n"
		"prong_module_the_shop_1_saved_total 42\n"
		"# HELP prong_module_the_shop_1_open \n"
		"# TYPE prong_module_the_shop_1_open gauge\n"
		"prong_module_the_shop_1_open -2\n"
		"# HELP prong_module_the_shop_1_took_seconds \n"
		"# TYPE prong_module_the_shop_1_took_seconds histogram\n"
		"prong_module_the_shop_1_took_seconds_bucket"
		"{how=\"fast ü\",le=\"0.001\"} 1\n"
		"prong_module_the_shop_1_took_seconds_bucket"
		"{how=\"fast ü\",le=\"0.02\"} 2\n"
		"prong_module_the_shop_1_took_seconds_bucket"
		"{how=\"fast ü\",le=\"3\"} 2\n"
		"prong_module_the_shop_1_took_seconds_bucket"
		"{how=\"fast ü\",le=\"+Inf\"} 3\n"
		"prong_module_the_shop_1_took_seconds_sum{how=\"fast ü\"} "
		"3.002002\n"
		"prong_module_the_shop_1_took_seconds_count{how=\"fast ü\"} "
		"3\n");
	close_module();
}
END_TEST

/* Also when they are defined in another order, or by two instances. */
START_TEST(values_of_one_name_stand_together)
{
	static const struct prong_metric_options all[] = {
		{ .name = "a_total", .label = "l", .value = "1" },
		{ .name = "b_total" },
		{ .name = "a_total", .label = "l", .value = "2" },
		{ .name = "b_total" },
	};

	open_module();
	for (size_t i = 0; i < ROWS(all); i++)
		prong_metric_add(define(&all[i]), 1);
	ck_assert_str_eq(show(),
		"# HELP prong_module_the_shop_1_a_total \n"
		"# TYPE prong_module_the_shop_1_a_total counter\n"
		"prong_module_the_shop_1_a_total{l=\"1\"} 1\n"
		"prong_module_the_shop_1_a_total{l=\"2\"} 1\n"
		"# HELP prong_module_the_shop_1_b_total \n"
		"# TYPE prong_module_the_shop_1_b_total counter\n"
		"prong_module_the_shop_1_b_total 2\n");
	close_module();
}
END_TEST

static const struct {
	const char *module, *name;
} of_server[] = { { "duration", "seconds" }, { "metrics", "dropped" } };

/* Where the names of a module and of its metric make one of the server's. */
START_TEST(the_names_of_the_server_are_refused)
{
	struct prong_module named = module;
	const struct prong_metric_options o = { .kind = PRONG_GAUGE,
		.name = of_server[_i].name };

	open_module();
	named.name = of_server[_i].module;
	m.instance.self = &named;
	ck_assert_ptr_null(define(&o));
	ck_assert_ptr_nonnull(
		strstr(fake_worker_module_log(&m), "of the server"));
	close_module();
}
END_TEST

/* Of two instances each sets its own share. */
START_TEST(a_gauge_is_the_sum_of_its_instances)
{
	static const struct prong_metric_options open = { .kind = PRONG_GAUGE,
		.name = "open" };
	struct prong_metric *a, *b;

	open_module();
	a = define(&open);
	b = define(&open);
	prong_metric_set(a, 5);
	prong_metric_set(b, 7);
	prong_metric_set(a, 1);
	ck_assert_ptr_nonnull(
		strstr(show(), "\nprong_module_the_shop_1_open 8\n"));
	close_module();
}
END_TEST

#define LONG50    "0123456789_123456789_123456789_123456789_123456789"
#define HISTOGRAM .kind = PRONG_HISTOGRAM, .bounds = bounds

static const int64_t unordered[] = { 1, 3, 3 };

static const struct {
	struct prong_metric_options options;
	const char *log; /* a part of the line */
} mistakes[] = {
	{ { 0 }, "NULL" },
	{ { .name = "" }, "_total" },
	{ { .name = "saved" }, "must end in _total" },
	{ { .name = "_total" }, "must end in _total" },
	{ { .name = "a-b_total" }, "metric a-b_total: the name is not valid" },
	{ { .name = "a\n_total" }, "the name is not valid" },
	{ { .name = "a b_total" }, "not valid" },
	{ { .name = LONG50 LONG50 "_total" }, "too long" },
	{ { .kind = PRONG_GAUGE, .name = "a_total" }, "only the name" },
	{ { .kind = PRONG_GAUGE, .name = "a_sum" }, "histogram" },
	{ { .kind = (enum prong_metric_kind)3, .name = "a" },
		"the kind is not valid" },
	{ { .kind = (enum prong_metric_kind) - 1, .name = "a" }, "not valid" },
	{ { .name = "a_total", .help = "two\nlines" }, "help is not valid" },
	{ { .name = "a_total", .help = "no \xff UTF-8" }, "not valid" },
	{ { .name = "a_total", .help = LONG50 LONG50 }, "help is too long" },
	{ { .name = "a_total", .label = "l" }, "belong together" },
	{ { .name = "a_total", .value = "v" }, "belong together" },
	{ { .name = "a_total", .label = "1", .value = "v" },
		"label or value is not valid" },
	{ { .name = "a_total", .label = "", .value = "v" }, "not valid" },
	{ { .name = "a_total", .label = "le", .value = "v" }, "not valid" },
	{ { .name = "a_total", .label = "__l", .value = "v" }, "not valid" },
	{ { .name = "a_total", .label = "l", .value = "\"" }, "not valid" },
	{ { .name = "a_total", .label = "l=\"x\",m", .value = "v" },
		"not valid" },
	{ { .name = "a_total", .label = "l", .value = LONG50 LONG50 },
		"too long" },
	{ { .name = "a_total", .per_unit = -1 }, "per_unit is not valid" },
	{ { .name = "a_total", .bounds = bounds, .nbounds = 1 }, "not valid" },
	{ { HISTOGRAM, .name = "a" }, "bounds are not valid" },
	{ { HISTOGRAM, .name = "a", .nbounds = 15 }, "1 to 14" },
	{ { .kind = PRONG_HISTOGRAM, .name = "a", .nbounds = 1 }, "1 to 14" },
	{ { .kind = PRONG_HISTOGRAM,
		  .name = "a",
		  .bounds = unordered,
		  .nbounds = 3 },
		"not valid" },
	{ { .kind = PRONG_GAUGE, .name = "taken_seconds" }, "another kind" },
};

START_TEST(a_mistake_is_logged_and_harmless)
{
	static const struct prong_metric_options taken = { HISTOGRAM,
		.name = "taken_seconds", .nbounds = 2 };
	struct prong_metric *none;

	open_module();
	ck_assert_ptr_nonnull(define(&taken));
	errno = 0;
	none = define(&mistakes[_i].options);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(
		strstr(fake_worker_module_log(&m), mistakes[_i].log));
	ck_assert_ptr_null(strstr(show(), "a_total"));
	close_module();
}
END_TEST

START_TEST(a_worker_has_64_metrics)
{
	struct prong_metric_options o = { .label = "n" };
	char name[32], value[8];

	open_module();
	o.name = name;
	o.value = value;
	for (int i = 0; i < MODULE_SERIES; i++) {
		snprintf(name, sizeof(name), "a%d_total", i / 2);
		snprintf(value, sizeof(value), "%d", i % 2);
		ck_assert_ptr_nonnull(define(&o));
	}
	ck_assert_ptr_nonnull(define(&o));
	strcpy(value, "new");
	ck_assert_ptr_null(define(&o));
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_ptr_nonnull(
		strstr(fake_worker_module_log(&m), "64 metrics already"));
	close_module();
}
END_TEST

/* As in a test of the module, or a canary. */
START_TEST(metrics_work_without_a_scoreboard)
{
	static const struct prong_metric_options saved = {
		.name = "saved_total"
	};

	open_module();
	heritage.metrics = NULL;
	prong_metric_add(define(&saved), 1);
	ck_assert_str_eq(show(), "");
	close_module();
}
END_TEST

/* A later header has more members; an earlier one had fewer. */
START_TEST(options_may_have_another_size)
{
	struct {
		struct prong_metric_options o;
		int64_t later;
	} larger = { .o = { .name = "a_total" } };

	open_module();
	ck_assert_ptr_nonnull(
		prong_metric_sized(sizeof(larger), &m.instance, &larger.o));
	larger.later = 1;
	ck_assert_ptr_null(
		prong_metric_sized(sizeof(larger), &m.instance, &larger.o));
	larger.o.per_unit = -1; /* not a member of the earlier header */
	ck_assert_ptr_nonnull(prong_metric_sized(
		offsetof(struct prong_metric_options, per_unit), &m.instance,
		&larger.o));
	ck_assert_ptr_null(prong_metric_sized(8, &m.instance, NULL));
	ck_assert_ptr_null(prong_metric_sized(8, NULL, &larger.o));
	close_module();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ values_are_shown_in_their_units, 1 },
		{ values_of_one_name_stand_together, 1 },
		{ the_names_of_the_server_are_refused, ROWS(of_server) },
		{ a_gauge_is_the_sum_of_its_instances, 1 },
		{ a_mistake_is_logged_and_harmless, ROWS(mistakes) },
		{ a_worker_has_64_metrics, 1 },
		{ metrics_work_without_a_scoreboard, 1 },
		{ options_may_have_another_size, 1 },
	};

	return harness_run("metric", tests, ROWS(tests));
}
