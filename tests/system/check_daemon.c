/*
 * --daemon: the command returns when the server serves, not before.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
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
		{ daemon_that_cannot_start_exits_with_1_and_a_reason, 1 },
	};

	return harness_run("daemon", tests, ROWS(tests));
}
