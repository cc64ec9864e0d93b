/*
 * USR2: another binary takes over, or nothing happened.  The binary is a
 * script below the server's directory, so that it can be replaced.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { LARGE = 8 << 20 };

#define CONF(more)                                                             \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\""                    \
	", \"unix:$DIR/http\"],"                                               \
	"\"pid_file\": \"$DIR/prong.pid\"," more "," SERVER_SITES "}"
#define PATIENT CONF(SERVER_TIMEOUTS)
#define HASTY   CONF("\"timeouts\": {\"drain_delay\": \"0s\", \"ready\": \"3s\"}")

static struct server s;
static char binary[80];

/* What the next upgrade will run: by link, as a deployment does it. */
static void
install(const char *target)
{
	char new[96];

	snprintf(new, sizeof(new), "%s.new", binary);
	ck_assert_int_eq(symlink(target, new), 0);
	ck_assert_int_eq(rename(new, binary), 0);
}

static void
start(const char *conf)
{
	static const char *words[4];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	snprintf(binary, sizeof(binary), "%s/prong", s.dir);
	install(program_prong());
	words[0] = "-c";
	words[1] = s.file;
	s.words = words;
	s.program.path = binary;
	s.temporary = "prong.pid";
	server_start(&s, conf);
}

/* Waits until the new master has the pid file, and the old one has left: from
 * then on it is the server. */
static void
follow(void)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (server_pid_file(&s) == s.pid && server_tick(&s, deadline))
		;
	ck_assert_msg(server_pid_file(&s) != s.pid, "nobody took over: %s",
		server_read(&s, "stderr"));
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
	ck_assert(proc_is_alive(s.pid));
}

static void
command(const char *name)
{
	static struct program_result result;
	const char *argv[] = { "prong", name, "-c", s.file, NULL };

	program_run(&(struct program){ 0 }, argv, &result);
	ck_assert_msg(result.status == 0, "%s: %s", name, result.err);
}

static void
fetch_hello(void)
{
	struct response r;

	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
}

static bool
has_unix_name(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/http", s.dir);
	return access(path, F_OK) == 0;
}

/* Again and again, each by the last one's child. */
START_TEST(the_new_master_has_sockets_and_pid_file)
{
	start(PATIENT);
	for (int i = 0; i < 3; i++) {
		server_signal(&s, SIGUSR2);
		follow();
		fetch_hello();
		ck_assert(has_unix_name());
	}
	server_stop(&s);
}
END_TEST

/* ---- connections -------------------------------------------------------- */

/* Is it told that this answer is the last? */
static bool
get_last(struct client *c)
{
	struct response r;
	bool is_last;

	client_get(c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	is_last = response_lists(&r, "Connection", "close");
	response_free(&r);
	return is_last;
}

static void
get(struct client *c)
{
	ck_assert(!get_last(c));
}

/* Its worker hears of the upgrade a little later than the log. */
static void
get_until_it_closes(struct client *c)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (!get_last(c))
		ck_assert(server_tick(&s, deadline));
}

START_TEST(an_upgrade_closes_no_connection)
{
	enum { CLIENTS = 100 };
	static struct client clients[CLIENTS], half, fresh;
	struct response r;

	start(PATIENT);
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		get(&clients[i]);
	}
	for (int round = 0; round < 3; round++) {
		client_open(&fresh, s.port);
		client_open(&half, s.port);
		client_say(&half, "GET /hello.txt HTTP/1.1\r\nHo");
		get(&clients[0]);
		server_signal(&s, SIGUSR2);
		follow();
		for (int i = 0; i < CLIENTS; i++)
			get(&clients[i]);
		client_say(&half, "st: a\r\n\r\n");
		client_recv(&half, &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
		get(&fresh);
		client_close(&half);
		client_close(&fresh);
	}
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

/* The first master still has a download, so the second one waits for it. */
START_TEST(a_connection_may_pass_through_two_upgrades)
{
	char *large = server_pattern(LARGE);
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	struct client c;
	pid_t last;

	start(PATIENT);
	server_file(&s, "www/large.bin", large, LARGE);
	free(large);
	client_open_narrow(&c, s.port, 16384);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&c, DEADLINE));
	for (int i = 0; i < 2; i++) {
		last = server_pid_file(&s);
		command("upgrade");
		while (server_pid_file(&s) == last && server_tick(&s, deadline))
			;
		ck_assert_int_ne(server_pid_file(&s), last);
	}
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, LARGE);
	response_free(&r);
	get(&c);
	client_close(&c);
	follow();
	while (proc_is_alive(last) && deadline_now() < deadline)
		;
	server_stop(&s);
}
END_TEST

/* As one that writes connections in another way than ours would. */
START_TEST(a_new_binary_that_takes_no_connections_lets_them_end)
{
	char script[400], path[96];
	struct client c, idle;

	start(PATIENT);
	snprintf(script, sizeof(script),
		"#!/bin/sh\nPRONG_CONNECTIONS=\"${PRONG_CONNECTIONS%% *} 0\"\n"
		"exec %s \"$@\"\n",
		program_prong());
	server_text(&s, "other", script);
	snprintf(path, sizeof(path), "%s/other", s.dir);
	chmod(path, 0755);
	install(path);
	client_open(&c, s.port);
	get(&c);
	client_open(&idle, s.port);
	get(&idle);
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(&s, "upgraded: ", DEADLINE));
	get_until_it_closes(&c);
	ck_assert(!client_is_eof(&idle, 1500));
	ck_assert(get_last(&idle));
	client_close(&c);
	client_close(&idle);
	follow();
	server_stop(&s);
}
END_TEST

/* ---- places ------------------------------------------------------------- */

/* By pid file and signal, and by the control socket. */
static const char *const ways[] = {
	PATIENT,
	CONF("\"control\": \"$DIR/control\"," SERVER_TIMEOUTS),
};

START_TEST(a_command_reaches_the_new_master_at_once)
{
	pid_t old[PROC_CHILDREN];
	size_t n;

	start(ways[_i]);
	command("upgrade");
	if (_i == 1)
		command("ps");
	follow();
	n = server_workers(&s, old);
	command("reload");
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	command("drain");
	server_finish(&s, 0);
}
END_TEST

/* The old master waits for it, also if it is told to, and the new one serves
 * others meanwhile. */
START_TEST(a_download_is_finished_by_the_old_worker)
{
	char *large = server_pattern(LARGE);
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	struct client c;
	pid_t old;

	start(PATIENT);
	server_file(&s, "www/large.bin", large, LARGE);
	client_open_narrow(&c, s.port, 16384);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&c, DEADLINE));
	old = s.pid;
	server_signal(&s, SIGUSR2);
	while (server_pid_file(&s) == old && server_tick(&s, deadline))
		;
	ck_assert_int_ne(server_pid_file(&s), old);
	ck_assert(proc_is_alive(old));
	fetch_hello();
	if (_i == 1) {
		kill(old, SIGTERM);
		ck_assert(server_log_has(&s, "SIGTERM: draining ", DEADLINE));
	}
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, LARGE);
	ck_assert(memcmp(r.body, large, LARGE) == 0);
	response_free(&r);
	client_close(&c);
	follow();
	free(large);
	server_stop(&s);
}
END_TEST

START_TEST(another_number_of_workers_is_served_by_the_same_sockets)
{
	pid_t workers[PROC_CHILDREN];
	int64_t deadline = deadline_in(DEADLINE);

	start(PATIENT);
	server_configure(&s,
		"{\"workers\": 3, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"pid_file\": \"$DIR/prong.pid\"," SERVER_TIMEOUTS
		"," SERVER_SITES "}");
	server_signal(&s, SIGUSR2);
	follow();
	ck_assert_uint_eq(server_workers(&s, workers), 3);
	for (int i = 0; i < 20; i++)
		fetch_hello();
	/* The address that it does not have left no name behind. */
	while (has_unix_name() && server_tick(&s, deadline))
		;
	ck_assert(!has_unix_name());
	s.sockets = 1 << 20;
	server_stop(&s);
}
END_TEST

static const struct {
	const char *target; /* NULL: none */
	const char *complaint;
} broken[] = {
	{ "/nowhere/prong", "No such file or directory" },
	{ "/bin/false", "ended with status 1" },
	{ "/bin/true", "ended with status 0" },
	{ "hang", "not ready in 3000 ms" },
};

START_TEST(a_new_binary_that_fails_changes_nothing)
{
	bool hangs = strcmp(broken[_i].target, "hang") == 0;
	pid_t before[PROC_CHILDREN], after[PROC_CHILDREN];
	char hang[96];
	size_t n;

	start(hangs ? HASTY : PATIENT);
	s.tolerated = "upgrade refused: ";
	server_text(&s, "hang", "#!/bin/sh\nexec tail -f /dev/null\n");
	snprintf(hang, sizeof(hang), "%s/hang", s.dir);
	chmod(hang, 0755);
	n = server_workers(&s, before);
	install(hangs ? hang : broken[_i].target);
	server_signal(&s, SIGUSR2);
	ck_assert_msg(server_log_has(&s, broken[_i].complaint, DEADLINE),
		"no %s in the log:\n%s", broken[_i].complaint,
		server_read(&s, "stderr"));
	fetch_hello();
	ck_assert_int_eq(server_pid_file(&s), s.pid);
	ck_assert(has_unix_name());
	ck_assert_uint_eq(server_workers(&s, after), n);
	ck_assert_int_eq(memcmp(before, after, n * sizeof(before[0])), 0);

	/* The next good one works, and may take its time. */
	server_configure(&s, PATIENT);
	command("reload");
	install(program_prong());
	server_signal(&s, SIGUSR2);
	follow();
	server_stop(&s);
}
END_TEST

START_TEST(a_new_master_that_cannot_serve_says_why_and_leaves)
{
	start(PATIENT);
	s.tolerated = "";
	server_configure(&s, "{\"sites\": []}");
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(
		&s, "upgrade refused: the configuration has errors", DEADLINE));
	server_configure(&s, PATIENT);
	fetch_hello();
	ck_assert_int_eq(server_pid_file(&s), s.pid);
	ck_assert(has_unix_name());
	command("upgrade");
	follow();
	server_stop(&s);
}
END_TEST

START_TEST(a_stop_ends_the_upgrade_too)
{
	char hang[96];

	start(PATIENT);
	server_text(&s, "hang", "#!/bin/sh\nexec tail -f /dev/null\n");
	snprintf(hang, sizeof(hang), "%s/hang", s.dir);
	chmod(hang, 0755);
	install(hang);
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(&s, "upgrading to", DEADLINE));
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

START_TEST(ps_tells_of_an_upgrade_that_failed)
{
	struct program_result result;

	start(CONF(SERVER_TIMEOUTS ", \"control\": \"$DIR/control\""));
	s.tolerated = "upgrade refused: ";
	install("/bin/false");
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(&s, "ended with status 1", DEADLINE));
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "ps", "-c", s.file, NULL }, &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_ptr_nonnull(strstr(result.out, "last upgrade"));
	install(program_prong());
	server_stop(&s);
}
END_TEST

static int
try_upgrade(const char *force, struct program_result *result)
{
	const char *argv[] = { "prong", "upgrade", "-c", s.file, force, NULL };

	program_run(&(struct program){ 0 }, argv, result);
	return result->status;
}

START_TEST(a_forced_upgrade_leaves_the_checks_out)
{
	struct program_result result;

	start(CONF(
		SERVER_TIMEOUTS ", \"control\": \"$DIR/control\", "
				"\"checks\": [{\"request\": \"GET /none\"}]"));
	s.tolerated = "checks[0]: GET /none";
	ck_assert_int_eq(try_upgrade(NULL, &result), 1);
	ck_assert_msg(strstr(result.err, "checks[0]: GET /none") != NULL, "%s",
		result.err);
	ck_assert_int_eq(try_upgrade("--force", &result), 0);
	ck_assert(server_log_has(
		&s, "prong upgrade --force: upgrading to ", DEADLINE));
	follow();
	/* The next one is not forced. */
	ck_assert_int_eq(try_upgrade(NULL, &result), 1);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_new_master_has_sockets_and_pid_file, 1 },
		{ an_upgrade_closes_no_connection, 1 },
		{ a_connection_may_pass_through_two_upgrades, 1 },
		{ a_new_binary_that_takes_no_connections_lets_them_end, 1 },
		{ a_command_reaches_the_new_master_at_once, ROWS(ways) },
		{ a_download_is_finished_by_the_old_worker, 2 },
		{ another_number_of_workers_is_served_by_the_same_sockets, 1 },
		{ a_new_binary_that_fails_changes_nothing, ROWS(broken) },
		{ a_new_master_that_cannot_serve_says_why_and_leaves, 1 },
		{ a_stop_ends_the_upgrade_too, 1 },
		{ ps_tells_of_an_upgrade_that_failed, 1 },
		{ a_forced_upgrade_leaves_the_checks_out, 1 },
	};

	return harness_run("upgrade", tests, ROWS(tests));
}
