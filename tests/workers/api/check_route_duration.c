/*
 * The durations of the routes of modules, up to the lines of /metrics.
 * SPDX-License-Identifier: MIT
 */
#include "api/route_duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/heritage.h"
#include "common/module_metrics.h"
#include "conn/exchange.h"
#include "serve/metrics_modules.h"
#include "supervise/scoreboard.h"
#include "support/fake_worker_module.h"
#include "support/harness.h"

#define MS *1000000ll

static struct fake_worker_module m;
static struct scoreboard sb;
static struct slot *slot;
static struct heritage heritage;
static struct prong_context *waiting;

static void
nothing(struct prong_context *ctx)
{
	prong_empty(ctx, 204);
}

static void
wait_for_it(struct prong_context *ctx)
{
	waiting = ctx;
	prong_defer(ctx);
}

static const struct prong_route routes[] = { PRONG_ROUTE("GET", "/x", nothing),
	PRONG_ROUTE("GET", "/late", wait_for_it), PRONG_ROUTES_END };
static const struct prong_module module = { .abi = PRONG_ABI,
	.size = sizeof(struct prong_module),
	.route_size = sizeof(struct prong_route),
	.name = "shop",
	.routes = routes };

static void
open_module(void)
{
	ck_assert_int_eq(scoreboard_open(&sb, 2), 0);
	slot = scoreboard_take(&sb, NULL);
	fake_worker_module_open(&m, &module);
	heritage = *m.instance.worker->heritage;
	heritage.durations = scoreboard_routes(&sb, slot);
	m.instance.worker->heritage = &heritage;
	m.instance.duration = route_duration_define(m.instance.worker, &m.conf);
}

static void
close_module(void)
{
	fake_worker_module_close(&m);
	scoreboard_close(&sb);
}

/* True when the page has the line. */
static bool
shows(const char *line)
{
	static char text[65536];
	FILE *f = fmemopen(text, sizeof(text), "w");

	metrics_write_modules(f, &sb.view);
	fclose(f);
	return strstr(text, line) != NULL;
}

#define DURATION "\nprong_module_duration_seconds"

START_TEST(a_request_counts_when_its_answer_ends)
{
	struct exchange *x;

	open_module();
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 0\n"));
	x = fake_worker_module_begin(
		&m, "GET /api/late HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 0\n"));
	x->stats.began_ns = clock_now_ns() - 30000 MS;
	prong_empty(waiting, 204);
	fake_worker_end(&m.fake, x);
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 1\n"));
	ck_assert(shows(DURATION "_bucket{route=\"/api/\",le=\"10\"} 0\n"));
	ck_assert(shows(DURATION "_sum{route=\"/api/\"} 3"));
	fake_worker_module_ask(&m, "GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n");
	fake_worker_module_ask(&m, "GET /api/no HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 3\n"));
	close_module();
}
END_TEST

/* As those of the canary. */
START_TEST(a_request_that_is_not_counted_has_no_duration)
{
	struct exchange *x;

	open_module();
	x = fake_worker_module_begin(
		&m, "GET /api/late HTTP/1.1\r\nHost: a\r\n\r\n");
	x->is_counted = false;
	prong_empty(waiting, 204);
	fake_worker_end(&m.fake, x);
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 0\n"));
	close_module();
}
END_TEST

static const char *const bounds[] = { "0.001", "0.0025", "0.005", "0.01",
	"0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf" };

START_TEST(the_bounds_are_those_of_sites)
{
	char line[128];

	open_module();
	snprintf(line, sizeof(line),
		DURATION "_bucket{route=\"/api/\",le=\"%s\"} 0\n", bounds[_i]);
	ck_assert(shows(line));
	close_module();
}
END_TEST

#define S10 "0123456789"
#define S50 S10 S10 S10 S10 S10

static const struct {
	struct conf_route route;
	const char *label;
} labels[] = {
	{ { .path = SPAN("/one") }, "/one" },
	{ { .path = SPAN("/"), .pattern = SPAN("/:id/x") }, "/:id/x" },
	{ { .path = SPAN("/a\"b\\c") }, "/a?b?c" },
	{ { .path = SPAN("/" S50 "fits") }, "/" S50 "fits" },
	{ { .path = SPAN("/" S50 "fits5") }, "/" S50 "f..." },
	{ { .path = SPAN("/" S50 "ü long") }, "/" S50 "..." },
	{ { .path = SPAN("/" S50 S50) }, "/" S50 "0..." },
};

START_TEST(a_route_is_named_by_its_path)
{
	char line[128];

	open_module();
	ck_assert_ptr_nonnull(
		route_duration_define(m.instance.worker, &labels[_i].route));
	snprintf(line, sizeof(line), DURATION "_count{route=\"%s\"} 0\n",
		labels[_i].label);
	ck_assert(shows(line));
	close_module();
}
END_TEST

static struct module_series *
define(const char *path)
{
	struct conf_route route = { .path = span_of(path) };

	return route_duration_define(m.instance.worker, &route);
}

START_TEST(routes_that_find_no_room_are_logged)
{
	char path[16];

	open_module();
	heritage.is_again = _i == 1;
	m.instance.worker->log.level = LOG_LEVEL_WARN;
	for (int i = 1; i < MODULE_SERIES; i++) {
		snprintf(path, sizeof(path), "/r%d", i);
		ck_assert_ptr_nonnull(define(path));
	}
	ck_assert_str_eq(fake_worker_module_log(&m), "");
	ck_assert_ptr_nonnull(define("/r1"));
	ck_assert_ptr_null(define("/more"));
	ck_assert_int_eq(strstr(fake_worker_module_log(&m),
				 "route /more: the metrics do not show its "
				 "durations, since 64 other routes have "
				 "modules") != NULL,
		_i == 0);
	close_module();
}
END_TEST

/* As in a test of the module. */
START_TEST(a_worker_without_a_scoreboard_counts_nothing)
{
	open_module();
	heritage.durations = NULL;
	m.instance.duration = define("/api/");
	ck_assert_ptr_null(m.instance.duration);
	fake_worker_module_ask(&m, "GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n");
	close_module();
}
END_TEST

/* What a worker has counted stays, and what its successor counts is added. */
START_TEST(durations_outlive_their_worker)
{
	struct exchange x = { .is_counted = true };

	open_module();
	x.stats.began_ns = clock_now_ns();
	route_duration_observe(m.instance.duration, &x);
	scoreboard_give_back(&sb, slot);
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 1\n"));
	slot = scoreboard_take(&sb, NULL);
	heritage.durations = scoreboard_routes(&sb, slot);
	m.instance.duration = route_duration_define(m.instance.worker, &m.conf);
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 1\n"));
	route_duration_observe(m.instance.duration, &x);
	ck_assert(shows(DURATION "_count{route=\"/api/\"} 2\n"));
	close_module();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_request_counts_when_its_answer_ends, 1 },
		{ a_request_that_is_not_counted_has_no_duration, 1 },
		{ the_bounds_are_those_of_sites, ROWS(bounds) },
		{ a_route_is_named_by_its_path, ROWS(labels) },
		{ routes_that_find_no_room_are_logged, 2 },
		{ a_worker_without_a_scoreboard_counts_nothing, 1 },
		{ durations_outlive_their_worker, 1 },
	};

	return harness_run("route_duration", tests, ROWS(tests));
}
