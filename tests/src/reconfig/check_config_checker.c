/*
 * The checker of a configuration that is valid, has errors, crashes it or hangs
 * it.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/config_checker.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "support/harness.h"
#include "support/stub.h"

enum { MANY = 5000 /* lines: more than a pipe holds */ };

static struct stub stub;
static struct config_checker checker;
static bool is_done, is_good;
static struct error_text why;
static char *errors;

static void
on_child(struct stub *s, pid_t pid, int status)
{
	(void)s;
	ck_assert(config_checker_reap(&checker, pid, status));
}

static void
on_done(void *arg, bool good, const char *text, const struct error_text *reason)
{
	(void)arg;
	is_done = true;
	is_good = good;
	errors = strdup(text);
	why = *reason;
}

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

static void
run_check(struct conf *(*read_conf)(void *, FILE *), double limit)
{
	const struct conf_reader reader = { .read_text = read_conf };

	stub_open(&stub, on_child);
	checker.on_done = on_done;
	ck_assert_int_eq(config_checker_start(
				 &checker, stub.env.loop, &reader, limit, &why),
		0);
	stub_wait(&stub, is_true, &is_done, "a verdict");
	ck_assert_int_eq(checker.pid, 0);
	stub_close(&stub);
}

static struct conf *
read_good(void *arg, FILE *to)
{
	(void)arg;
	(void)to;
	return stub_conf(1);
}

static struct conf *
read_bad(void *arg, FILE *to)
{
	(void)arg;
	for (int i = 0; i < MANY; i++)
		fprintf(to, "file:%d:1: error: a text of some length\n", i);
	return NULL;
}

static struct conf *
read_and_crash(void *arg, FILE *to)
{
	(void)arg;
	(void)to;
	raise(SIGKILL);
	return NULL;
}

static struct conf *
read_forever(void *arg, FILE *to)
{
	(void)arg;
	(void)to;
	while (poll(NULL, 0, -1) != 0)
		;
	return NULL;
}

START_TEST(valid_configuration_is_accepted)
{
	run_check(read_good, 10);
	ck_assert(is_good);
	ck_assert_str_eq(errors, "");
	free(errors);
}
END_TEST

START_TEST(all_errors_reach_the_master)
{
	run_check(read_bad, 10);
	ck_assert(!is_good);
	ck_assert_str_eq(why.text, "the configuration has errors");
	ck_assert(strncmp(errors, "file:0:1:", 9) == 0);
	ck_assert(strstr(errors, "file:4999:1:") != NULL);
	free(errors);
}
END_TEST

START_TEST(crash_of_the_checker_is_reported)
{
	run_check(read_and_crash, 10);
	ck_assert(!is_good);
	ck_assert(strstr(why.text, "crashed: signal 9") != NULL);
	free(errors);
}
END_TEST

START_TEST(hanging_checker_is_killed_after_the_limit)
{
	run_check(read_forever, 0.05);
	ck_assert(!is_good);
	ck_assert(strstr(why.text, "took longer than") != NULL);
	free(errors);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ valid_configuration_is_accepted, 0 },
		{ all_errors_reach_the_master, 0 },
		{ crash_of_the_checker_is_reported, 0 },
		{ hanging_checker_is_killed_after_the_limit, 0 },
	};

	return harness_run("config_checker", tests, ROWS(tests));
}
