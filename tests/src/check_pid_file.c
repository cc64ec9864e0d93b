/*
 * The pid file, held by this process and by a child.
 * SPDX-License-Identifier: MIT
 */
#include "pid_file.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/harness.h"

static char dir[64], path[128];
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
open_pid_file(struct pid_file *pf, const char *at)
{
	return pid_file_claim(&PID_FILE_NONE, pf, at, &why);
}

static int
is_refused(void)
{
	struct pid_file pf;

	return open_pid_file(&pf, path) == -1 &&
	       strstr(why.text, "another server runs") != NULL;
}

START_TEST(the_holder_is_who_has_the_lock)
{
	struct pid_file pf;

	ck_assert(elsewhere(sees_nobody));
	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	ck_assert(elsewhere(sees_parent));
	pid_file_close(&pf);
	ck_assert(elsewhere(sees_nobody));
}
END_TEST

START_TEST(a_second_server_is_refused)
{
	struct pid_file pf;

	ck_assert_int_eq(open_pid_file(&pf, path), 0);
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
	ck_assert_int_eq(open_pid_file(&pf, path), 0);
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

	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	pid_file_close(&pf);
	ck_assert_int_eq(access(path, F_OK), -1);

	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	pid_file_close(&pf);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* What the path is called when it is claimed again, and how that name is
 * made. */
static const struct {
	const char *name, *made_by;
} names[] = {
	{ "prong.pid", "true" },
	{ "./sub/../prong.pid", "mkdir sub" },
	{ "link/prong.pid", "ln -s . link" },
	{ "other.pid", "ln prong.pid other.pid" },
};

/* Every name but the present one is gone, whichever the last one is. */
static int
count_files(void)
{
	char command[128];
	FILE *f;
	int n;

	snprintf(command, sizeof(command),
		"find %s -type f -name '*.pid' | wc -l", dir);
	f = popen(command, "r");
	ck_assert_int_eq(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

static void
run_in_dir(const char *command)
{
	char text[256];

	snprintf(text, sizeof(text), "cd %s && %s", dir, command);
	ck_assert_int_eq(system(text), 0);
}

static void
clean_dir(void)
{
	run_in_dir("rm -rf ./*");
}

START_TEST(the_file_is_kept_under_another_name)
{
	struct pid_file now, next = PID_FILE_NONE;
	char name[128];

	ck_assert_int_eq(open_pid_file(&now, path), 0);
	run_in_dir(names[_i].made_by);
	snprintf(name, sizeof(name), "%s/%s", dir, names[_i].name);

	/* A reload that is refused. */
	ck_assert_int_eq(pid_file_claim(&now, &next, name, &why), 0);
	pid_file_close(&next);
	ck_assert(elsewhere(sees_parent));

	/* One that holds. */
	ck_assert_int_eq(pid_file_claim(&now, &next, name, &why), 0);
	pid_file_replace(&now, &next);
	ck_assert_int_eq(next.fd, -1);
	ck_assert_ptr_null(next.path);
	ck_assert_str_eq(now.path, name);
	ck_assert_int_eq(count_files(), 1);
	ck_assert_int_eq(access(name, F_OK), 0);
	snprintf(path, sizeof(path), "%s", name);
	ck_assert(elsewhere(sees_parent));
	ck_assert(elsewhere(is_refused));
	pid_file_close(&now);
	ck_assert_int_eq(count_files(), 0);
	clean_dir();
}
END_TEST

START_TEST(a_file_that_was_removed_is_made_again)
{
	struct pid_file now, next = PID_FILE_NONE;

	ck_assert_int_eq(open_pid_file(&now, path), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(pid_file_claim(&now, &next, path, &why), 0);
	pid_file_replace(&now, &next);
	ck_assert(elsewhere(sees_parent));
	pid_file_close(&now);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(others_cannot_read_the_file)
{
	struct pid_file pf;
	struct stat st;

	umask(0);
	if (_i == 1)
		close(open(path, O_WRONLY | O_CREAT, 0644));
	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	ck_assert_int_eq(fstat(pf.fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	pid_file_close(&pf);
}
END_TEST

/* A process that can read the file locks it; true when it could. */
static pid_t
lock_for_reading(int ends[2])
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(path, O_RDONLY);

		close(ends[0]);
		if (fcntl(fd, F_SETLK, &l) == -1)
			_exit(1);
		(void)!write(ends[1], "x", 1);
		pause();
		_exit(0);
	}
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	return pid;
}

START_TEST(a_lock_for_reading_is_no_servers)
{
	struct pid_file pf;
	int ends[2];
	pid_t pid;

	close(open(path, O_WRONLY | O_CREAT, 0644));
	pid = lock_for_reading(ends);
	ck_assert(elsewhere(sees_nobody));
	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	ck_assert(elsewhere(sees_parent));
	ck_assert(elsewhere(is_refused));
	pid_file_close(&pf);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_refused_and_removed)
{
	struct rlimit limit = { 0, RLIM_INFINITY };
	struct pid_file pf;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(open_pid_file(&pf, path), -1);
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert(strstr(why.text, "cannot write: File too large") != NULL);
	ck_assert_int_eq(pf.fd, -1);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* ---- other files --------------------------------------------------------- */

static void
write_file(const char *bytes, size_t len)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

/* The parent runs, the child has ended, and this process is the server. */
START_TEST(a_running_program_whose_number_the_file_had_is_found)
{
	struct pid_file pf;
	pid_t pid = fork();
	char text[32];

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT), 0);
	snprintf(text, sizeof(text), "%ld\n", (long)pid);
	write_file(text, strlen(text));
	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	ck_assert_int_eq(pf.former.pid, 0);
	pid_file_close(&pf);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	snprintf(text, sizeof(text), "%ld\n", (long)getppid());
	write_file(text, strlen(text));
	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	ck_assert_int_eq(pf.former.pid, getppid());
	ck_assert_str_ne(pf.former.name, "");
	pid_file_close(&pf);
	snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	write_file(text, strlen(text));
	ck_assert_int_eq(open_pid_file(&pf, path), 0);
	ck_assert_int_eq(pf.former.pid, 0);
	pid_file_close(&pf);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	bool is_taken;
} contents[] = {
	{ "", 0, true },
	{ "1234567\n", 8, true },
	{ "1234567", 7, true },
	{ " 12\n", 4, true },
	{ "\0\0\0\0\0\0\0\0", 8, true },
	{ "hello\n", 6, false },
	{ "12 hello\n", 9, false },
	{ "-1\n", 3, false },
	{ "12345678901234567890123456789012345678901234567890\n", 51, false },
	{ "#!/bin/sh\n", 10, false },
};

START_TEST(a_file_of_something_else_is_left_alone)
{
	struct pid_file now = PID_FILE_NONE, next = PID_FILE_NONE;
	char bytes[64] = "";
	int fd;

	write_file(contents[_i].bytes, contents[_i].len);
	ck_assert_int_eq(pid_file_claim(&now, &next, path, &why),
		contents[_i].is_taken ? 0 : -1);
	if (!contents[_i].is_taken) {
		ck_assert_ptr_nonnull(strstr(why.text, "it is no pid file"));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ck_assert_int_eq(
			read(fd, bytes, sizeof(bytes)), (int)contents[_i].len);
		ck_assert_mem_eq(bytes, contents[_i].bytes, contents[_i].len);
		close(fd);
	}
	pid_file_close(&next);
}
END_TEST

START_TEST(a_file_that_is_not_regular_is_left_alone)
{
	struct pid_file now = PID_FILE_NONE, next = PID_FILE_NONE;
	struct stat st, before;

	ck_assert_int_eq(mkfifo(path, 0644), 0);
	ck_assert_int_eq(lstat(path, &before), 0);
	ck_assert_int_eq(pid_file_claim(&now, &next, path, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "it is no pid file"));
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	ck_assert_uint_eq(st.st_mode, before.st_mode);
}
END_TEST

START_TEST(a_place_that_is_not_there_is_named)
{
	struct pid_file pf;

	ck_assert_int_eq(open_pid_file(&pf, "/nothing/prong.pid"), -1);
	ck_assert(strstr(why.text, "/nothing/prong.pid") != NULL);
	ck_assert_int_eq(pf.fd, -1);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ the_holder_is_who_has_the_lock, 0 },
		{ a_second_server_is_refused, 0 },
		{ a_file_that_a_crash_left_is_taken_over, 0 },
		{ close_removes_the_file_but_not_a_successor, 0 },
		{ a_file_of_something_else_is_left_alone, ROWS(contents) },
		{ a_running_program_whose_number_the_file_had_is_found, 0 },
		{ a_file_that_is_not_regular_is_left_alone, 1 },
		{ a_place_that_is_not_there_is_named, 0 },
		{ the_file_is_kept_under_another_name, ROWS(names) },
		{ a_file_that_was_removed_is_made_again, 0 },
		{ others_cannot_read_the_file, 2 },
		{ a_lock_for_reading_is_no_servers, 0 },
		{ a_file_that_cannot_be_written_is_refused_and_removed, 0 },
	};

	return harness_run_with(&fixture, "pid_file", tests, ROWS(tests));
}
