/*
 * prong top: on a terminal, on one that cannot be drawn on, and for scripts.
 * SPDX-License-Identifier: MIT
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/terminal.h"
#include "support/test_deadline.h"

#define CONF SERVER_CONF_WITH("\"control\": \"control\"")

static struct server s;
static struct terminal terminal;

static void
start_top(const char *type, int columns, int rows)
{
	const char *argv[] = { "prong", "top", "-c", s.file, NULL };

	terminal_start(&terminal, argv, type, columns, rows);
}

/* At 30 columns "queued" has no room. */
START_TEST(a_terminal_is_drawn_on_until_q)
{
	pid_t workers[PROC_CHILDREN];
	char pid[16];

	server_serve(&s, CONF);
	ck_assert_uint_eq(server_workers(&s, workers), 2);
	snprintf(pid, sizeof(pid), "%7d", (int)workers[1]);
	start_top("xterm", 30, 20);
	ck_assert(terminal_shows(&terminal, "requests/s"));
	ck_assert(terminal_shows(&terminal, pid));
	ck_assert_ptr_null(strstr(terminal.text, "queued"));
	terminal_resize(&terminal, 90, 24);
	ck_assert(terminal_shows(&terminal, " queued"));
	terminal_type(&terminal, "q");
	ck_assert_int_eq(terminal_end(&terminal), 0);
	server_stop(&s);
}
END_TEST

START_TEST(a_dumb_terminal_gets_lines)
{
	server_serve(&s, CONF);
	start_top("dumb", 80, 24);
	ck_assert(terminal_shows(&terminal, "2 of 2 workers serve\r\n"));
	ck_assert(terminal_shows(&terminal, " queued\r\n"));
	terminal_type(&terminal, "q\n");
	ck_assert_int_eq(terminal_end(&terminal), 0);
	ck_assert_ptr_null(strchr(terminal.text, '\033'));
	server_stop(&s);
}
END_TEST

START_TEST(the_last_figures_stay_when_the_server_has_gone)
{
	server_serve(&s, CONF);
	s.temporary = "control";
	start_top("xterm", 90, 24);
	ck_assert(terminal_shows(&terminal, "requests/s"));
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	ck_assert(terminal_shows(&terminal, "no server answers on"));
	terminal_type(&terminal, "q");
	ck_assert_int_eq(terminal_end(&terminal), 0);
	server_finish(&s, 0);
}
END_TEST

/* ---- scripts ------------------------------------------------------------- */

enum { RUNS = 3 };

/* Each takes a second: they run at the same time. */
static void
run_all(const char *const argv[RUNS][6], char out[RUNS][4096])
{
	const struct program plain = { 0 };
	int fds[RUNS];
	pid_t pids[RUNS];
	ssize_t n;

	for (int i = 0; i < RUNS; i++) {
		fds[i] = memfd_create("out", MFD_CLOEXEC);
		pids[i] = program_start(&plain, argv[i], fds[i], fds[i]);
	}
	for (int i = 0; i < RUNS; i++) {
		ck_assert_int_eq(program_wait(pids[i], DEADLINE), 0);
		n = pread(fds[i], out[i], sizeof(out[i]) - 1, 0);
		out[i][n > 0 ? n : 0] = '\0';
		close(fds[i]);
	}
}

static void
check_json(const char *text)
{
	json_t *f = json_loads(text, 0, NULL);

	ck_assert_msg(f != NULL, "%s", text);
	ck_assert_uint_eq(json_array_size(json_object_get(f, "workers")), 2);
	ck_assert(json_is_number(json_object_get(f, "requests_per_second")));
	ck_assert(json_number_value(json_object_get(f, "interval")) >= 1);
	json_decref(f);
}

/* The configuration is broken meanwhile, as it may be for prong ps. */
START_TEST(scripts_get_one_view)
{
	static char out[RUNS][4096];
	char control[100];
	const char *const argv[RUNS][6] = {
		{ "prong", "top", "--once", "-c", s.file, NULL },
		{ "prong", "top", "--json", "--control", control, NULL },
		{ "prong", "top", "-j", "-c", s.file, NULL },
	};

	server_serve(&s, CONF);
	snprintf(control, sizeof(control), "%s/control", s.dir);
	server_configure(&s,
		SERVER_CONF_WITH("\"control\": \"control\", \"worker\": 1"));
	run_all(argv, out);
	ck_assert_ptr_nonnull(strstr(out[0], "2 of 2 workers serve\n"));
	ck_assert_ptr_nonnull(strstr(out[0], "\n*   "));
	check_json(out[1]);
	check_json(out[2]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_terminal_is_drawn_on_until_q, 1 },
		{ a_dumb_terminal_gets_lines, 1 },
		{ the_last_figures_stay_when_the_server_has_gone, 1 },
		{ scripts_get_one_view, 1 },
	};

	return harness_run("top", tests, ROWS(tests));
}
