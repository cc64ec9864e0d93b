/*
 * The notifications to the service manager (sd_notify(3)) and their order.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;
static int manager = -1;
static char received[2048]; /* the last message */

static const char *const kinds[] = { "path", "abstract" };

/* Binds the socket and names it in the environment of prong. */
static void
listen_as_manager(const char *kind)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool is_path = strcmp(kind, "path") == 0;
	size_t len;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/tmp/prong-notify-%d",
		is_path ? "" : "@", (int)getpid());
	len = strlen(un.sun_path);
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
	if (is_path)
		unlink(un.sun_path);
	else
		un.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
		bind(manager, (struct sockaddr *)&un,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    len + is_path)),
		0);
}

static void
close_manager(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (*name == '/')
		unlink(name);
	close(manager);
}

/* Returns the next message, or "" if none arrives. */
static const char *
hear(void)
{
	struct pollfd p = { .fd = manager, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&p, 1, DEADLINE) == 1)
		n = recv(manager, received, sizeof(received) - 1, 0);
	received[n > 0 ? n : 0] = '\0';
	return received;
}

/* Returns the value of NAME= in the last message, or "". */
static const char *
value_of(const char *name)
{
	static char value[1024];
	size_t len = strlen(name);

	value[0] = '\0';
	for (const char *line = received; line != NULL;) {
		if (strncmp(line, name, len) == 0 && line[len] == '=')
			snprintf(value, sizeof(value), "%.*s",
				(int)strcspn(line + len + 1, "\n"),
				line + len + 1);
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	return value;
}

static void
expect(const char *name, const char *value)
{
	ck_assert_msg(strcmp(value_of(name), value) == 0,
		"%s is not %s but says:\n%s", name, value, received);
}

static void
expect_ready(const char *status)
{
	char pid[16];

	/* A start may take longer than the interval of the watchdog. */
	while (strcmp(hear(), "WATCHDOG=1") == 0)
		;
	snprintf(pid, sizeof(pid), "%d", (int)s.pid);
	expect("READY", "1");
	expect("MAINPID", pid);
	expect("STATUS", status);
}

static void
stop(void)
{
	server_signal(&s, SIGTERM);
	hear();
	expect("STOPPING", "1");
	ck_assert_msg(strncmp(value_of("STATUS"), "draining: ", 10) == 0,
		"says: %s", received);
	server_finish(&s, 0);
	ck_assert_int_eq(recv(manager, received, 1, MSG_DONTWAIT), -1);
	close_manager();
}

START_TEST(start_and_stop_are_notified)
{
	listen_as_manager(kinds[_i]);
	server_serve(&s, SERVER_CONF);
	expect_ready("generation 1: 2 workers");
	stop();
}
END_TEST

/*
 * systemd accepts READY only after a RELOADING that is newer than its SIGHUP.
 */
static void
expect_reloading(void)
{
	struct timespec now;
	int64_t told;

	hear();
	clock_gettime(CLOCK_MONOTONIC, &now);
	expect("RELOADING", "1");
	told = strtoll(value_of("MONOTONIC_USEC"), NULL, 10);
	ck_assert_int_le(told, now.tv_sec * 1000000 + now.tv_nsec / 1000);
	ck_assert_int_gt(told, (now.tv_sec - 60) * 1000000);
}

START_TEST(reload_is_notified_with_its_time)
{
	listen_as_manager("path");
	server_serve(&s, SERVER_CONF);
	expect_ready("generation 1: 2 workers");
	server_signal(&s, SIGHUP);
	expect_reloading();
	expect_ready("generation 2: 2 workers");
	stop();
}
END_TEST

START_TEST(refused_reload_is_notified_as_ready)
{
	listen_as_manager("path");
	server_serve(&s, SERVER_CONF);
	s.tolerated = "";
	expect_ready("generation 1: 2 workers");
	server_configure(&s, "{\"sites\": 1}");
	server_signal(&s, SIGHUP);
	expect_reloading();
	expect_ready("generation 1: 2 workers; reload refused: "
		     "the configuration has errors");
	stop();
}
END_TEST

START_TEST(failed_start_notifies_errno_and_reason)
{
	const char *argv[] = { "prong", "-c", NULL, NULL };
	static struct program_result result;
	struct server other;
	char in_use[16];

	server_serve(&s, SERVER_CONF);
	listen_as_manager("path");
	server_init(&other);
	other.port = s.port;
	server_configure(&other, SERVER_CONF);
	argv[2] = other.file;
	program_run(&other.program, argv, &result);
	ck_assert_int_eq(result.status, 1);
	hear();
	snprintf(in_use, sizeof(in_use), "%d", EADDRINUSE);
	expect("ERRNO", in_use);
	ck_assert_msg(strstr(value_of("STATUS"), "address in use") != NULL,
		"says: %s", received);
	ck_assert_int_eq(recv(manager, received, 1, MSG_DONTWAIT), -1);
	close_manager();
	server_discard(&other);
	server_stop(&s);
}
END_TEST

START_TEST(watchdog_is_fed_while_the_loop_turns)
{
	listen_as_manager("path");
	setenv("WATCHDOG_USEC", "200000", 1);
	server_serve(&s, SERVER_CONF);
	expect_ready("generation 1: 2 workers");
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(hear(), "WATCHDOG=1");

	/* A loop that does not turn does not feed the watchdog. */
	server_halt(&s, s.pid);
	while (recv(manager, received, sizeof(received), MSG_DONTWAIT) > 0)
		;
	ck_assert_int_eq(
		poll(&(struct pollfd){ manager, POLLIN, 0 }, 1, 500), 0);
	server_signal(&s, SIGCONT);
	ck_assert_str_eq(hear(), "WATCHDOG=1");
	server_stop(&s);
	close_manager();
}
END_TEST

START_TEST(watchdog_of_another_process_is_not_fed)
{
	listen_as_manager("path");
	setenv("WATCHDOG_USEC", "100000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	server_serve(&s, SERVER_CONF);
	expect_ready("generation 1: 2 workers");
	ck_assert_int_eq(
		poll(&(struct pollfd){ manager, POLLIN, 0 }, 1, 300), 0);
	stop();
}
END_TEST

/*
 * The old master names the new one before the new one sends: a manager accepts
 * messages of the main process only.
 */
START_TEST(upgrade_notifies_the_new_main_process)
{
	char pid[16];

	listen_as_manager("path");
	server_init(&s);
	s.program.path = program_prong();
	server_start(&s, SERVER_CONF);
	expect_ready("generation 1: 2 workers");
	server_signal(&s, SIGUSR2);
	hear();
	snprintf(pid, sizeof(pid), "%s", value_of("MAINPID"));
	ck_assert_int_gt(strtol(pid, NULL, 10), 0);
	ck_assert_int_ne(strtol(pid, NULL, 10), s.pid);
	expect("READY", "");
	server_wait(&s, 0);
	s.pid = (pid_t)strtol(pid, NULL, 10);
	expect_ready("generation 1: 2 workers");
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ start_and_stop_are_notified, ROWS(kinds) },
		{ reload_is_notified_with_its_time, 1 },
		{ refused_reload_is_notified_as_ready, 1 },
		{ failed_start_notifies_errno_and_reason, 1 },
		{ watchdog_is_fed_while_the_loop_turns, 1 },
		{ upgrade_notifies_the_new_main_process, 1 },
		{ watchdog_of_another_process_is_not_fed, 1 },
	};

	return harness_run("notify", tests, ROWS(tests));
}
