/*
 * A new configuration is refused for what it lacks; a worker that replaces
 * another never is: it serves all that can be served.
 * SPDX-License-Identifier: MIT
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

static int
status_of(const char *path)
{
	struct response r;
	int status;

	client_fetch(s.port, path, "", &r);
	status = r.status;
	response_free(&r);
	return status;
}

/* In each worker: both are asked until each must have been. */
static void
assert_status(const char *path, int status)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(status_of(path), status);
}

/* Each dies and is replaced; none of the new ones is refused. */
static void
kill_all_workers(int ms)
{
	pid_t workers[PROC_CHILDREN];
	size_t n = server_workers(&s, workers);

	ck_assert_uint_eq(n, 2);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(kill(workers[i], SIGKILL), 0);
	ck_assert(server_has_new_workers(&s, n, workers, n, ms));
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
	kill_all_workers(DEADLINE);
	assert_status("/hello.txt", 200);
	assert_status("/dl/a.txt", losses[_i].status);
	server_stop(&s);
}
END_TEST

START_TEST(scaling_needs_no_root_either)
{
	pid_t none[1];

	start(HEAD TWO_ROOTS);
	run("rm -r dl");
	server_signal(&s, SIGTTIN);
	ck_assert(server_has_new_workers(&s, 3, none, 0, DEADLINE));
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	assert_status("/hello.txt", 200);
	assert_status("/dl/a.txt", 503);
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

/* ---- a disk that hangs -------------------------------------------------- */

static pid_t file_system;
static char hung[96];

static bool
is_mounted(void)
{
	struct stat above, here;

	return stat(s.dir, &above) == 0 && stat(hung, &here) == 0 &&
	       above.st_dev != here.st_dev;
}

/* DIR/dl, seen through a file system that can be stopped, is DIR/slow; for this
 * process and its children alone.  False: it is not possible here. */
static bool
mount_dl(void)
{
	char program[256], from[96];
	const char *const argv[] = { program, from, hung, "0", NULL };
	const struct program plain = { 0 };
	int64_t deadline = deadline_in(DEADLINE);
	ssize_t len = readlink("/proc/self/exe", program, 200);

	ck_assert_int_gt(len, 0);
	program[len] = '\0';
	for (int i = 0; i < 2; i++)
		*strrchr(program, '/') = '\0';
	strcat(program, "/support/slow_fs");
	if (access("/dev/fuse", R_OK | W_OK) == -1 || geteuid() != 0 ||
		access(program, X_OK) == -1 || unshare(CLONE_NEWNS) == -1 ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return false;
	snprintf(hung, sizeof(hung), "%s/slow", s.dir);
	snprintf(from, sizeof(from), "%s/dl", s.dir);
	ck_assert_int_eq(mkdir(hung, 0755), 0);
	file_system = program_start(&plain, argv, 1, 2);
	while (!is_mounted() && proc_is_alive(file_system) &&
		server_tick(&s, deadline))
		;
	return is_mounted();
}

static void
unmount_dl(void)
{
	kill(file_system, SIGCONT);
	kill(file_system, SIGTERM);
	ck_assert_int_ne(program_wait(file_system, DEADLINE), -1);
	umount2(hung, MNT_DETACH);
	rmdir(hung);
}

#define HUNG_ROOT                                                              \
	HEAD "\"sites\": [{\"routes\": ["                                      \
	     "{\"path\": \"/dl/*\", \"root\": \"$DIR/slow/sub\"},"             \
	     "{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

/* False: there is no such file system here. */
static bool
start_hung(void)
{
	server_init(&s);
	s.tolerated = "signal 9";
	server_text(&s, "dl/sub/a.txt", "a\n");
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	if (!mount_dl()) {
		server_discard(&s);
		return false;
	}
	server_start(&s, HUNG_ROOT);
	assert_status("/dl/a.txt", 200);
	kill(file_system, SIGSTOP);
	return true;
}

START_TEST(workers_that_die_while_a_disk_hangs_are_replaced)
{
	if (!start_hung())
		return;
	kill_all_workers(DEADLINE);
	assert_status("/hello.txt", 200);
	kill(file_system, SIGCONT);
	assert_status("/dl/a.txt", 200);
	unmount_dl();
	server_stop(&s);
}
END_TEST

START_TEST(a_check_of_a_root_that_hangs_ends_and_names_it)
{
	const char *const words[] = { "prong", "check", "-c", s.file, NULL };
	const struct program plain = { 0 };
	static struct program_result r;

	if (!start_hung())
		return;
	program_run(&plain, words, &r);
	ck_assert_int_eq(r.status, 1);
	ck_assert_msg(
		strstr(r.err, "sites[0].routes[0].root: ") != NULL &&
			strstr(r.err, "/slow/sub: no answer in 5 s") != NULL,
		"%s", r.err);
	unmount_dl();
	server_stop(&s);
}
END_TEST

START_TEST(a_reload_while_a_disk_hangs_is_refused_and_names_it)
{
	if (!start_hung())
		return;
	s.tolerated = "error master[";
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "/slow/sub: no answer in 5 s", DEADLINE));
	assert_status("/hello.txt", 200);
	unmount_dl();
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
	kill_all_workers(DEADLINE);
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
	kill_all_workers(DEADLINE);
	assert_status("/hello.txt", 200);
	assert_status("/a/hello.txt", 401);
	client_fetch(s.port, "/a/hello.txt", user, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* ---- commands ----------------------------------------------------------- */

static struct program_result result;

static void
ask(const char *command, const char *option, const char *value)
{
	const char *const words[] = { "prong", command, option, value, NULL };
	const struct program plain = { 0 };

	program_run(&plain, words, &result);
}

static const char *const edits[] = {
	"true",
	"printf '{\"control\": \"%s/control\" \"workers\": 2' \"$PWD\" "
	">prong.json",
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

START_TEST(commands_work_while_a_disk_hangs)
{
	if (!start_hung())
		return;
	ask("ps", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	s.tolerated = "error master[";
	ask("reload", "-c", s.file);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "/slow/sub: no answer in 5 s") != NULL,
		"%s", result.err);
	ask("stop", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	unmount_dl();
	server_finish(&s, 0);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ workers_that_die_after_a_root_has_gone_are_replaced,
			ROWS(losses) },
		{ scaling_needs_no_root_either, 0 },
		{ a_new_configuration_without_a_root_is_refused_with_its_place,
			0 },
		{ workers_that_die_while_a_disk_hangs_are_replaced, 0 },
		{ a_check_of_a_root_that_hangs_ends_and_names_it, 0 },
		{ a_reload_while_a_disk_hangs_is_refused_and_names_it, 0 },
		{ a_change_of_the_file_in_place_reaches_no_worker_before_a_reload,
			ROWS(overwritten) },
		{ the_library_has_the_name_of_its_file, 0 },
		{ users_are_those_of_the_configuration_until_a_reload, 0 },
		{ commands_need_nothing_but_the_control_socket, ROWS(edits) },
		{ control_option_replaces_a_file_that_was_deleted, 0 },
		{ commands_work_while_a_disk_hangs, 0 },
	};

	return harness_run("respawn", tests, ROWS(tests));
}
