/*
 * A document root on a disk that hangs: what the server, its new workers and
 * the commands do meanwhile.
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
/* In each worker: both are asked until each must have been. */
static void
assert_status(const char *path, int status)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(client_status(s.port, path), status);
}

static struct program_result result;

static void
ask(const char *command, const char *option, const char *value)
{
	const char *const words[] = { "prong", command, option, value, NULL };
	const struct program plain = { 0 };

	program_run(&plain, words, &result);
}

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
	HEAD "\"sandbox\": \"on\","                                            \
	     "\"sites\": [{\"routes\": ["                                      \
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
	server_halt(&s, file_system);
	return true;
}

START_TEST(workers_that_die_while_a_disk_hangs_are_replaced)
{
	if (!start_hung())
		return;
	server_replace_workers(&s, DEADLINE);
	assert_status("/hello.txt", 200);
	kill(file_system, SIGCONT);
	assert_status("/dl/a.txt", 200);
	unmount_dl();
	server_stop(&s);
}
END_TEST

/* More requests wait for the disk than the workers have threads. */
START_TEST(files_of_other_disks_are_read_while_one_hangs)
{
	enum { CLIENTS = 64, FILES = 40 };
	static struct client clients[CLIENTS];
	char text[96];

	if (!start_hung())
		return;
	for (int i = 0; i < CLIENTS; i++) {
		snprintf(text, sizeof(text),
			"GET /dl/%d.txt HTTP/1.1\r\nHost: a\r\n\r\n", i);
		client_open(&clients[i], s.port);
		client_say(&clients[i], text);
	}
	for (int i = 0; i < FILES; i++) {
		snprintf(text, sizeof(text), "www/%d.txt", i);
		server_text(&s, text, "new\n");
		ck_assert_int_eq(
			client_status(s.port, text + strlen("www")), 200);
	}
	kill(file_system, SIGCONT);
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
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

/* Not only a root may lie there. */
START_TEST(a_check_of_other_files_there_ends_and_names_them)
{
	static const char *const rows[][2] = {
		{ "\"log\": {\"access\": {\"path\": \"$DIR/slow/sub/log\"}},",
			"log.access.path: " },
		{ "\"pid_file\": \"$DIR/slow/sub/pid\",", "pid_file: " },
	};
	const char *const words[] = { "prong", "check", "-c", s.file, NULL };
	const struct program plain = { 0 };
	static char conf[1024];

	if (!start_hung())
		return;
	for (size_t i = 0; i < ROWS(rows); i++) {
		snprintf(
			conf, sizeof(conf), "{%s" SERVER_SITES "}", rows[i][0]);
		server_configure(&s, conf);
		program_run(&plain, words, &result);
		ck_assert_int_eq(result.status, 0);
		ck_assert_msg(
			strstr(result.err, rows[i][1]) != NULL &&
				strstr(result.err, "no answer in 5 s") != NULL,
			"%s", result.err);
	}
	unmount_dl();
	server_stop(&s);
}
END_TEST

static const char hangs[] = "/slow/sub does not answer: its disk";

/* Before the server has noticed, and afterwards. */
START_TEST(a_reload_while_a_disk_hangs_keeps_its_root)
{
	if (!start_hung())
		return;
	if (_i == 1)
		ck_assert(server_log_has(&s, hangs, 2 * DEADLINE));
	ask("reload", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert(server_log_has(&s, "generation 2 serves", 0));
	assert_status("/hello.txt", 200);
	kill(file_system, SIGCONT);
	assert_status("/dl/a.txt", 200);
	unmount_dl();
	server_stop(&s);
}
END_TEST

#define NEW_HUNG_ROOT                                                          \
	HEAD "\"sites\": [{\"routes\": ["                                      \
	     "{\"path\": \"/new/*\", \"root\": \"$DIR/slow\"},"                \
	     "{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

START_TEST(a_reload_with_a_new_root_that_hangs_is_refused_and_names_it)
{
	if (!start_hung())
		return;
	s.tolerated = "error master[";
	server_configure(&s, NEW_HUNG_ROOT);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "/slow: no answer in 5 s", 2 * DEADLINE));
	ck_assert(server_log_has(&s, "reload refused", DEADLINE));
	assert_status("/hello.txt", 200);
	unmount_dl();
	server_stop(&s);
}
END_TEST

START_TEST(commands_work_while_a_disk_hangs)
{
	int64_t began;

	if (!start_hung())
		return;
	ck_assert(server_log_has(&s, hangs, 2 * DEADLINE));
	began = deadline_now();
	ask("ps", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_msg(strstr(result.out,
			      "/slow/sub: no answer from its disk") != NULL,
		"%s", result.out);
	ask("reload", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_int_lt(deadline_now() - began, 3000);
	assert_status("/hello.txt", 200);
	ask("stop", "-c", s.file);
	ck_assert_msg(result.status == 0, "%s", result.err);
	unmount_dl();
	server_finish(&s, 0);
}
END_TEST

START_TEST(a_disk_that_hung_comes_back_by_itself)
{
	if (!start_hung())
		return;
	ck_assert(server_log_has(&s, hangs, 2 * DEADLINE));
	assert_status("/hello.txt", 200);
	kill(file_system, SIGCONT);
	ck_assert(server_log_has(&s, "/slow/sub is there again", DEADLINE));
	assert_status("/dl/a.txt", 200);
	unmount_dl();
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ files_of_other_disks_are_read_while_one_hangs, 1 },
		{ workers_that_die_while_a_disk_hangs_are_replaced, 0 },
		{ a_check_of_a_root_that_hangs_ends_and_names_it, 0 },
		{ a_check_of_other_files_there_ends_and_names_them, 0 },
		{ a_reload_while_a_disk_hangs_keeps_its_root, 2 },
		{ a_reload_with_a_new_root_that_hangs_is_refused_and_names_it,
			0 },
		{ a_disk_that_hung_comes_back_by_itself, 0 },
		{ commands_work_while_a_disk_hangs, 0 },
	};

	return harness_run("hung_root", tests, ROWS(tests));
}
