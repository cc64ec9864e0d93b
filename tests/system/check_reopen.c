/*
 * "prong reopen" answers when no worker writes to the old logs any more.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define CONF CONF_WITH("")
#define CONF_WITH(log)                                                         \
	"{\"workers\": 2, \"control\": \"$DIR/control\","                      \
	"\"listen\": [\"127.0.0.1:$PORT\"], \"pid_file\": \"$DIR/prong.pid\"," \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\"}" log "},"       \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"drain\": \"1m\"},"          \
	"" SERVER_SITES "}"

static struct server s;

static void
reopen(struct program_result *result)
{
	const char *argv[] = { "prong", "reopen", "-c", s.file, NULL };
	const struct program plain = { 0 };

	program_run(&plain, argv, result);
}

/* Moves the log away, as logrotate(8) does. */
static void
rotate_log(const char *name)
{
	char from[96], to[96];

	snprintf(from, sizeof(from), "%s/%s", s.dir, name);
	snprintf(to, sizeof(to), "%s/%s.1", s.dir, name);
	ck_assert_int_eq(rename(from, to), 0);
}

static void
rotate(void)
{
	rotate_log("access.log");
}

static size_t
count_bytes(const char *name)
{
	char *text = server_read(&s, name);
	size_t n = strlen(text);

	free(text);
	return n;
}

START_TEST(a_busy_worker_is_waited_for)
{
	pid_t workers[PROC_CHILDREN], helper;
	struct program_result result;
	struct response r;
	size_t old;

	server_serve(&s, CONF);
	server_workers(&s, workers);
	server_halt(&s, workers[0]);
	rotate();
	helper = server_continue_later(workers[0]);
	reopen(&result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_str_eq(result.out, "done: logs reopened\n");
	old = count_bytes("access.log.1");
	for (int i = 0; i < 20; i++) {
		client_fetch(s.port, "/hello.txt", "", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
	ck_assert(server_file_has(&s, "access.log", "/hello.txt", DEADLINE));
	ck_assert_uint_eq(count_bytes("access.log.1"), old);
	ck_assert_int_eq(waitpid(helper, NULL, 0), helper);
	server_stop(&s);
}
END_TEST

START_TEST(a_worker_that_stays_busy_is_named)
{
	pid_t workers[PROC_CHILDREN];
	struct program_result result;
	char want[96];

	server_serve(&s, CONF);
	server_workers(&s, workers);
	server_halt(&s, workers[1]);
	rotate();
	reopen(&result);
	kill(workers[1], SIGCONT);
	ck_assert_int_eq(result.status, 1);
	snprintf(want, sizeof(want),
		"prong: reopen refused: worker 1 (pid %d): busy, and still "
		"writing to the old logs",
		(int)workers[1]);
	ck_assert_msg(strstr(result.err, want) != NULL, "%s", result.err);
	/* It takes them when it goes on. */
	reopen(&result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	server_stop(&s);
}
END_TEST

/* By a signal the log tells it: when all have them, and not before. */
START_TEST(the_end_of_a_signal_is_logged_when_all_have_the_new_logs)
{
	pid_t workers[PROC_CHILDREN];

	server_serve(&s, CONF);
	server_workers(&s, workers);
	server_halt(&s, workers[0]);
	rotate();
	server_signal(&s, SIGUSR1);
	ck_assert(server_log_has(&s, "SIGUSR1: worker 0 (pid ", DEADLINE));
	ck_assert(!server_log_has(&s, "logs reopened", 0));
	kill(workers[0], SIGCONT);
	server_signal(&s, SIGUSR1);
	ck_assert(server_log_has(&s, "SIGUSR1: logs reopened", DEADLINE));
	server_stop(&s);
}
END_TEST

static void
start_download(struct client *c, const char *conf)
{
	enum { SIZE = 8 * 1024 * 1024 };
	char *big = server_pattern(SIZE);

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_file(&s, "www/big", big, SIZE);
	free(big);
	server_start(&s, conf);
	client_open_narrow(c, s.port, 4096);
	client_say(c, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_has(c, 1, DEADLINE));
}

/* Its line is written when it ends, behind the reload and the rotation. */
START_TEST(a_generation_that_drains_writes_to_the_new_log)
{
	struct program_result result;
	struct client c;

	start_download(&c, CONF);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "draining generation 1", DEADLINE));
	rotate();
	reopen(&result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	client_reset(&c);
	ck_assert(server_file_has(&s, "access.log", "GET /big", DEADLINE));
	server_stop(&s);
}
END_TEST

START_TEST(a_server_that_drains_writes_to_the_new_logs)
{
	struct client c;

	start_download(
		&c, CONF_WITH(", \"error\": {\"path\": \"$DIR/error.log\"}"));
	server_signal(&s, SIGTERM);
	ck_assert(server_file_has(&s, "error.log", "SIGTERM: drain", DEADLINE));
	rotate();
	rotate_log("error.log");
	server_signal(&s, SIGUSR1);
	ck_assert(server_file_has(
		&s, "error.log", "SIGUSR1: logs reopened", DEADLINE));
	client_reset(&c);
	ck_assert(server_file_has(&s, "access.log", "GET /big", DEADLINE));
	server_finish(&s, 0);
}
END_TEST

static bool
has_file(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	return access(path, F_OK) == 0;
}

/* The command is answered at the end of the upgrade, or after three seconds. */
START_TEST(a_reopening_that_waits_as_an_upgrade_begins_is_passed_on)
{
	const char *argv[] = { "prong", "reopen", "-c", s.file, NULL };
	int64_t deadline = deadline_in(DEADLINE);
	pid_t workers[PROC_CHILDREN], command;

	server_serve(&s, CONF);
	server_workers(&s, workers);
	server_halt(&s, workers[0]);
	rotate();
	command = program_start(&(struct program){ 0 }, argv, 1, 2);
	while (!has_file("access.log"))
		ck_assert(server_tick(&s, deadline));
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(
		&s, "reopen during the upgrade: logs reopened", DEADLINE));
	ck_assert_int_eq(program_wait(command, DEADLINE), 1);
	kill(workers[0], SIGCONT);
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_busy_worker_is_waited_for, 0 },
		{ a_worker_that_stays_busy_is_named, 0 },
		{ the_end_of_a_signal_is_logged_when_all_have_the_new_logs, 0 },
		{ a_generation_that_drains_writes_to_the_new_log, 0 },
		{ a_server_that_drains_writes_to_the_new_logs, 0 },
		{ a_reopening_that_waits_as_an_upgrade_begins_is_passed_on, 0 },
	};

	return harness_run("reopen", tests, ROWS(tests));
}
