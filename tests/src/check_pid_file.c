/*
 * The pid file, held by this process and by a child.
 * SPDX-License-Identifier: MIT
 */
#include "pid_file.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64], path[96];
static struct error_text why;

static void
setup(void)
{
	strcpy(dir, "/tmp/check_pid_file.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/prong.pid", dir);
}

static void
teardown(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* The answer of another process: the lock is none for our own. */
static int
elsewhere(int (*ask)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ask());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
sees_parent(void)
{
	return pid_file_holder(path) == getppid();
}

static int
sees_nobody(void)
{
	return pid_file_holder(path) == 0;
}

static int
is_refused(void)
{
	struct pid_file pf;

	return pid_file_open(&pf, path, &why) == -1 &&
	       strstr(why.text, "another server runs") != NULL;
}

START_TEST(the_holder_is_who_has_the_lock)
{
	struct pid_file pf;

	ck_assert(elsewhere(sees_nobody));
	ck_assert_int_eq(pid_file_open(&pf, path, &why), 0);
	ck_assert(elsewhere(sees_parent));
	pid_file_close(&pf);
	ck_assert(elsewhere(sees_nobody));
}
END_TEST

START_TEST(a_second_server_is_refused)
{
	struct pid_file pf;

	ck_assert_int_eq(pid_file_open(&pf, path, &why), 0);
	ck_assert(elsewhere(is_refused));
	pid_file_close(&pf);
}
END_TEST

START_TEST(a_file_that_a_crash_left_is_taken_over)
{
	struct pid_file pf;
	char text[32] = "", expected[32];
	FILE *f = fopen(path, "w");

	fputs("1234567890\n", f);
	fclose(f);
	ck_assert(elsewhere(sees_nobody));
	ck_assert_int_eq(pid_file_open(&pf, path, &why), 0);
	ck_assert_int_eq(pid_file_write(&pf), 0);
	ck_assert_int_gt(pread(pf.fd, text, sizeof(text) - 1, 0), 0);
	snprintf(expected, sizeof(expected), "%ld\n", (long)getpid());
	ck_assert_str_eq(text, expected);
	pid_file_close(&pf);
}
END_TEST

START_TEST(close_removes_the_file_but_not_a_successor)
{
	struct pid_file pf;

	ck_assert_int_eq(pid_file_open(&pf, path, &why), 0);
	pid_file_close(&pf);
	ck_assert_int_eq(access(path, F_OK), -1);

	ck_assert_int_eq(pid_file_open(&pf, path, &why), 0);
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	pid_file_close(&pf);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_place_that_is_not_there_is_named)
{
	struct pid_file pf;

	ck_assert_int_eq(pid_file_open(&pf, "/nothing/prong.pid", &why), -1);
	ck_assert(strstr(why.text, "/nothing/prong.pid") != NULL);
	ck_assert_int_eq(pf.fd, -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pid_file");
	TCase *t = tcase_create("pid_file");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_holder_is_who_has_the_lock);
	tcase_add_test(t, a_second_server_is_refused);
	tcase_add_test(t, a_file_that_a_crash_left_is_taken_over);
	tcase_add_test(t, close_removes_the_file_but_not_a_successor);
	tcase_add_test(t, a_place_that_is_not_there_is_named);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
