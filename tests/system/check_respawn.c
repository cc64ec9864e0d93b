/*
 * A new configuration is refused for what it lacks; a worker that replaces
 * another never is: it serves all that can be served.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

#define HEAD                                                                   \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"], "                 \
	"\"control\": \"$DIR/control\", " SERVER_TIMEOUTS ","
#define TWO_ROOTS                                                              \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/dl/*\", \"root\": \"$DIR/dl\"},"                        \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

/* In each worker: both are asked until each must have been. */
static void
assert_status(const char *path, int status)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(client_status(s.port, path), status);
}

static void
run(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && %s", s.dir, what);
	ck_assert_int_eq(system(command), 0);
}

static void
start(const char *conf)
{
	server_init(&s);
	s.tolerated = "signal 9";
	server_text(&s, "dl/a.txt", "a\n");
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_start(&s, conf);
}

static struct program_result result;

static void
ask(const char *command, const char *option, const char *value)
{
	const char *const words[] = { "prong", command, option, value, NULL };
	const struct program plain = { 0 };

	program_run(&plain, words, &result);
}

/* ---- roots -------------------------------------------------------------- */

static const struct {
	const char *command;
	int status; /* of its files, afterwards */
} losses[] = {
	/* The workers have the directory, not its name. */
	{ "mv dl dl.old", 200 },
	{ "mkdir releases && mv dl releases/dl", 200 },
	{ "rm -r dl", 503 },
	{ "rm -r dl && echo >dl", 503 },
};

START_TEST(workers_that_die_after_a_root_has_gone_are_replaced)
{
	start(HEAD TWO_ROOTS);
	assert_status("/dl/a.txt", 200);
	run(losses[_i].command);
	server_replace_workers(&s, DEADLINE);
	assert_status("/hello.txt", 200);
	assert_status("/dl/a.txt", losses[_i].status);
	server_stop(&s);
}
END_TEST

#define WITH_FILES                                                             \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"], "                 \
	"\"control\": \"$DIR/run/control\", \"pid_file\": \"$DIR/run/pid\","   \
	"\"log\": {\"access\": {\"path\": "                                    \
	"\"$DIR/log/access\"}}," SERVER_TIMEOUTS "," TWO_ROOTS

static const char *const gone[] = { "rm -r dl", "rm -r run", "rm -r log",
	"rm -r dl run log" };

START_TEST(workers_are_replaced_and_scaled_whatever_has_gone)
{
	pid_t none[1];

	server_init(&s);
	s.tolerated = "signal 9";
	server_text(&s, "dl/a.txt", "a\n");
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "run/there", "");
	server_text(&s, "log/there", "");
	server_start(&s, WITH_FILES);
	run(gone[_i]);
	server_replace_workers(&s, DEADLINE);
	assert_status("/hello.txt", 200);
	server_signal(&s, SIGTTIN);
	ck_assert_msg(server_has_new_workers(&s, 3, none, 0, DEADLINE), "%s",
		server_read(&s, "stderr"));
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	assert_status("/hello.txt", 200);
	assert_status("/dl/a.txt", strstr(gone[_i], "dl") != NULL ? 503 : 200);
	server_stop(&s);
}
END_TEST

START_TEST(a_new_configuration_without_a_root_is_refused_with_its_place)
{
	start(HEAD TWO_ROOTS);
	s.tolerated = "error master[";
	run("rm -r dl");
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(
		&s, "error: sites[0].routes[0].root: ", DEADLINE));
	ck_assert(server_log_has(&s, "reload refused", DEADLINE));
	assert_status("/hello.txt", 200);
	server_stop(&s);
}
END_TEST

/* ---- modules ------------------------------------------------------------ */

#define WITH_MODULE                                                            \
	HEAD "\"sites\": [{\"routes\": ["                                      \
	     "{\"path\": \"/m/*\", \"module\": \"$DIR/m.so\"},"                \
	     "{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

static void
start_with_module(const char *conf)
{
	char command[256];

	server_init(&s);
	s.tolerated = "signal 9";
	snprintf(command, sizeof(command),
		"cp " MODULES "/dies_if_asked.so %s/m.so", s.dir);
	ck_assert_int_eq(system(command), 0);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_start(&s, conf);
}

static const struct {
	const char *command;
	const char *refusal; /* of a reload */
} overwritten[] = {
	{ "cat " MODULES "/dies_at_load.so >m.so", "was loaded and started" },
	{ "head -c 1000 m.so >half && cat half >m.so", "is cut short" },
	{ ": >m.so", "file too short" },
	{ "rm m.so", "cannot open shared object file" },
};

/* Mapped code would be gone, and a new worker would load the half of it. */
START_TEST(a_change_of_the_file_in_place_reaches_no_worker_before_a_reload)
{
	start_with_module(WITH_MODULE);
	run(overwritten[_i].command);
	assert_status("/m/x", 200);
	server_replace_workers(&s, DEADLINE);
	assert_status("/m/x", 200);
	assert_status("/hello.txt", 200);
	s.tolerated = "";
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "reload refused", DEADLINE));
	ck_assert_msg(server_log_has(&s, overwritten[_i].refusal, 0), "%s",
		server_read(&s, "stderr"));
	assert_status("/m/x", 200);
	server_stop(&s);
}
END_TEST

/* A debugger, a profiler and a sanitizer look for the file by its name. */
START_TEST(the_library_has_the_name_of_its_file)
{
	pid_t workers[PROC_CHILDREN];
	char command[256];

	start_with_module(WITH_MODULE);
	server_workers(&s, workers);
	snprintf(command, sizeof(command), "grep -q 'memfd:m.so' /proc/%d/maps",
		(int)workers[0]);
	ck_assert_int_eq(system(command), 0);
	server_stop(&s);
}
END_TEST

/* ---- a module that does not start any more ------------------------------ */

#define STARTS                                                                 \
	HEAD "\"watchdog\": {\"warn\": \"2s\", \"kill\": \"4s\"},"             \
	     "\"sites\": [{\"routes\": [{\"path\": \"/m/*\", \"module\": "     \
	     "\"" MODULES "/starts.so\", \"config\": {\"file\": "              \
	     "\"$DIR/told\"}}, {\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

static const struct {
	const char *told, *says;
} starts[] = {
	{ "fails", "route /m/* is unavailable, its requests get 503: " },
	{ "crashes", "a worker ended while it was loaded and started" },
	{ "hangs", "a worker ended while it was loaded and started" },
};

static void
wait_for_status(const char *path, int status)
{
	int64_t deadline = deadline_in(DEADLINE);
	int got;

	do
		got = client_status(s.port, path);
	while (got != status && server_tick(&s, deadline));
	ck_assert_int_eq(got, status);
}

/* Its routes alone are 503, and it is tried again until it starts. */
START_TEST(a_module_that_does_not_start_again_stops_no_other_route)
{
	pid_t workers[PROC_CHILDREN];
	size_t n;

	server_init(&s);
	s.tolerated = "";
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_start(&s, STARTS);
	assert_status("/m/x", 200);
	server_text(&s, "told", starts[_i].told);
	n = server_workers(&s, workers);
	for (size_t i = 0; i < n; i++)
		kill(workers[i], SIGKILL);
	ck_assert_msg(server_log_has(&s, starts[_i].says, DEADLINE), "%s",
		server_read(&s, "stderr"));
	wait_for_status("/m/x", 503);
	assert_status("/hello.txt", 200);
	run("rm told");
	wait_for_status("/m/x", 200);
	assert_status("/hello.txt", 200);
	server_stop(&s);
}
END_TEST

/* A new configuration is another matter. */
START_TEST(a_start_that_hangs_is_reported_with_its_module)
{
	server_init(&s);
	s.tolerated = "";
	server_text(&s, "www/index.html", "home\n");
	server_start(&s, STARTS);
	server_text(&s, "told", "hangs");
	ask("reload", "-c", s.file);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "starts.so\": its start had not "
					 "returned after ") != NULL,
		"%s", result.err);
	ck_assert(server_log_has(&s, "has not become ready for", 0));
	assert_status("/m/x", 200);
	server_stop(&s);
}
END_TEST

START_TEST(users_are_those_of_the_configuration_until_a_reload)
{
	static const char user[] = "Authorization: Basic dXNlcjpwYXNz\r\n";
	struct response r;

	server_init(&s);
	s.tolerated = "signal 9";
	/* user:pass */
	server_text(&s, "users",
		"user:$5$saltstring$/OUd2NwqWSQLmFTtl7/tjQuCqyiCYIE1xKjz05k3up0"
		"\n");
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_start(&s,
		HEAD "\"sites\": [{\"routes\": [{\"path\": \"/a/*\", \"root\": "
		     "\"$ROOT\", \"auth\": {\"file\": \"$DIR/users\"}},"
		     "{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}");
	run("rm users");
	server_replace_workers(&s, DEADLINE);
	assert_status("/hello.txt", 200);
	assert_status("/a/hello.txt", 401);
	client_fetch(s.port, "/a/hello.txt", user, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* ---- commands ----------------------------------------------------------- */

static const char *const edits[] = {
	"true",
	("printf '{\"control\": \"%s/control\" \"workers\": 2' \"$PWD\" "
	 ">prong.json"),
	"sed -i 's/\"sites\"/\"sights\"/' prong.json",
	"rm -r www",
};

/* Whatever has become of the file or of the roots. */
START_TEST(commands_need_nothing_but_the_control_socket)
{
	start(HEAD TWO_ROOTS);
	run(edits[_i]);
	ask("ps", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ask("reopen", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ask("stop", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	server_finish(&s, 0);
}
END_TEST

START_TEST(control_option_replaces_a_file_that_was_deleted)
{
	char control[96];

	start(HEAD TWO_ROOTS);
	snprintf(control, sizeof(control), "%s/control", s.dir);
	run("rm prong.json");
	ask("ps", "-c", s.file);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, "--control PATH") != NULL, "%s", result.err);
	ask("ps", "--control", control);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ask("stop", "--control", control);
	ck_assert_msg(result.status == 0, "%s", result.err);
	server_finish(&s, 0);
}
END_TEST

/* ---- a start that fails -------------------------------------------------- */

/* Connects to the control socket, when it is there. */
static int
dial(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int64_t deadline = deadline_in(DEADLINE);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/control", s.dir);
	while (connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1) {
		ck_assert_int_gt(deadline_left(deadline), 0);
		poll(NULL, 0, 5);
	}
	return fd;
}

/* The start of the module waits for the other end of the pipe. */
START_TEST(a_command_learns_that_the_start_has_failed)
{
	static const char request[] = "{\"command\":\"reload\"}\n";
	const char *argv[] = { "prong", "-c", s.file, NULL };
	char answer[512] = "", path[96];
	int fd, gate;
	pid_t pid;

	server_init(&s);
	server_configure(&s,
		HEAD "\"sites\": [{\"routes\": [{\"path\": \"/*\", "
		     "\"module\": \"" MODULES "/starts.so\", \"config\": "
		     "{\"file\": \"$DIR/told\"}}]}]}");
	snprintf(path, sizeof(path), "%s/told", s.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	pid = program_start(&(struct program){ 0 }, argv, 1, 2);
	fd = dial();
	ck_assert_int_eq(write(fd, request, strlen(request)), strlen(request));
	gate = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(gate, "ff", 2), 2);
	ck_assert_int_eq(program_wait(pid, DEADLINE), 1);
	ck_assert_int_gt(read(fd, answer, sizeof(answer) - 1), 0);
	ck_assert_msg(strstr(answer,
			      "the server ended at its start: worker ") != NULL,
		"%s", answer);
	close(gate);
	close(fd);
	server_discard(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ workers_that_die_after_a_root_has_gone_are_replaced,
			ROWS(losses) },
		{ workers_are_replaced_and_scaled_whatever_has_gone,
			ROWS(gone) },
		{ a_new_configuration_without_a_root_is_refused_with_its_place,
			0 },
		{ a_change_of_the_file_in_place_reaches_no_worker_before_a_reload,
			ROWS(overwritten) },
		{ the_library_has_the_name_of_its_file, 0 },
		{ a_module_that_does_not_start_again_stops_no_other_route,
			ROWS(starts) },
		{ a_start_that_hangs_is_reported_with_its_module, 0 },
		{ users_are_those_of_the_configuration_until_a_reload, 0 },
		{ commands_need_nothing_but_the_control_socket, ROWS(edits) },
		{ control_option_replaces_a_file_that_was_deleted, 0 },
		{ a_command_learns_that_the_start_has_failed, 0 },
	};

	return harness_run("respawn", tests, ROWS(tests));
}
