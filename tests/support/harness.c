/*
 * Check's runner, and a broom.
 * SPDX-License-Identifier: MIT
 */
#include "support/harness.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/procfs.h"

/* Runs in the test's process: a server's orphans become its children. */
static void
become_reaper(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* A daemon leaves its group, so Check does not reach it: end it here. */
static void
sweep(void)
{
	pid_t pids[PROC_CHILDREN];
	size_t n = proc_children(getpid(), pids);

	for (size_t i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	while (n > 0 && waitpid(-1, NULL, 0) > 0)
		;
}

int
harness_run_with(const struct harness_fixture *fixture, const char *name,
	const struct harness_test *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int rows, failed;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	tcase_set_timeout(tcase, HARNESS_TIMEOUT);
	tcase_add_unchecked_fixture(
		tcase, fixture->setup_all, fixture->teardown_all);
	tcase_add_checked_fixture(tcase, become_reaper, NULL);
	tcase_add_checked_fixture(tcase, fixture->setup, fixture->teardown);
	for (size_t i = 0; i < count; i++) {
		rows = tests[i].rows == 0 ? 1 : (int)tests[i].rows;
		tcase_add_loop_test(tcase, tests[i].test, 0, rows);
	}
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	sweep();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
harness_run(const char *name, const struct harness_test *tests, size_t count)
{
	static const struct harness_fixture none;

	return harness_run_with(&none, name, tests, count);
}
