/*
 * Rates and quantiles of prong top.
 * SPDX-License-Identifier: MIT
 */
#include "cli/top_figures.h"

#include <math.h>

#include "support/harness.h"

#define BOUNDS "\"duration_bounds\":[0.001,0.01,0.1]"
#define SITE(name, n, bad, durations)                                          \
	"{\"site\":\"" name "\",\"requests\":" n ",\"bytes_sent\":" n          \
	",\"4xx\":0,\"5xx\":" bad ",\"durations\":[" durations "]}"
#define ANSWER(ms, accepted, rate, sites, workers)                             \
	"{\"ok\":true,\"time_ms\":" ms ",\"uptime_ms\":" ms                    \
	",\"accepted\":" accepted ",\"refused\":{\"rate\":" rate               \
	",\"limit\":3}," BOUNDS ",\"sites\":[" sites "],\"workers\":[" workers \
	"]}"

static json_t *
parse(const char *text)
{
	json_error_t error;
	json_t *value = text == NULL ? NULL : json_loads(text, 0, &error);

	ck_assert_msg(text == NULL || value != NULL, "%s", error.text);
	return value;
}

static json_t *
compare(const char *earlier, const char *now)
{
	json_t *a = parse(earlier), *b = parse(now), *figures;

	figures = top_figures(a, b);
	json_decref(a);
	json_decref(b);
	return figures;
}

/* -1 is for null, or for what is not there. */
static void
expect(const json_t *object, const char *name, double value)
{
	const json_t *member = json_object_get(object, name);
	double is = json_is_number(member) ? json_number_value(member) : -1;

	ck_assert_msg(
		fabs(is - value) < 1e-6, "%s is %g, not %g", name, is, value);
}

START_TEST(what_was_counted_is_divided_by_the_time)
{
	json_t *f = compare(
		ANSWER("1000", "10", "5", SITE("a", "100", "1", "100,0,0,0"),
			"{\"pid\":7,\"requests\":100}"),
		ANSWER("3000", "14", "6", SITE("a", "140", "2", "140,0,0,0"),
			"{\"pid\":7,\"requests\":140}"));
	const json_t *site = json_array_get(json_object_get(f, "sites"), 0);
	const json_t *worker = json_array_get(json_object_get(f, "workers"), 0);
	const json_t *refused = json_object_get(f, "refused_per_second");

	expect(f, "interval", 2);
	expect(f, "uptime", 3);
	expect(f, "accepted_per_second", 2);
	expect(f, "requests_per_second", 20);
	expect(f, "bytes_sent_per_second", 20);
	expect(f, "5xx_per_second", 0.5);
	expect(site, "requests_per_second", 20);
	expect(site, "requests", 140);
	expect(worker, "requests_per_second", 20);
	expect(refused, "rate", 0.5);
	expect(refused, "limit", -1);
	json_decref(f);
}
END_TEST

START_TEST(without_an_earlier_answer_there_are_no_rates)
{
	json_t *f = compare(_i == 0 ? NULL : ANSWER("9000", "0", "0", "", ""),
		ANSWER("3000", "14", "6", SITE("a", "140", "2", "140,0,0,0"),
			"{\"pid\":7,\"requests\":140}"));

	expect(f, "interval", 0);
	expect(f, "requests_per_second", -1);
	expect(f, "p50", -1);
	expect(json_array_get(json_object_get(f, "sites"), 0),
		"requests_per_second", -1);
	ck_assert_uint_eq(
		json_object_size(json_object_get(f, "refused_per_second")), 0);
	json_decref(f);
}
END_TEST

/* Another server answers, or a worker's counts are not told yet. */
START_TEST(a_counter_that_went_back_has_the_rate_0)
{
	json_t *f = compare(
		ANSWER("1000", "10", "5", SITE("a", "100", "1", "100,0,0,0"),
			"{\"pid\":7,\"requests\":100}"),
		ANSWER("2000", "4", "0", SITE("a", "40", "0", "40,0,0,0"),
			"{\"pid\":8,\"requests\":40}"));

	expect(f, "accepted_per_second", 0);
	expect(f, "requests_per_second", 0);
	expect(f, "p99", -1);
	expect(json_array_get(json_object_get(f, "workers"), 0),
		"requests_per_second", 40);
	json_decref(f);
}
END_TEST

START_TEST(the_busiest_site_is_the_first_one)
{
	json_t *f = compare(ANSWER("1000", "0", "0", "", ""),
		ANSWER("2000", "0", "0",
			SITE("a", "5", "0", "5,0,0,0") "," SITE("b", "50", "0",
				"50,0,0,0") "," SITE("c", "5", "0", "5,0,0,0"),
			""));
	const json_t *sites = json_object_get(f, "sites");
	static const char *const order[] = { "b", "a", "c" };

	for (size_t i = 0; i < ROWS(order); i++)
		ck_assert_str_eq(json_string_value(json_object_get(
					 json_array_get(sites, i), "site")),
			order[i]);
	json_decref(f);
}
END_TEST

static const struct {
	const char *durations; /* in the interval */
	double p50, p99;
} histograms[] = {
	{ "0,0,0,0", -1, -1 }, { "100,0,0,0", 0.0005, 0.00099 },
	{ "50,50,0,0", 0.001, 0.00982 }, { "0,0,100,0", 0.055, 0.0991 },
	{ "0,0,0,9", 0.1, 0.1 }, /* above all bounds */
};

START_TEST(quantiles_are_interpolated_within_a_bucket)
{
	char now[512];
	json_t *f;

	snprintf(now, sizeof(now),
		ANSWER("2000", "0", "0", SITE("a", "9", "0", "%s"), ""),
		histograms[_i].durations);
	f = compare(
		ANSWER("1000", "0", "0", SITE("a", "0", "0", "0,0,0,0"), ""),
		now);
	expect(f, "p50", histograms[_i].p50);
	expect(f, "p99", histograms[_i].p99);
	json_decref(f);
}
END_TEST

/* A server of another version may answer anything. */
START_TEST(an_answer_without_members_is_no_error)
{
	static const char *const answers[] = { "{}", "[]",
		"{\"time_ms\":\"x\",\"sites\":7,\"workers\":{}}",
		"{\"time_ms\":9,\"sites\":[7,{}],\"workers\":[null]}" };
	json_t *f = compare(answers[0], answers[_i]);

	ck_assert_ptr_nonnull(f);
	json_decref(f);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ what_was_counted_is_divided_by_the_time, 1 },
		{ without_an_earlier_answer_there_are_no_rates, 2 },
		{ a_counter_that_went_back_has_the_rate_0, 1 },
		{ the_busiest_site_is_the_first_one, 1 },
		{ quantiles_are_interpolated_within_a_bucket,
			ROWS(histograms) },
		{ an_answer_without_members_is_no_error, 4 },
	};

	return harness_run("top_figures", tests, ROWS(tests));
}
