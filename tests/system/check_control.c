/*
 * The control socket and its commands: what they say, what they do, and that
 * nothing a client does there harms the master.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { HUGE_LINE = 1 << 20, CROWD = 80 };

#define CONF SERVER_CONF_WITH("\"control\": \"control\"")
#define WITH_PID_FILE(CONTROL)                                                 \
	SERVER_CONF_WITH("\"control\": \"" CONTROL "\", \"pid_file\": "        \
			 "\"pid\"")

static struct server s;

/* ---- commands ----------------------------------------------------------- */

static void
run(struct program_result *result, const char *word, const char *more)
{
	const char *argv[] = { "prong", word, "-c", s.file, more, NULL };
	const struct program plain = { 0 };

	program_run(&plain, argv, result);
}

static json_t *
ps(void)
{
	struct program_result result;
	json_t *report;

	run(&result, "ps", "--json");
	ck_assert_msg(result.status == 0, "%s", result.err);
	report = json_loads(result.out, 0, NULL);
	ck_assert_ptr_nonnull(report);
	return report;
}

static json_int_t
number(const json_t *report, const char *part, const char *name)
{
	return json_integer_value(
		json_object_get(json_object_get(report, part), name));
}

/* Asks until the server has counted: a worker counts behind its answer. */
static void
wait_for_total(const char *name, json_int_t expected)
{
	int64_t deadline = deadline_in(DEADLINE);
	json_int_t got;
	json_t *report;

	do {
		report = ps();
		got = number(report, "totals", name);
		json_decref(report);
	} while (got != expected && server_tick(&s, deadline));
	ck_assert_int_eq(got, expected);
}

static void
fetch(void)
{
	struct response r;

	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
}

START_TEST(ps_shows_every_worker)
{
	struct program_result result;
	pid_t workers[PROC_CHILDREN];
	char line[32];
	size_t n;

	server_serve(&s, SERVER_CONF_WITH("\"control\": \"control\","
					  "\"limits\": {\"connections\": 20}"));
	n = server_workers(&s, workers);
	run(&result, "ps", NULL);
	ck_assert_int_eq(result.status, 0);
	for (size_t i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "%8d %6zu ", (int)workers[i], i);
		ck_assert_msg(
			strstr(result.out, line) != NULL, "%s", result.out);
	}
	ck_assert(strstr(result.out, "generation 1 with 2 workers") != NULL);
	ck_assert_ptr_nonnull(strstr(result.out, "/20 "));
	server_stop(&s);
}
END_TEST

START_TEST(totals_survive_reloads_and_crashes)
{
	struct program_result result;
	pid_t workers[PROC_CHILDREN];
	size_t n;

	server_serve(&s, CONF);
	s.tolerated = "signal 9";
	fetch();
	wait_for_total("requests", 2); /* one made server_serve() */
	run(&result, "reload", NULL);
	ck_assert_int_eq(result.status, 0);
	fetch();
	wait_for_total("requests", 3);
	n = server_workers(&s, workers);
	for (size_t i = 0; i < n; i++)
		kill(workers[i], SIGKILL);
	ck_assert(server_has_new_workers(&s, 2, workers, n, DEADLINE));
	fetch();
	wait_for_total("requests", 4);
	server_stop(&s);
}
END_TEST

START_TEST(scale_serves_with_so_many_until_a_reload)
{
	struct program_result result;
	json_t *report;

	server_serve(&s, CONF);
	run(&result, "scale", "5");
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_str_eq(
		result.out, "scaled: generation 2 serves with 5 workers\n");
	report = ps();
	ck_assert_int_eq(number(report, "master", "workers"), 5);
	json_decref(report);
	for (int i = 0; i < 20; i++)
		fetch();
	run(&result, "scale", "1");
	ck_assert_int_eq(result.status, 0);
	run(&result, "ps", NULL);
	ck_assert_ptr_nonnull(
		strstr(result.out, "generation 3 with 1 worker\n"));
	for (int i = 0; i < 20; i++)
		fetch();
	run(&result, "reload", NULL);
	ck_assert_str_eq(
		result.out, "reloaded: generation 4 serves with 2 workers\n");
	s.sockets += 2; /* those of workers 3 to 5 */
	server_stop(&s);
}
END_TEST

START_TEST(ttin_and_ttou_change_the_number_by_one)
{
	server_serve(&s, CONF);
	server_signal(&s, SIGTTIN);
	ck_assert(
		server_log_has(&s, "generation 2 serves: 3 workers", DEADLINE));
	server_signal(&s, SIGTTOU);
	ck_assert(
		server_log_has(&s, "generation 3 serves: 2 workers", DEADLINE));
	server_signal(&s, SIGTTOU);
	ck_assert(
		server_log_has(&s, "generation 4 serves: 1 worker ", DEADLINE));
	server_signal(&s, SIGTTOU);
	fetch();
	s.sockets += 2; /* those of workers 2 and 3 */
	server_stop(&s);
}
END_TEST

static const struct {
	const char *command, *says;
} ends[] = {
	{ "drain", "drains 2 workers" },
	{ "stop", "stops 2 workers" },
};

START_TEST(drain_and_stop_end_when_the_server_is_gone)
{
	struct program_result result;

	server_serve(&s, CONF);
	s.temporary = "control";
	run(&result, ends[_i].command, NULL);
	ck_assert_int_eq(result.status, 0);
	ck_assert(strstr(result.out, ends[_i].says) != NULL);
	server_wait(&s, 0);
	run(&result, ends[_i].command, NULL);
	ck_assert_int_eq(result.status, 3);
	ck_assert(strstr(result.err, "no server running") != NULL);
	server_finish(&s, 0);
}
END_TEST

static const struct {
	const char *command, *says;
} asked[] = {
	{ "reload", "another \"control\"? kill -1 " },
	{ "ps", "another \"control\"?\n" },
};

START_TEST(a_server_with_another_control_socket_is_not_taken_for_gone)
{
	struct program_result result;

	server_serve(&s, WITH_PID_FILE("control"));
	s.temporary = "control";
	server_configure(&s, WITH_PID_FILE("moved"));
	run(&result, asked[_i].command, NULL);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, asked[_i].says) != NULL, "%s", result.err);
	server_stop(&s);
}
END_TEST

START_TEST(reopen_opens_the_logs_again)
{
	struct program_result result;

	server_serve(&s, CONF);
	run(&result, "reopen", NULL);
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(result.out, "done: logs reopened\n");
	server_stop(&s);
}
END_TEST

START_TEST(a_reload_may_move_the_socket)
{
	struct program_result result;

	server_serve(&s, CONF);
	s.temporary = "control";
	server_configure(&s,
		SERVER_CONF_WITH("\"control\": \"control\", \"worker\": 1"));
	s.tolerated = "";
	run(&result, "reload", NULL);
	ck_assert_int_eq(result.status, 1);
	server_configure(&s, SERVER_CONF_WITH("\"control\": \"moved\""));
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	run(&result, "ps", NULL);
	ck_assert_msg(result.status == 0, "%s", result.err);
	server_stop(&s);
}
END_TEST

/* ---- the socket --------------------------------------------------------- */

static int
dial(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/control", s.dir);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void
say(int fd, const char *bytes, size_t len)
{
	for (ssize_t n; len > 0; bytes += n, len -= (size_t)n) {
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
	}
}

/* What comes, up to a newline, EOF or the deadline. */
static void
hear(int fd, char *line, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t used = 0;
	ssize_t n = 1;

	while (n > 0 && used + 1 < size && poll(&p, 1, DEADLINE) == 1) {
		n = recv(fd, line + used, 1, 0);
		if (n == 1 && line[used++] == '\n')
			break;
	}
	line[used] = '\0';
}

static const struct {
	const char *request, *answer;
} bad[] = {
	{ "\n", "not one line with a JSON object" },
	{ "hello\n", "not one line with a JSON object" },
	{ "[]\n", "not one line with a JSON object" },
	{ "{\"command\":\"reload\"\n", "not one line with a JSON object" },
	{ "{}\n", "no such command" },
	{ "{\"command\":7}\n", "command: must be a string" },
	{ "{\"command\":\"ps\",\"command\":\"ps\"}\n", "is there twice" },
	{ "{\"command\":\"fly\"}\n", "no such command" },
	{ "{\"command\":\"scale\"}\n", "must be 1 to 512" },
	{ "{\"command\":\"scale\",\"workers\":-1}\n", "must be 1 to 512" },
	{ "{\"command\":\"scale\",\"workers\":1e99}\n", "must be an integer" },
};

START_TEST(a_bad_request_is_told_so)
{
	char line[512];
	int fd;

	server_serve(&s, CONF);
	fd = dial();
	say(fd, bad[_i].request, strlen(bad[_i].request));
	hear(fd, line, sizeof(line));
	ck_assert_msg(strncmp(line, "{\"ok\":false,", 12) == 0 &&
			      strstr(line, bad[_i].answer) != NULL,
		"%s", line);

	/* The connection goes on. */
	say(fd, "{\"command\":\"ps\"}\n", 17);
	hear(fd, line, sizeof(line));
	ck_assert_msg(strncmp(line, "{\"ok\":true,", 11) == 0, "%s", line);
	close(fd);
	server_stop(&s);
}
END_TEST

START_TEST(a_huge_line_is_refused)
{
	char *huge = malloc(HUGE_LINE), line[512];
	int fd;

	server_serve(&s, CONF);
	memset(huge, 'x', HUGE_LINE);
	fd = dial();
	say(fd, huge, HUGE_LINE);
	hear(fd, line, sizeof(line));
	ck_assert_msg(
		strstr(line, "too long") != NULL || *line == '\0', "%s", line);
	close(fd);
	free(huge);
	json_decref(ps());
	server_stop(&s);
}
END_TEST

/* One asks and leaves, one asks again and again and reads nothing, one sends
 * half a line, many only connect. */
START_TEST(rude_clients_do_no_harm)
{
	struct program_result result;
	int fds[CROWD];

	server_serve(&s, CONF);
	fds[0] = dial();
	say(fds[0], "{\"command\":\"reload\"}\n", 21);
	close(fds[0]);
	fds[0] = dial();
	for (int i = 0; i < 2000; i++)
		if (send(fds[0], "{\"command\":\"ps\"}\n", 17,
			    MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
			break;
	fds[1] = dial();
	say(fds[1], "{\"command\"", 10);
	for (int i = 2; i < CROWD; i++)
		fds[i] = dial();
	fetch();
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
	do
		run(&result, "reload", NULL);
	while (strstr(result.err, "too many clients") != NULL ||
		strstr(result.err, "without an answer") != NULL);
	ck_assert_msg(result.status == 0, "%s", result.err);
	server_stop(&s);
}
END_TEST

/* Both ask at once: the second reload includes the second one. */
START_TEST(reloads_asked_at_once_all_get_a_verdict)
{
	char line[512];
	int fds[20];

	server_serve(&s, CONF);
	for (int i = 0; i < 20; i++) {
		fds[i] = dial();
		say(fds[i], "{\"command\":\"reload\"}\n", 21);
	}
	for (int i = 0; i < 20; i++) {
		hear(fds[i], line, sizeof(line));
		ck_assert_msg(
			strncmp(line, "{\"ok\":true,", 11) == 0, "%s", line);
		close(fds[i]);
	}
	server_stop(&s);
}
END_TEST

START_TEST(half_a_connection_is_answered)
{
	char line[512];
	int fd;

	server_serve(&s, CONF);
	fd = dial();
	say(fd, "{\"command\":\"reload\"}\n", 21);
	shutdown(fd, SHUT_WR);
	hear(fd, line, sizeof(line));
	ck_assert_msg(strncmp(line, "{\"ok\":true,", 11) == 0, "%s", line);
	close(fd);
	server_stop(&s);
}
END_TEST

START_TEST(the_socket_is_for_its_owner_alone)
{
	char path[128];
	struct stat st;

	server_serve(&s, CONF);
	snprintf(path, sizeof(path), "%s/control", s.dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	server_stop(&s);
}
END_TEST

/* By the kernel; by the server where the mode does not keep others out. */
static const struct {
	mode_t mode;
	const char *words;
} modes[] = {
	{ 0600, "Permission denied; only root and the user of the master" },
	{ 0666, "only root and the server's user may ask" },
};

START_TEST(another_user_is_refused)
{
	struct program_result result;
	const struct program other = { .as_nobody = true };
	char path[128];

	if (geteuid() != 0)
		return;
	server_serve(&s, CONF);
	snprintf(path, sizeof(path), "%s/control", s.dir);
	ck_assert_int_eq(chmod(path, modes[_i].mode), 0);
	program_run(&other,
		(const char *[]){ "prong", "stop", "-c", s.file, NULL },
		&result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, modes[_i].words) != NULL, "%s", result.err);
	fetch();
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ ps_shows_every_worker, 1 },
		{ totals_survive_reloads_and_crashes, 1 },
		{ scale_serves_with_so_many_until_a_reload, 1 },
		{ ttin_and_ttou_change_the_number_by_one, 1 },
		{ drain_and_stop_end_when_the_server_is_gone, ROWS(ends) },
		{ a_server_with_another_control_socket_is_not_taken_for_gone,
			ROWS(asked) },
		{ reopen_opens_the_logs_again, 1 },
		{ a_reload_may_move_the_socket, 1 },
		{ a_bad_request_is_told_so, ROWS(bad) },
		{ a_huge_line_is_refused, 1 },
		{ rude_clients_do_no_harm, 1 },
		{ reloads_asked_at_once_all_get_a_verdict, 1 },
		{ half_a_connection_is_answered, 1 },
		{ the_socket_is_for_its_owner_alone, 1 },
		{ another_user_is_refused, ROWS(modes) },
	};

	return harness_run("control", tests, ROWS(tests));
}
