/*
 * Processes die without a word; the service goes on, or ends whole.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

static void
assert_serves(void)
{
	struct response r;

	for (int i = 0; i < 20; i++) {
		client_fetch(s.port, "/hello.txt", "", &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "hello\n");
		response_free(&r);
	}
}

static void
assert_home(void)
{
	struct response r;

	client_fetch(s.port, "/", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
}

static void
kill_workers(size_t count)
{
	pid_t workers[PROC_CHILDREN];

	ck_assert_uint_eq(server_workers(&s, workers), s.workers);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(kill(workers[i], SIGKILL), 0);
	ck_assert(server_has_new_workers(
		&s, s.workers, workers, count, DEADLINE));
}

/* Nothing that waits in a dead worker's queue is lost (DESIGN: the sockets
 * belong to the master), so every request is answered, none tried again. */
START_TEST(a_killed_worker_is_replaced_and_no_request_is_lost)
{
	server_serve(&s, SERVER_CONF);
	s.tolerated = "signal 9";
	ck_assert_uint_eq(s.workers, 2);
	kill_workers(1);
	assert_serves();
	ck_assert(server_log_has(&s,
		"died of signal 9; not sent by the master: out of memory?",
		DEADLINE));
	server_stop(&s);
}
END_TEST

START_TEST(all_workers_killed_at_once_are_replaced)
{
	server_serve(&s, SERVER_CONF);
	s.tolerated = "signal 9";
	kill_workers(2);
	assert_serves();
	server_stop(&s);
}
END_TEST

/* Connections that arrive while no worker lives wait in the sockets. */
START_TEST(a_connection_made_without_a_worker_is_served)
{
	pid_t workers[PROC_CHILDREN];
	struct client clients[20];
	struct response r;
	size_t n;

	server_serve(&s, SERVER_CONF);
	s.tolerated = "signal 9";
	n = server_workers(&s, workers);
	for (size_t i = 0; i < n; i++)
		server_halt(&s, workers[i]);
	for (int i = 0; i < 20; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i],
			"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (size_t i = 0; i < n; i++)
		kill(workers[i], SIGKILL);
	for (int i = 0; i < 20; i++) {
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
		client_close(&clients[i]);
	}
	server_stop(&s);
}
END_TEST

/* ---- what a worker died of ---------------------------------------------- */

#define MORTAL                                                                 \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"sites\": [{\"hosts\": [\"a.example\"], \"routes\": ["             \
	"{\"path\": \"/die/*\", \"module\": \"" MODULES                        \
	"/dies_if_asked.so\"},"                                                \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

static const char *const unanswered[] = {
	"left unanswered: POST /up HTTP/1.1 (route /* of a.example, request "
	"id up-1)",
	"left unanswered: GET /big HTTP/1.1 (route /* of a.example)",
	"signal 9 while serving GET /die/now?why HTTP/1.1 (route /die/* of "
	"a.example, request id die-1)",
};

/* One that it works on, one that waits for its body, one for its client. */
START_TEST(the_log_names_the_requests_that_a_worker_died_with)
{
	enum { SIZE = 8 << 20 };
	char *big = server_pattern(SIZE);
	struct client up, down, last;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_file(&s, "www/big", big, SIZE);
	free(big);
	server_start(&s, MORTAL);
	s.tolerated = "signal 9";
	client_open(&up, s.port);
	client_say(&up, "POST /up HTTP/1.1\r\nHost: a\r\nX-Request-Id: up-1"
			"\r\nContent-Length: 5\r\n\r\nhe");
	client_open_narrow(&down, s.port, 4096);
	client_say(&down, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_uint_gt(client_discard(&down, 1000, DEADLINE), 0);
	ck_assert(!client_is_silent(&up, DEADLINE));
	client_open(&last, s.port);
	client_say(&last, "GET /die/now?why HTTP/1.1\r\nHost: a\r\nX-Die: 1\r\n"
			  "x-request-id: die-1\r\n\r\n");
	for (size_t i = 0; i < ROWS(unanswered); i++)
		ck_assert_msg(server_log_has(&s, unanswered[i], DEADLINE),
			"%s: not in:\n%s", unanswered[i],
			server_read(&s, "stderr"));
	client_close(&up);
	client_close(&down);
	client_close(&last);
	assert_home();
	/* Without one of its own, a module's request is given an id. */
	client_open(&last, s.port);
	client_say(&last, "GET /die/2 HTTP/1.1\r\nHost: a\r\nX-Die: 1\r\n\r\n");
	ck_assert(server_log_has(&s,
		"signal 9 while serving GET /die/2 HTTP/1.1 (route /die/* of "
		"a.example, request id ",
		DEADLINE));
	client_close(&last);
	assert_home();
	server_stop(&s);
}
END_TEST

/* ---- without a master --------------------------------------------------- */

static void
wait_until_gone(const pid_t *pids, size_t count)
{
	int64_t deadline = deadline_in(DEADLINE);

	for (size_t i = 0; i < count; i++)
		while (proc_is_alive(pids[i]))
			ck_assert_msg(server_tick(&s, deadline),
				"worker %d outlived its master", (int)pids[i]);
}

START_TEST(workers_leave_when_the_master_is_killed)
{
	pid_t workers[PROC_CHILDREN];
	struct client c;
	struct response r;
	size_t n;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_get(&c, "/hello.txt", &r);
	response_free(&r);
	n = server_workers(&s, workers);
	ck_assert_uint_eq(n, 2);
	server_signal(&s, SIGKILL);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	wait_until_gone(workers, n);
	server_finish(&s, 128 + SIGKILL);
}
END_TEST

/* No master is left that would kill the worker at the end of the drain. */
START_TEST(a_worker_with_a_slow_client_leaves_when_the_master_is_killed)
{
	enum { SIZE = 8 * 1024 * 1024 };
	char *big = server_pattern(SIZE);
	pid_t workers[PROC_CHILDREN];
	struct client c;
	size_t n;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_file(&s, "www/big", big, SIZE);
	free(big);
	server_start(&s,
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		" \"timeouts\": {\"drain_delay\": \"0s\","
		" \"drain\": \"500ms\", \"write\": \"1h\"}," SERVER_SITES "}");
	client_open_narrow(&c, s.port, 4096);
	client_say(&c, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_uint_gt(client_discard(&c, 1000, DEADLINE), 0);
	n = server_workers(&s, workers);
	server_signal(&s, SIGKILL);
	wait_until_gone(workers, n);
	client_close(&c);
	server_finish(&s, 128 + SIGKILL);
}
END_TEST

/* ---- what ps tells ------------------------------------------------------- */

enum { BIG = 8 * 1024 * 1024 };

/* Starts a server with one worker, and a client that reads nothing of BIG
 * bytes. */
static void
serve_slow_client(struct client *c)
{
	char *big = server_pattern(BIG);

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_file(&s, "www/big", big, BIG);
	free(big);
	server_start(&s,
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		" \"control\": \"$DIR/control\","
		" \"timeouts\": {\"drain_delay\": \"0s\","
		" \"drain\": \"1h\", \"write\": \"1h\"}," SERVER_SITES "}");
	client_open_narrow(c, s.port, 4096);
	client_say(c, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_uint_gt(client_discard(c, 1000, DEADLINE), 0);
}

static void
run(const struct server *server, const char *command,
	struct program_result *result)
{
	const char *argv[] = { "prong", command, "-c", server->file, NULL };
	const struct program plain = { 0 };

	program_run(&plain, argv, result);
	ck_assert_msg(result->status == 0, "%s", result->err);
}

START_TEST(ps_tells_what_is_in_use_and_what_drains)
{
	static struct program_result result;
	struct client c;

	serve_slow_client(&c);
	run(&s, "ps", &result);
	ck_assert_msg(strstr(result.out, "\nin use: 1 of ") != NULL, "%s",
		result.out);
	ck_assert_ptr_nonnull(strstr(result.out, "; a worker may open "));
	run(&s, "reload", &result);
	run(&s, "ps", &result);
	ck_assert_msg(strstr(result.out,
			      "\ngeneration 1 drains for at most ") != NULL,
		"%s", result.out);
	ck_assert_ptr_nonnull(strstr(result.out, ": 1 worker, 1 connection\n"));
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(ps_names_workers_whose_master_was_killed)
{
	static struct program_result result;
	int64_t deadline = deadline_in(DEADLINE);
	struct server next;
	struct client c;
	pid_t workers[PROC_CHILDREN];
	char conf[512], line[96];

	serve_slow_client(&c);
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	server_signal(&s, SIGKILL);
	server_wait(&s, 128 + SIGKILL);
	server_init(&next);
	server_text(&next, "www/index.html", "next\n");
	snprintf(conf, sizeof(conf),
		SERVER_CONF_WITH("\"control\": \"%s/control\""), s.dir);
	server_start(&next, conf);
	snprintf(line, sizeof(line),
		"\nworker 0 of a master that was killed, pid %d, generation 1, "
		"drains for at most ",
		(int)workers[0]);
	do
		run(&next, "ps", &result);
	while (strstr(result.out, line) == NULL &&
		server_tick(&next, deadline));
	ck_assert_msg(strstr(result.out, line) != NULL, "%s", result.out);
	client_close(&c);
	wait_until_gone(workers, 1);
	next.own_descriptors--; /* the client was counted */
	server_stop(&next);
	server_finish(&s, 128 + SIGKILL);
}
END_TEST

/* A worker that is busy for a while has the port until it notices that its
 * master is dead; the next server waits for it. */
START_TEST(a_server_starts_beside_a_worker_of_one_that_was_killed)
{
	pid_t workers[PROC_CHILDREN], helper;
	struct server next;

	server_serve(&s, "{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
			 " " SERVER_TIMEOUTS "," SERVER_SITES "}");
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	server_halt(&s, workers[0]);
	server_signal(&s, SIGKILL);
	server_wait(&s, 128 + SIGKILL);
	server_init(&next);
	server_text(&next, "www/index.html", "next\n");
	next.port = s.port;
	helper = server_continue_later(workers[0]);
	server_start(&next,
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		" " SERVER_TIMEOUTS "," SERVER_SITES "}");
	/* The old worker may have answered what waited in its queue. */
	ck_assert_msg(server_log_has(&next, "generation 1 serves", DEADLINE),
		"%s", server_read(&next, "stderr"));
	next.workers = s.workers; /* counted too early, then */
	next.sockets = s.sockets;
	ck_assert_int_eq(waitpid(helper, NULL, 0), helper);
	wait_until_gone(workers, 1);
	server_stop(&next);
	server_finish(&s, 128 + SIGKILL);
}
END_TEST

/* timeout(1), and service managers of the simple kind, signal them all. */
START_TEST(a_term_meant_for_all_processes_does_not_kill_a_worker)
{
	pid_t workers[PROC_CHILDREN];
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_get(&c, "/hello.txt", &r);
	response_free(&r);
	for (size_t i = server_workers(&s, workers); i > 0; i--)
		kill(workers[i - 1], SIGTERM);
	client_get(&c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_killed_worker_is_replaced_and_no_request_is_lost, 1 },
		{ all_workers_killed_at_once_are_replaced, 1 },
		{ a_connection_made_without_a_worker_is_served, 1 },
		{ the_log_names_the_requests_that_a_worker_died_with, 1 },
		{ workers_leave_when_the_master_is_killed, 1 },
		{ ps_tells_what_is_in_use_and_what_drains, 1 },
		{ ps_names_workers_whose_master_was_killed, 1 },
		{ a_server_starts_beside_a_worker_of_one_that_was_killed, 1 },
		{ a_worker_with_a_slow_client_leaves_when_the_master_is_killed,
			1 },
		{ a_term_meant_for_all_processes_does_not_kill_a_worker, 1 },
	};

	return harness_run("crash", tests, ROWS(tests));
}
