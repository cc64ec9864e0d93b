/*
 * Workers that hang, or die with connections waiting for them.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { CLIENTS = 100, MOMENT = 200 /* ms: enough to see a worker hang */ };

static struct server s;

#define WATCHED                                                                \
	SERVER_CONF_WITH("\"watchdog\": {\"warn\": \"2s\", \"kill\": "         \
			 "\"60s\"}")
#define WATCHED_CLOSELY                                                        \
	SERVER_CONF_WITH("\"watchdog\": {\"warn\": \"2s\", \"kill\": \"3s\"}")

static const char request[] = "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n";

static void
assert_answered(struct client *c)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello\n");
	response_free(&r);
}

static void
stop_worker(pid_t workers[PROC_CHILDREN])
{
	ck_assert_uint_eq(server_workers(&s, workers), 2);
	server_halt(&s, workers[0]);
}

/* Asks on new connections. */
static void
ask(struct client *clients)
{
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i], request);
	}
}

/* How many are answered within ms. */
static int
count_answered(struct client *clients, int ms)
{
	int64_t deadline = deadline_in(ms);
	int answered = 0;

	for (int i = 0; i < CLIENTS; i++)
		answered +=
			!client_is_silent(&clients[i], deadline_left(deadline));
	return answered;
}

static void
finish(struct client *clients)
{
	for (int i = 0; i < CLIENTS; i++) {
		assert_answered(&clients[i]);
		client_close(&clients[i]);
	}
}

/* ---- a queue survives --------------------------------------------------- */

START_TEST(what_waits_for_a_worker_that_is_killed_is_served_by_the_next)
{
	static struct client clients[CLIENTS];
	pid_t workers[PROC_CHILDREN];

	server_serve(&s, SERVER_CONF);
	s.tolerated = "signal 9";
	stop_worker(workers);
	ask(clients);
	ck_assert_int_eq(kill(workers[0], SIGKILL), 0);
	finish(clients);
	server_stop(&s);
}
END_TEST

START_TEST(what_waits_for_a_worker_that_is_stopped_waits_until_it_goes_on)
{
	static struct client clients[CLIENTS];
	pid_t workers[PROC_CHILDREN];

	server_serve(&s, SERVER_CONF);
	stop_worker(workers);
	ask(clients);
	ck_assert_int_eq(kill(workers[0], SIGCONT), 0);
	finish(clients);
	server_stop(&s);
}
END_TEST

/* The master learns that the worker hangs from the connections that wait. */
START_TEST(what_waits_for_a_worker_that_hangs_is_served_by_another_in_a_second)
{
	static struct client clients[CLIENTS];
	pid_t workers[PROC_CHILDREN];
	int64_t began;

	server_serve(&s, WATCHED);
	stop_worker(workers);
	began = deadline_in(0);
	ask(clients);
	finish(clients);
	ck_assert_int_lt(deadline_in(0) - began, DEADLINE);
	ck_assert_int_eq(kill(workers[0], SIGCONT), 0);
	server_stop(&s);
}
END_TEST

/* ---- steering ----------------------------------------------------------- */

START_TEST(a_worker_that_hangs_is_logged_and_gets_no_new_connections)
{
	static struct client clients[CLIENTS];
	pid_t workers[PROC_CHILDREN];

	server_serve(&s, WATCHED);
	stop_worker(workers);
	ck_assert(server_log_has(&s, "has stalled for ", DEADLINE));
	ask(clients);
	ck_assert_int_eq(count_answered(clients, DEADLINE), CLIENTS);
	finish(clients);

	/* It gets its share again when it is back. */
	ck_assert_int_eq(kill(workers[0], SIGCONT), 0);
	ck_assert(server_log_has(&s, "recovered after", DEADLINE));
	ask(clients);
	ck_assert_int_eq(count_answered(clients, DEADLINE), CLIENTS);
	ck_assert_int_gt(proc_sockets(workers[0]), s.sockets);
	finish(clients);
	server_stop(&s);
}
END_TEST

START_TEST(a_worker_that_hangs_for_too_long_is_replaced)
{
	static struct client clients[CLIENTS];
	pid_t workers[PROC_CHILDREN];

	server_serve(&s, WATCHED_CLOSELY);
	s.tolerated = "";
	stop_worker(workers);
	ask(clients);
	ck_assert(server_has_new_workers(&s, 2, workers, 1, DEADLINE));
	ck_assert(server_log_has(&s, "aborted", DEADLINE));
	finish(clients);
	server_stop(&s);
}
END_TEST

#define SPINNING                                                               \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"watchdog\": {\"warn\": \"4s\", \"kill\": \"5s\"}," SERVER_SITES   \
	"}"

/* An idle worker's loop turns once a second: that is no hang. */
START_TEST(an_idle_worker_is_not_taken_for_one_that_hangs)
{
	pid_t before[PROC_CHILDREN], after[PROC_CHILDREN];

	server_serve(&s, SPINNING);
	ck_assert_uint_eq(server_workers(&s, before), 1);
	ck_assert(!server_log_has(&s, "stalled", 6000));
	ck_assert_uint_eq(server_workers(&s, after), 1);
	ck_assert_int_eq(before[0], after[0]);
	server_stop(&s);
}
END_TEST

/* ---- a freeze ------------------------------------------------------------ */

enum { FROZEN = 4500, LATER = 1000, ENOUGH = 3500 /* milliseconds */ };

#define EIGHT                                                                  \
	"{\"workers\": 8, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"watchdog\": {\"warn\": \"2s\", \"kill\": \"3s\"}," SERVER_SITES   \
	"}"

static void
halt_all(const pid_t *workers, size_t n)
{
	server_halt(&s, s.pid);
	for (size_t i = 0; i < n; i++)
		server_halt(&s, workers[i]);
}

static void
resume_workers(const pid_t *workers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(kill(workers[i], SIGCONT), 0);
}

/* What comes first: the master or its workers. */
static const bool is_master_first[] = { true, false };

START_TEST(no_worker_is_killed_after_a_freeze_of_all)
{
	pid_t workers[PROC_CHILDREN], after[PROC_CHILDREN];
	struct client c;
	size_t n;

	server_serve(&s, EIGHT);
	n = server_workers(&s, workers);
	ck_assert_uint_eq(n, 8);
	halt_all(workers, n);
	client_open(&c, s.port);
	client_say(&c, request);
	ck_assert(client_is_silent(&c, FROZEN));
	if (!is_master_first[_i])
		resume_workers(workers, n);
	else
		ck_assert_int_eq(kill(s.pid, SIGCONT), 0);
	ck_assert_int_eq(client_is_silent(&c, LATER), is_master_first[_i]);
	if (is_master_first[_i])
		resume_workers(workers, n);
	else
		ck_assert_int_eq(kill(s.pid, SIGCONT), 0);
	assert_answered(&c);
	client_close(&c);
	ck_assert(!server_log_has(&s, "aborted", ENOUGH));
	ck_assert_uint_eq(server_workers(&s, after), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(after[i], workers[i]);
	server_stop(&s);
}
END_TEST

/* ---- fewer workers ------------------------------------------------------ */

#define CONF(workers)                                                          \
	"{\"workers\": " #workers                                              \
	", \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS                 \
	"," SERVER_SITES "}"

/* Their queues too: connections that came while all were stopped. */
START_TEST(the_sockets_of_workers_that_retire_are_emptied)
{
	static struct client clients[CLIENTS];
	pid_t workers[PROC_CHILDREN];
	size_t n;

	server_serve(&s, CONF(4));
	n = server_workers(&s, workers);
	for (size_t i = 0; i < n; i++)
		server_halt(&s, workers[i]);
	ask(clients);
	ck_assert_int_eq(count_answered(clients, MOMENT), 0);
	server_configure(&s, CONF(1));
	server_signal(&s, SIGHUP);
	finish(clients);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(kill(workers[i], SIGCONT), 0);
	ck_assert(server_has_new_workers(&s, 1, workers, n, DEADLINE));
	server_configure(&s, CONF(4));
	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, 4, NULL, 0, DEADLINE));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ what_waits_for_a_worker_that_is_killed_is_served_by_the_next,
			1 },
		{ what_waits_for_a_worker_that_is_stopped_waits_until_it_goes_on,
			1 },
		{ what_waits_for_a_worker_that_hangs_is_served_by_another_in_a_second,
			1 },
		{ a_worker_that_hangs_is_logged_and_gets_no_new_connections,
			1 },
		{ a_worker_that_hangs_for_too_long_is_replaced, 1 },
		{ an_idle_worker_is_not_taken_for_one_that_hangs, 1 },
		{ no_worker_is_killed_after_a_freeze_of_all,
			ROWS(is_master_first) },
		{ the_sockets_of_workers_that_retire_are_emptied, 1 },
	};

	return harness_run("hung_workers", tests, ROWS(tests));
}
