/*
 * Processes with the titles of workers whose master has gone.
 * SPDX-License-Identifier: MIT
 */
#include "cli/orphans.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/proctitle.h"
#include "support/harness.h"

static char control[64]; /* of this test only */

/* Starts cat(1), which has the title once it copies a byte. */
static pid_t
start_titled(const char *title, int *input)
{
	int in[2], out[2];
	char byte = 'x';
	pid_t pid;

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execlp("cat", title, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	ck_assert_int_eq(write(in[1], &byte, 1), 1);
	ck_assert_int_eq(read(out[0], &byte, 1), 1);
	close(out[0]);
	*input = in[1];
	return pid;
}

#define OLD "prong: worker 3 (generation 7) draining"

static const struct {
	const char *start; /* of the title; NULL: PROCTITLE_ORPHAN_FORMAT */
	const char *end;   /* behind the path of the control socket */
	bool is_found;
	json_int_t connections; /* -1: not told */
} rows[] = {
	{ NULL, "", true, 12 },
	{ OLD, "", true, -1 },
	{ "prong: worker x (generation y) draining, z connections", "", true,
		-1 },
	{ NULL, "2", false, 0 },
	{ "another program", "", false, 0 },
	{ "prong: worker 3\x1b[31m", "", false, 0 },
};

static json_int_t
integer_of(const json_t *o, const char *name)
{
	const json_t *n = json_object_get(o, name);

	return n == NULL ? -1 : json_integer_value(n);
}

/* Each number of the title, or none. */
static void
check_numbers(const json_t *o, json_int_t connections)
{
	bool are_told = connections != -1;

	ck_assert_int_eq(integer_of(o, "connections"), connections);
	ck_assert_int_eq(integer_of(o, "worker"), are_told ? 3 : -1);
	ck_assert_int_eq(integer_of(o, "generation"), are_told ? 7 : -1);
	ck_assert_int_eq(integer_of(o, "left"), are_told ? 20 : -1);
}

START_TEST(a_worker_without_a_master_is_found_by_its_title)
{
	char start[128], title[256];
	const char *text = rows[_i].start;
	const json_t *o;
	json_t *list;
	pid_t pid;
	int input;

	snprintf(control, sizeof(control), "/tmp/orphans-%d", (int)getpid());
	snprintf(start, sizeof(start), PROCTITLE_ORPHAN_FORMAT, 3u, 7u, 12u,
		20u);
	snprintf(title, sizeof(title), "%s" PROCTITLE_ORPHAN "%s%s",
		text == NULL ? start : text, control, rows[_i].end);
	pid = start_titled(title, &input);
	list = orphans_find(control);
	ck_assert_uint_eq(json_array_size(list), rows[_i].is_found);
	if (rows[_i].is_found) {
		o = json_array_get(list, 0);
		ck_assert_int_eq(integer_of(o, "pid"), pid);
		ck_assert_str_eq(
			json_string_value(json_object_get(o, "title")), title);
		check_numbers(o, rows[_i].connections);
	}
	json_decref(list);
	close(input);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_worker_without_a_master_is_found_by_its_title, ROWS(rows) },
	};

	return harness_run("orphans", tests, ROWS(tests));
}
