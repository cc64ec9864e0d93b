/*
 * The test executes itself with the arguments "--show TITLE", which set the
 * title and print what the kernel then shows of the process.
 * SPDX-License-Identifier: MIT
 */
#include "common/proctitle.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/harness.h"

enum { OUT_MAX = 8192 };

/* The child: prints cmdline, comm, $KEPT and argv[2], one per line. */
static int
show_title(int argc, char **argv)
{
	static struct proctitle title; /* keeps the heap reachable */
	char cmdline[4096] = "", comm[16] = "";
	int fd;
	ssize_t n;

	proctitle_init(&title, argc, argv);
	proctitle_set(&title, "a first and much longer title, to be erased");
	proctitle_set(&title, "%s", argv[2]);
	fd = open("/proc/self/cmdline", O_RDONLY);
	n = read(fd, cmdline, sizeof(cmdline) - 1);
	while (n > 0 && cmdline[n - 1] == '\0')
		n--;
	for (ssize_t i = 0; i < n; i++)
		if (cmdline[i] == '\0')
			cmdline[i] = '|'; /* rest of something else */
	prctl(PR_GET_NAME, comm);
	setenv("ADDED", "1", 1);
	printf("%s\n%s\n%s\n%s\n", cmdline, comm, getenv("KEPT"), argv[2]);
	return 0;
}

static void
run_child(const char *title, const char *kept, int out)
{
	char *argv[] = { (char *)"/proc/self/exe", (char *)"--show",
		(char *)title, NULL };
	char *envp[] = { (char *)kept, (char *)"OTHER=x", NULL };

	dup2(out, STDOUT_FILENO);
	execve("/proc/self/exe", argv, envp);
	_exit(127);
}

/* Stores the output of "--show title" in out. */
static void
capture_title(const char *title, const char *kept, char *out)
{
	int ends[2], status;
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_child(title, kept, ends[1]);
	close(ends[1]);
	while ((n = read(ends[0], out + used, OUT_MAX - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static const char *const titles[] = {
	"prong: w",
	"prong: worker 2 (generation 3)",
	"prong: worker 2 (generation 3) shutting down",
};

START_TEST(title_replaces_the_command_line)
{
	char out[OUT_MAX], want[OUT_MAX], kept[256] = "KEPT=";

	/* The last title is longer than argv, so it runs into this. */
	memset(kept + 5, 'k', 200);
	capture_title(titles[_i], kept, out);
	snprintf(want, sizeof(want), "%s\nprong\n%s\n%s\n", titles[_i],
		kept + 5, titles[_i]);
	ck_assert_str_eq(out, want);
}
END_TEST

START_TEST(title_longer_than_the_area_is_cut)
{
	static const char text[] = "/proc/self/exe\0--show\0OTHER=x\0KEPT=k";
	char out[OUT_MAX], title[301];
	size_t room = sizeof(text) + sizeof(title); /* argv[2] is the title */

	memset(title, 't', 300);
	title[300] = '\0';
	capture_title(title, "KEPT=k", out);
	ck_assert_uint_lt(strcspn(out, "\n"), room);
	ck_assert_uint_ge(strspn(out, "t"), 300);
}
END_TEST

START_TEST(title_without_area_is_ignored)
{
	struct proctitle title;
	char *argv[] = { NULL };

	proctitle_init(&title, 0, argv);
	proctitle_set(&title, "prong: %s", "x");
	ck_assert_uint_eq(title.size, 0);
}
END_TEST

/* A gap between two arguments: the memory behind it is not part of the area. */
START_TEST(area_ends_at_a_gap)
{
	char bytes[] = "one\0two\0HOLE\0three";
	char *argv[] = { bytes, bytes + 4, bytes + 13, NULL };
	struct proctitle title;

	proctitle_init(&title, 3, argv);
	ck_assert_uint_eq(title.size, 8);
	proctitle_set(&title, "0123456789");
	ck_assert_mem_eq(bytes, "0123456\0HOLE\0three", sizeof(bytes));
	ck_assert_str_eq(argv[0], "one");
	ck_assert_str_eq(argv[2], "three");
	for (int i = 0; i < 3; i++)
		free(argv[i]);
}
END_TEST

int
main(int argc, char **argv)
{
	const struct harness_test tests[] = {
		{ title_replaces_the_command_line, ROWS(titles) },
		{ title_longer_than_the_area_is_cut, 0 },
		{ title_without_area_is_ignored, 0 },
		{ area_ends_at_a_gap, 0 },
	};

	if (argc == 3 && strcmp(argv[1], "--show") == 0)
		return show_title(argc, argv);
	return harness_run("proctitle", tests, ROWS(tests));
}
