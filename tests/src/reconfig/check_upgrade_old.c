/*
 * The old master's side of an upgrade, with a new master that is this program.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade.h"

#include <check.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reconfig/upgrade_conns.h"
#include "supervise/bus.h"
#include "supervise/generation_list.h"
#include "supervise/inherited.h"
#include "supervise/listeners.h"
#include "supervise/tickets.h"
#include "support/harness.h"
#include "support/stub.h"

enum { READY_MS = 60000, SHORT = 20 /* seconds */, MANY = 2000 };

static struct stub stub;
static struct upgrade upgrade;
static struct upgrade_peer no_peer = { .fd = -1 };
static struct conn_export conns;
static struct tickets tickets;
static struct inherited inherited;
static struct listener *no_listener;
static struct generation_list generations;
static struct bus bus;
static char program[PATH_MAX]; /* this one */
static pid_t served_by;
static bool is_ended, is_reaped;
static struct error_text why;

/* ---- the new master ------------------------------------------------------ */

/* Argument 1: the messages that it sends; 2: the descriptor of a pipe that it
 * closes then. */
static int
be_new_master(const char *messages, int fd)
{
	struct upgrade_peer peer;

	upgrade_peer_open(&peer, NULL, NULL);
	if (!upgrade_peer_is_waiting(&peer))
		return 3;
	for (; *messages != '\0'; messages++)
		if (*messages == 'w')
			upgrade_peer_tell_progress(&peer);
		else if (*messages == 'm')
			for (int i = 0; i < MANY; i++)
				upgrade_peer_tell_progress(&peer);
		else
			upgrade_send(peer.fd, UPGRADE_READY, "");
	close(fd);
	poll(&(struct pollfd){ .fd = peer.fd }, 1, -1);
	return 0;
}

/* ---- the old master ------------------------------------------------------ */

static int
share_pid_file(void *arg)
{
	(void)arg;
	return 0;
}

static void
keep_pid_file(void *arg)
{
	(void)arg;
}

static void
release_names(void *arg, pid_t pid)
{
	(void)arg;
	served_by = pid;
}

static const char *
name_waiting(void *arg)
{
	(void)arg;
	return "";
}

static const struct upgrade_events events = { share_pid_file, keep_pid_file,
	release_names, name_waiting };

static void
on_done(void *arg, pid_t pid, const char *errors,
	const struct error_text *reason)
{
	(void)arg;
	(void)pid;
	ck_assert_str_eq(errors, "");
	is_ended = true;
	if (reason != NULL)
		why = *reason;
}

static void
on_child(struct stub *s, pid_t pid, int status)
{
	(void)s;
	upgrade_reap(&upgrade, pid, status);
	is_reaped = true;
}

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

static bool
has_time(void *arg)
{
	(void)arg;
	return ev_timer_remaining(stub.env.loop, &upgrade.limit) > SHORT;
}

/* Starts it; returns the end of a pipe that is at EOF when it has sent all. */
static int
start(const char *messages)
{
	static char text[16];
	static char *argv[] = { program, NULL, text, NULL };
	static struct upgrade_env env;
	struct generation g = { .conf = stub_conf(1), .nprocs = 1 };
	int pipe_ends[2];

	g.conf->timeouts.ready = READY_MS;
	stub_open(&stub, on_child);
	ck_assert_int_eq(tickets_open(&tickets), 0);
	bus_init(&bus, &generations);
	conn_export_init(&conns, stub.env.loop, NULL, NULL, &bus);
	argv[1] = (char *)messages;
	env = (struct upgrade_env){ .loop = stub.env.loop,
		.program = program,
		.argv = argv,
		.listeners = &stub.listeners,
		.control_listener = &no_listener,
		.inherited = &inherited,
		.old_master = &no_peer,
		.conns = &conns,
		.tickets = &tickets,
		.events = &events };
	upgrade_init(&upgrade, &env);
	upgrade.on_done = on_done;
	ck_assert_int_eq(pipe(pipe_ends), 0);
	snprintf(text, sizeof(text), "%d", pipe_ends[1]);
	ck_assert_int_eq(upgrade_start(&upgrade, false, &g, &why), 0);
	close(pipe_ends[1]);
	conf_free(g.conf);
	return pipe_ends[0];
}

static void
finish(int fd)
{
	stub_wait(&stub, is_true, &is_reaped, "the new master's exit");
	close(fd);
	tickets_close(&tickets);
	stub_close(&stub);
}

static void
set_limit(double seconds)
{
	ev_timer_stop(stub.env.loop, &upgrade.limit);
	ev_timer_set(&upgrade.limit, seconds, 0.);
	ev_timer_start(stub.env.loop, &upgrade.limit);
}

START_TEST(each_worker_that_is_ready_restarts_the_limit)
{
	int fd = start("w");

	set_limit(SHORT);
	stub_wait(&stub, has_time, NULL, "a new limit");
	ck_assert(upgrade.has_ready);
	set_limit(0.);
	stub_wait(&stub, is_true, &is_ended, "the end");
	ck_assert_str_eq(why.text,
		"the new binary had no further worker ready in 60000 ms");
	finish(fd);
}
END_TEST

START_TEST(a_limit_that_runs_out_before_a_worker_is_ready_is_told)
{
	int fd = start("");

	set_limit(0.);
	stub_wait(&stub, is_true, &is_ended, "the end");
	ck_assert_str_eq(why.text, "the new binary was not ready in 60000 ms");
	finish(fd);
}
END_TEST

/* It is busy elsewhere: the channel must not be full. */
START_TEST(ready_is_not_lost_behind_many_workers_of_which_none_was_read)
{
	char byte;
	int fd = start("mr");

	ck_assert_int_eq(read(fd, &byte, 1), 0);
	stub_wait(&stub, is_true, &is_ended, "ready");
	ck_assert_int_ne(served_by, 0);
	ck_assert_str_eq(why.text, "");
	finish(fd);
}
END_TEST

static void
run_out(void)
{
	ev_timer_stop(stub.env.loop, &upgrade.limit);
	ev_invoke(stub.env.loop, &upgrade.limit, EV_TIMER);
}

/* The old master was stopped meanwhile: its epoll_wait(2) tells of no message
 * when it goes on. */
START_TEST(ready_that_came_before_the_limit_is_taken)
{
	char byte;
	int fd = start("r");

	ck_assert_int_eq(read(fd, &byte, 1), 0);
	run_out();
	ck_assert(is_ended);
	ck_assert_int_ne(served_by, 0);
	ck_assert_str_eq(why.text, "");
	finish(fd);
}
END_TEST

START_TEST(a_worker_that_was_ready_before_the_limit_restarts_it)
{
	char byte;
	int fd = start("w");

	ck_assert_int_eq(read(fd, &byte, 1), 0);
	run_out();
	ck_assert(has_time(NULL));
	set_limit(0.);
	stub_wait(&stub, is_true, &is_ended, "the end");
	finish(fd);
}
END_TEST

START_TEST(ready_of_a_master_that_the_limit_killed_is_not_taken)
{
	int fd = start("");

	run_out();
	ck_assert(!ev_is_active(&upgrade.io));
	stub_wait(&stub, is_true, &is_ended, "the end");
	ck_assert_int_eq(served_by, 0);
	ck_assert_str_eq(why.text, "the new binary was not ready in 60000 ms");
	finish(fd);
}
END_TEST

int
main(int argc, char **argv)
{
	const struct harness_test tests[] = {
		{ each_worker_that_is_ready_restarts_the_limit, 0 },
		{ a_limit_that_runs_out_before_a_worker_is_ready_is_told, 0 },
		{ ready_is_not_lost_behind_many_workers_of_which_none_was_read,
			0 },
		{ ready_that_came_before_the_limit_is_taken, 0 },
		{ a_worker_that_was_ready_before_the_limit_restarts_it, 0 },
		{ ready_of_a_master_that_the_limit_killed_is_not_taken, 0 },
	};

	if (argc == 3)
		return be_new_master(argv[1], atoi(argv[2]));
	if (realpath(argv[0], program) == NULL)
		return 1;
	return harness_run("upgrade_old", tests, ROWS(tests));
}
