/*
 * Steps of the wall clock, while the monotonic one goes on.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { DAY = 86400, DEATHS = 5 };

#define CONF SERVER_CONF_WITH("\"control\": \"control\"")

static struct server s;
static int shift_file;

static void
step_clock(int64_t seconds)
{
	ck_assert_int_eq(pwrite(shift_file, &seconds, sizeof(seconds), 0),
		(ssize_t)sizeof(seconds));
}

static void
start(void)
{
	char path[128];

	server_init(&s);
	server_text(&s, "www/index.html", "x");
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "shift", "");
	snprintf(path, sizeof(path), "%s/shift", s.dir);
	shift_file = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ne(shift_file, -1);
	s.own_descriptors++;
	step_clock(0);
	ck_assert_int_eq(setenv("CLOCK_SHIFT", path, 1), 0);
	ck_assert_int_eq(setenv("LD_PRELOAD", MODULES "/clock_shift.so", 1), 0);
	server_start(&s, CONF);
	ck_assert_int_eq(unsetenv("LD_PRELOAD"), 0);
}

static void
run(struct program_result *result, const char *word, const char *more)
{
	const char *argv[] = { "prong", word, "-c", s.file, more, NULL };
	const struct program plain = { 0 };

	program_run(&plain, argv, result);
	ck_assert_msg(result->status == 0, "%s: %s", word, result->err);
}

static json_t *
ps(void)
{
	static struct program_result result;
	json_t *report;

	run(&result, "ps", "--json");
	report = json_loads(result.out, 0, NULL);
	ck_assert_ptr_nonnull(report);
	return report;
}

static void
assert_young(const json_t *object, const char *name)
{
	double age = json_number_value(json_object_get(object, name));

	ck_assert_msg(age >= 0 && age < 60, "%s: %f", name, age);
}

/* Seconds between the Date of an answer and what it should be. */
static long long
date_error(time_t expected)
{
	struct tm tm = { 0 };
	struct response r;

	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_ptr_nonnull(strptime(
		response_field(&r, "Date"), "%a, %d %b %Y %H:%M:%S GMT", &tm));
	response_free(&r);
	return llabs((long long)timegm(&tm) - expected);
}

/* Dates are the wall clock's: libev looks at it twice a second. */
static void
wait_for_step(int64_t step)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (date_error(time(NULL) + step) > 30)
		ck_assert(server_tick(&s, deadline));
}

static const int64_t steps[] = { 400 * DAY, -400 * DAY, 3600, -3600 };

START_TEST(a_step_changes_no_age)
{
	static struct program_result result;
	const json_t *master, *workers;
	json_t *report;

	start();
	run(&result, "reload", NULL);
	step_clock(steps[_i]);
	wait_for_step(steps[_i]);
	report = ps();
	master = json_object_get(report, "master");
	assert_young(master, "age");
	assert_young(master, "probation");
	assert_young(json_object_get(master, "last_change"), "age");
	workers = json_object_get(report, "workers");
	ck_assert_uint_ge(json_array_size(workers), 2);
	for (size_t i = 0; i < json_array_size(workers); i++) {
		assert_young(json_array_get(workers, i), "age");
		assert_young(json_array_get(workers, i), "heartbeat_age");
	}
	json_decref(report);
	close(shift_file);
	s.own_descriptors--;
	server_stop(&s);
}
END_TEST

/* Waits until worker 0 is no failed start; its pid. */
static pid_t
wait_for_grown_worker(pid_t old)
{
	int64_t deadline = deadline_in(DEADLINE);
	pid_t pid = old;

	while (server_tick(&s, deadline)) {
		json_t *report = ps(), *w;
		size_t i;

		json_array_foreach(json_object_get(report, "workers"), i,
			w) if (json_integer_value(json_object_get(w,
				       "worker")) == 0 &&
			       json_number_value(json_object_get(w, "age")) >
				       1.1) pid =
			(pid_t)json_integer_value(json_object_get(w, "pid"));
		json_decref(report);
		if (pid != old)
			return pid;
	}
	ck_abort_msg("worker 0 did not come back");
}

START_TEST(a_step_back_makes_no_death_a_failed_start)
{
	pid_t pid = 0;

	start();
	s.tolerated = "signal 9";
	for (int i = 0; i < DEATHS; i++) {
		pid = wait_for_grown_worker(pid);
		step_clock(-(i + 1) * DAY);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
	}
	wait_for_grown_worker(pid);
	ck_assert(!server_log_has(&s, "right after its start", 0));
	close(shift_file);
	s.own_descriptors--;
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_step_changes_no_age, ROWS(steps) },
		{ a_step_back_makes_no_death_a_failed_start, 1 },
	};

	return harness_run("clock", tests, ROWS(tests));
}
