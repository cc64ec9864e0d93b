/*
 * --daemon: the command returns when the server serves, not before.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define CONF                                                                   \
	SERVER_CONF_WITH("\"pid_file\": \"$DIR/prong.pid\","                   \
			 "\"log\": {\"error\": {\"path\": \"$DIR/stderr\"}}")

static struct server s;
static struct program_result result;

static void
start_daemon(void)
{
	const char *argv[] = { "prong", "-c", s.file, "--daemon", NULL };

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	server_configure(&s, CONF);
	program_run(&s.program, argv, &result);
}

static pid_t
read_pid_file(void)
{
	char *text = server_read(&s, "prong.pid"), *end;
	long pid = strtol(text, &end, 10);

	ck_assert_msg(
		pid > 1 && strcmp(end, "\n") == 0, "pid file: \"%s\"", text);
	free(text);
	return (pid_t)pid;
}

static const char *const orders[] = { "reload", "upgrade", "reload" };

START_TEST(daemon_serves_when_its_parent_exits)
{
	struct response r;

	start_daemon();
	ck_assert_msg(result.status == 0, "%d: %s", result.status, result.err);
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);

	/* The orphan is a child of this process, which is its subreaper. */
	s.pid = read_pid_file();
	s.sockets = 1 << 20;
	ck_assert_int_eq(getsid(s.pid) == getsid(0), 0);
	s.temporary = "prong.pid";
	server_stop(&s);
}
END_TEST

/* "out=$(prong -c FILE -d)": a shell reads the output up to its end.  FILE may
 * be relative, and its directory does not stay busy. */
START_TEST(daemon_lets_go_of_the_terminal_and_the_directory_of_its_starter)
{
	const char *argv[] = { "prong", "-c", "prong.json", "-d", NULL };
	char cwd[64], path[64], text[4096];
	struct pollfd output = { .events = POLLIN };
	ssize_t n = 1;
	int ends[2];
	pid_t pid;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_configure(
		&s, SERVER_CONF_WITH("\"pid_file\": \"$DIR/prong.pid\","
				     "\"control\": \"$DIR/control\""));
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	output.fd = ends[0];
	s.program.cwd = s.dir;
	pid = program_start(&s.program, argv, ends[1], ends[1]);
	close(ends[1]);
	while (n > 0) {
		ck_assert_int_eq(poll(&output, 1, DEADLINE), 1);
		n = read(ends[0], text, sizeof(text));
	}
	close(ends[0]);
	ck_assert_int_eq(program_wait(pid, DEADLINE), 0);
	s.pid = read_pid_file();
	snprintf(path, sizeof(path), "/proc/%d/cwd", (int)s.pid);
	n = readlink(path, cwd, sizeof(cwd));
	ck_assert_msg(n == 1 && cwd[0] == '/', "%.*s", (int)n, cwd);
	for (size_t i = 0; i < ROWS(orders); i++) {
		argv[1] = orders[i];
		argv[2] = "-c";
		argv[3] = s.file;
		program_run(&s.program, argv, &result);
		ck_assert_msg(
			result.status == 0, "%s: %s", orders[i], result.err);
	}
	s.pid = read_pid_file();
	s.sockets = 1 << 20;
	s.temporary = "prong.pid";
	server_stop(&s);
}
END_TEST

/* The reason is written to the terminal, not only to a log. */
START_TEST(daemon_that_cannot_start_exits_with_1_and_a_reason)
{
	const char *argv[] = { "prong", "-c", NULL, "--daemon", NULL };
	struct server other;

	server_init(&other);
	server_serve(&s, SERVER_CONF);
	other.port = s.port;
	server_configure(&other, CONF);
	argv[2] = other.file;
	program_run(&other.program, argv, &result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, "in use") != NULL, "says: %s", result.err);
	server_discard(&other);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ daemon_serves_when_its_parent_exits, 1 },
		{ daemon_lets_go_of_the_terminal_and_the_directory_of_its_starter,
			1 },
		{ daemon_that_cannot_start_exits_with_1_and_a_reason, 1 },
	};

	return harness_run("daemon", tests, ROWS(tests));
}
