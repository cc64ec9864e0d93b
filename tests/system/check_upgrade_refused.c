/*
 * An upgrade that fails says why and leaves nothing behind; one that succeeds
 * leaves no listener where the new configuration does not, and loses no order.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { LARGE = 8 << 20, NARROW = 4096 };

#define CONF_READY(ready, listen, more)                                        \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"" listen "],"        \
	"\"control\": \"control\", \"pid_file\": \"$DIR/prong.pid\","          \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"ready\": \"" ready          \
	"\"}" more "," SERVER_SITES "}"
#define CONF(listen, more) CONF_READY("3s", listen, more)
#define PATIENT            CONF_READY("1m", "", "")
#define PLAIN              CONF("", "")

static struct server s;
static char binary[80];

static void
install(const char *target)
{
	char new[96];

	snprintf(new, sizeof(new), "%s.new", binary);
	ck_assert_int_eq(symlink(target, new), 0);
	ck_assert_int_eq(rename(new, binary), 0);
}

static void
install_script(const char *text)
{
	char path[96];

	server_text(&s, "script", text);
	snprintf(path, sizeof(path), "%s/script", s.dir);
	ck_assert_int_eq(chmod(path, 0755), 0);
	install(path);
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
	s.tolerated = "";
	server_start(&s, conf);
}

static void
command(const char *name, struct program_result *result)
{
	const char *argv[] = { "prong", name, "-c", s.file, NULL };

	program_run(&(struct program){ 0 }, argv, result);
}

/* ---- what is left ------------------------------------------------------- */

static const struct {
	const char *script;
	const char *reason;
} leavers[] = {
	{ "#!/bin/sh\nsleep 1000\n", "was not ready in 3000 ms" },
	{ "#!/bin/sh\nsleep 1000 &\nexit 3\n", "ended with status 3" },
	{ "#!/bin/sh\n(sleep 1000 & sleep 1000) &\nkill -9 $$\n",
		"ended by signal 9" },
};

/* Such a process would be left to the test, which server_stop() sees. */
START_TEST(a_failed_upgrade_leaves_no_process)
{
	struct program_result result;

	start(PLAIN);
	install_script(leavers[_i].script);
	command("upgrade", &result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, leavers[_i].reason) != NULL, "%s",
		result.err);
	install(program_prong());
	server_stop(&s);
}
END_TEST

START_TEST(a_stop_ends_all_that_an_upgrade_has_started)
{
	start(PLAIN);
	install_script("#!/bin/sh\nsleep 1000 &\nsleep 1000\n");
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(&s, "upgrading to", DEADLINE));
	server_stop_with(&s, SIGINT);
}
END_TEST

/* ---- what is said ------------------------------------------------------- */

static const struct {
	const char *conf;
	const char *error; /* on the terminal and in the log */
} refusals[] = {
	{ CONF("", ", \"wrokers\": 2"),
		": error: wrokers: unknown key (did you mean \"workers\"?)" },
	{ CONF("", ", \"user\": 5, \"limits\": {\"heda\": \"1k\"}"),
		"limits.heda: unknown key" },
	{ "{\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": "
	  "\"/nowhere/at/all\"}]}]}",
		"/nowhere/at/all: no such directory" },
};

START_TEST(what_an_upgrade_is_refused_for_is_told)
{
	struct program_result result;

	start(PLAIN);
	server_configure(&s, refusals[_i].conf);
	if (strstr(refusals[_i].conf, "control") == NULL) {
		server_signal(&s, SIGUSR2);
	} else {
		command("upgrade", &result);
		ck_assert_int_eq(result.status, 1);
		ck_assert_msg(strstr(result.err, refusals[_i].error) != NULL,
			"%s", result.err);
	}
	ck_assert_msg(server_log_has(&s, refusals[_i].error, DEADLINE), "%s",
		server_read(&s, "stderr"));
	ck_assert(server_log_has(&s, "upgrade refused: ", DEADLINE));
	ck_assert(!server_log_has(&s, "the new binary ended", 0));
	ck_assert_int_eq(server_pid_file(&s), s.pid);
	server_stop(&s);
}
END_TEST

/* As many descriptors as the new binary may have: with the fewest it cannot
 * read its file, with more no loop, no listener, no worker. */
enum { FEWEST = 5, MOST = 20 };

START_TEST(whatever_the_new_binary_lacks_is_told)
{
	struct program_result result;
	char script[256];

	start(PLAIN);
	snprintf(script, sizeof(script),
		"#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", FEWEST + _i,
		program_prong());
	install_script(script);
	command("upgrade", &result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, "open files") != NULL, "%s", result.err);
	ck_assert(!server_log_has(&s, "the new binary ended", 0));
	ck_assert_int_eq(server_pid_file(&s), s.pid);
	install(program_prong());
	server_stop(&s);
}
END_TEST

/* ---- addresses that are dropped ----------------------------------------- */

/* Does the kernel take a connection at 127.0.0.2? */
static bool
is_heard(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)s.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	ck_assert_int_ne(fd, -1);
	rc = connect(fd, (struct sockaddr *)&in, sizeof(in));
	ck_assert(rc == 0 || errno == ECONNREFUSED || errno == ECONNRESET);
	close(fd);
	return rc == 0;
}

/* The old workers finish an answer meanwhile, and have the socket still. */
START_TEST(an_address_that_the_new_file_lacks_refuses_and_may_come_back)
{
	char *bytes = server_pattern(LARGE);
	int64_t deadline = deadline_in(DEADLINE);
	struct program_result result;
	struct client slow;
	pid_t old;

	start(CONF(", \"127.0.0.2:$PORT\"", ""));
	server_file(&s, "www/large", bytes, LARGE);
	client_open_narrow(&slow, s.port, NARROW);
	client_say(&slow, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_has(&slow, 1, DEADLINE));
	ck_assert(is_heard());
	server_configure(&s, PLAIN);
	old = s.pid;
	command("upgrade", &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	while (is_heard())
		ck_assert(server_tick(&s, deadline));
	server_configure(&s, CONF(", \"127.0.0.2:$PORT\"", ""));
	while (server_pid_file(&s) == old)
		ck_assert(server_tick(&s, deadline));
	command("reload", &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert(is_heard());
	ck_assert(proc_is_alive(old));
	client_reset(&slow);
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
	free(bytes);
	server_stop(&s);
}
END_TEST

/* ---- orders meanwhile ---------------------------------------------------- */

/* The next binary waits for a line of this pipe, which stays open: what no
 * reader has taken is lost with the last descriptor. */
static FILE *
install_slow(void)
{
	char script[300], path[96];
	FILE *gate;

	snprintf(path, sizeof(path), "%s/gate", s.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	gate = fopen(path, "r+e");
	ck_assert_ptr_nonnull(gate);
	snprintf(script, sizeof(script),
		"#!/bin/sh\nread line <%s\nexec %s \"$@\"\n", path,
		program_prong());
	install_script(script);
	return gate;
}

static const struct {
	int signal;           /* 0: the command */
	const char *words[2]; /* of the command */
	const char *waits;    /* in the log of the old master */
	const char *answer; /* to the command, which fails; NULL: it does not */
	const char *outcome; /* in the log of the new master */
	const char *before;  /* a command ahead of the upgrade, or NULL */
} orders[] = {
	{ SIGHUP, { NULL }, "the reload waits for the end of the upgrade", NULL,
		"generation 2 serves", NULL },
	{ 0, { "reload" }, "the reload waits for the end of the upgrade",
		"reloads now", "generation 2 serves", NULL },
	{ SIGTTIN, { NULL }, "the scale waits for the end of the upgrade", NULL,
		"generation 2 serves: 3 workers", NULL },
	{ 0, { "scale", "4" }, "the scale waits for the end of the upgrade",
		"scales now", "generation 2 serves: 4 workers", NULL },
	{ SIGUSR1, { NULL }, "SIGUSR1: logs reopened", NULL,
		"reopen during the upgrade: logs reopened", NULL },
	{ 0, { "unready" }, "prong unready: /readyz answers 503", NULL,
		"unready during the upgrade: /readyz answers 503", NULL },
	/* It holds already, and the upgrade would end it. */
	{ 0, { "unready" }, "prong unready: /readyz answers 503", NULL,
		"unready during the upgrade: /readyz answers 503", "unready" },
};

/* Asks by a signal, or by a command whose answer goes to the pipe. */
static pid_t
ask(int row, int answer)
{
	const char *argv[] = { "prong", orders[row].words[0], "-c", s.file,
		orders[row].words[1], NULL };

	if (orders[row].signal == 0)
		return program_start(
			&(struct program){ 0 }, argv, answer, answer);
	server_signal(&s, orders[row].signal);
	return 0;
}

static void
expect_answer(int row, pid_t pid, int answer)
{
	bool is_refused = orders[row].answer != NULL;
	char text[1024] = "";

	ck_assert_int_eq(program_wait(pid, DEADLINE), is_refused ? 1 : 0);
	ck_assert_int_gt(read(answer, text, sizeof(text) - 1), 0);
	ck_assert_msg(!is_refused || strstr(text, orders[row].answer) != NULL,
		"%s", text);
}

/* Waits until another master serves and this one has ended. */
static void
follow_upgrade(void)
{
	int64_t deadline = deadline_in(DEADLINE);
	pid_t old = s.pid;

	while (server_pid_file(&s) == old)
		ck_assert(server_tick(&s, deadline));
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
}

static void
open_gate(FILE *gate)
{
	fputs("go\n", gate);
	fflush(gate);
}

START_TEST(an_order_during_an_upgrade_is_obeyed_by_the_new_master)
{
	struct program_result result;
	int answer[2];
	FILE *gate;
	pid_t pid;

	start(PATIENT);
	if (orders[_i].before != NULL)
		command(orders[_i].before, &result);
	ck_assert_int_eq(pipe2(answer, O_CLOEXEC), 0);
	gate = install_slow();
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(&s, "upgrading to", DEADLINE));
	pid = ask(_i, answer[1]);
	ck_assert(server_log_has(&s, orders[_i].waits, DEADLINE));
	if (pid != 0 && orders[_i].answer == NULL)
		expect_answer(_i, pid, answer[0]);
	open_gate(gate);
	if (pid != 0 && orders[_i].answer != NULL)
		expect_answer(_i, pid, answer[0]);
	follow_upgrade();
	ck_assert(server_log_has(&s, orders[_i].outcome, DEADLINE));
	fclose(gate);
	close(answer[0]);
	close(answer[1]);
	server_stop(&s);
}
END_TEST

/* Returns the pid of the n-th master that the log says serves after an upgrade;
 * 0: it does not say so yet. */
static pid_t
find_upgraded(int n)
{
	char *log = server_read(&s, "stderr");
	const char *at = log;
	long pid = 0;

	for (; at != NULL && n >= 0; n--) {
		at = strstr(at, "upgraded: pid ");
		if (at != NULL) {
			at += strlen("upgraded: pid ");
			pid = strtol(at, NULL, 10);
		}
	}
	free(log);
	return at == NULL ? 0 : (pid_t)pid;
}

static void
follow_to(int n)
{
	int64_t deadline = deadline_in(DEADLINE);
	pid_t pid;

	while ((pid = find_upgraded(n)) == 0)
		ck_assert(server_tick(&s, deadline));
	server_wait(&s, 0);
	s.pid = pid;
}

/* The program may have been replaced once more.  The second upgrade runs what
 * the script has executed, and waits for nothing. */
START_TEST(an_upgrade_during_an_upgrade_follows_it)
{
	FILE *gate;

	start(PATIENT);
	gate = install_slow();
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(&s, "upgrading to", DEADLINE));
	server_signal(&s, SIGUSR2);
	ck_assert(server_log_has(&s,
		"the upgrade waits for the end of the upgrade under way",
		DEADLINE));
	open_gate(gate);
	follow_to(0);
	ck_assert(server_log_has(
		&s, "the old master was asked to upgrade again", DEADLINE));
	follow_to(1);
	fclose(gate);
	server_stop(&s);
}
END_TEST

/* As "pkill -HUP prong" does in the moment of an upgrade. */
static const struct {
	const char *first; /* a line of the script */
	const char *order;
	const char *outcome; /* in the log of the new master; NULL: none */
} early[] = {
	{ "", "HUP", "generation 2 serves" },
	{ "", "USR1", "SIGUSR1: logs reopened" },
	{ "", "USR2", "SIGUSR2: upgrading to" },
	{ "", "TTIN", NULL },
	{ "", "TTOU", NULL },
	/* Some shells unblock signals for a child. */
	{ "/bin/true\n", "HUP", NULL },
};

/* The script sends the order once: USR2 executes it again. */
START_TEST(an_order_to_a_new_binary_that_starts_waits_for_its_start)
{
	char script[300];

	start(PATIENT);
	snprintf(script, sizeof(script),
		"#!/bin/sh\n%s[ -e %s/once ] || kill -s %s $$\n"
		": >%s/once\nexec %s \"$@\"\n",
		early[_i].first, s.dir, early[_i].order, s.dir,
		program_prong());
	install_script(script);
	server_signal(&s, SIGUSR2);
	follow_to(0);
	if (early[_i].outcome != NULL)
		ck_assert(server_log_has(&s, early[_i].outcome, DEADLINE));
	if (strcmp(early[_i].order, "USR2") == 0)
		follow_to(1);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_failed_upgrade_leaves_no_process, ROWS(leavers) },
		{ a_stop_ends_all_that_an_upgrade_has_started, 1 },
		{ what_an_upgrade_is_refused_for_is_told, ROWS(refusals) },
		{ whatever_the_new_binary_lacks_is_told, MOST - FEWEST },
		{ an_address_that_the_new_file_lacks_refuses_and_may_come_back,
			1 },
		{ an_order_during_an_upgrade_is_obeyed_by_the_new_master,
			ROWS(orders) },
		{ an_upgrade_during_an_upgrade_follows_it, 1 },
		{ an_order_to_a_new_binary_that_starts_waits_for_its_start,
			ROWS(early) },
	};

	return harness_run("upgrade_refused", tests, ROWS(tests));
}
