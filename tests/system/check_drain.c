/*
 * What a server promises from TERM to its end: timeouts.drain_delay and
 * timeouts.drain.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/live_server.h"
#include "support/procfs.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

#define REQUEST "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- connections that have not asked yet -------------------------------- */

#define ACCEPT(how)                                                            \
	"{\"workers\": 2, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	" \"accept\": \"" how "\"}],"                                          \
	" \"timeouts\": {\"drain_delay\": \"800ms\"}," SERVER_SITES "}"

static const char *const accepts[] = { ACCEPT("worker"), ACCEPT("shared") };

enum {
	CLIENTS = 10,
	NEW = 900 /* milliseconds; below the second of a worker */
};

/* Each asks, and is served; a test that came too late to say so ends early. */
static void
ask_each(struct client clients[CLIENTS], int64_t opened)
{
	struct response r;

	for (int i = 0; i < CLIENTS; i++)
		client_say(&clients[i], REQUEST);
	for (int i = 0; i < CLIENTS && deadline_now() - opened < NEW; i++) {
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "hello\n");
		response_free(&r);
	}
}

/* The kernel holds them back (TCP_DEFER_ACCEPT) unless it is told not to. */
START_TEST(a_connection_made_during_the_delay_is_served_after_it)
{
	struct client first, clients[CLIENTS];
	struct response r;
	int64_t opened;

	server_serve(&s, accepts[_i]);
	client_open(&first, s.port);
	client_get(&first, "/hello.txt", &r);
	response_free(&r);
	server_signal(&s, SIGTERM);
	/* Until both workers have heard of it. */
	ck_assert(client_is_silent(&first, 500));
	opened = deadline_now();
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
	/* The delay is over: the first one has been idle for a second, the
	 * others have not. */
	ck_assert(client_is_eof(&first, DEADLINE));
	ask_each(clients, opened);
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	client_close(&first);
	server_finish(&s, 0);
}
END_TEST

/* ---- the delay ---------------------------------------------------------- */

#define DELAY(delay)                                                           \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"], \"timeouts\":"    \
	" {\"drain_delay\": \"" delay "\"}," SERVER_SITES "}"

/* A quiet second proves nothing: a load balancer may have other servers. */
START_TEST(the_delay_is_served_whole_when_no_request_comes)
{
	struct response r;

	server_serve(&s, DELAY("5s"));
	server_signal(&s, SIGTERM);
	ck_assert(!server_log_has(&s, "shut down: ", 4000));
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_finish(&s, 0);
}
END_TEST

enum { CROWD = 32, WHOLE = 4000 /* milliseconds */ };

/* One request on each; notes when its answer said close. */
static void
turn(struct client *clients, int64_t *closed, int64_t since)
{
	struct response r;

	for (int i = 0; i < CROWD; i++) {
		if (closed[i] != 0)
			continue;
		client_get(&clients[i], "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		if (response_lists(&r, "Connection", "close"))
			closed[i] = deadline_now() - since;
		response_free(&r);
	}
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

START_TEST(the_second_half_of_the_delay_ends_connections_one_by_one)
{
	struct client clients[CROWD];
	int64_t closed[CROWD] = { 0 }, since;

	server_serve(&s, DELAY("4s"));
	for (int i = 0; i < CROWD; i++)
		client_open(&clients[i], s.port);
	since = deadline_now();
	server_signal(&s, SIGTERM);
	while (deadline_now() - since < WHOLE * 7 / 8) {
		turn(clients, closed, since);
		poll(NULL, 0, 20);
	}
	qsort(closed, CROWD, sizeof(closed[0]), compare);
	ck_assert_int_ge(closed[0], WHOLE / 2);
	/* A second for them all: half of them take half of it. */
	for (int i = CROWD / 2; i < CROWD; i++)
		ck_assert_int_ge(closed[i] - closed[i - CROWD / 2], 100);
	for (int i = 0; i < CROWD; i++)
		client_close(&clients[i]);
	server_finish(&s, 0);
}
END_TEST

/* ---- the end ------------------------------------------------------------ */

#define SHORT                                                                  \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"timeouts\": {\"drain_delay\": \"500ms\", \"drain\": \"2s\"},"       \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

/* The master kills nothing: each worker ends in time, of itself. */
START_TEST(streams_and_downloads_end_within_the_delay_and_the_drain)
{
	enum { LARGE = 8 << 20, SUM = 2500, SLACK = 1500 };
	char *large = server_pattern(LARGE), *log;
	struct client download, events;
	struct response r;
	int64_t since;

	server_serve(&s, SHORT);
	server_file(&s, "www/large.bin", large, LARGE);
	client_open_narrow(&download, s.port, 16384);
	client_say(&download, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&download, DEADLINE));
	client_open(&events, s.port);
	client_say(&events, "GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(&events, "event: hello", DEADLINE));
	since = deadline_now();
	server_signal(&s, SIGTERM);
	client_recv(&events, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_wait(&s, 0);
	ck_assert_int_lt(deadline_now() - since, SUM + SLACK);
	log = server_read(&s, "stderr");
	ck_assert_msg(strstr(log, "killed") == NULL, "%s", log);
	ck_assert_msg(
		strstr(log, "the time to drain is up") != NULL, "%s", log);
	client_close(&events);
	client_close(&download);
	free(large);
	free(log);
	server_finish(&s, 0);
}
END_TEST

/* When its request came, the server served as ever. */
START_TEST(a_deferred_answer_of_a_server_that_leaves_says_close)
{
	struct client c;
	struct response r;

	server_serve(&s, LIVE_CONF("\"drain\": \"20s\""));
	client_open(&c, s.port);
	client_say(&c, "GET /live/later?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n");
	live_assert_counted(&s, "open 1 ");
	server_signal(&s, SIGTERM);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	client_close(&c);
	server_finish(&s, 0);
}
END_TEST

/* ---- what is said meanwhile --------------------------------------------- */

#define DELAY_WITH_CONTROL                                                     \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\", \"timeouts\": {\"drain_delay\": "           \
	"\"1m\"}," SERVER_SITES "}"

START_TEST(a_server_that_leaves_says_since_when_and_how_long_at_most)
{
	const char *argv[] = { "prong", "ps", "-c", s.file, NULL };
	const struct program plain = { 0 };
	struct program_result result;

	server_serve(&s, DELAY_WITH_CONTROL);
	server_signal(&s, SIGTERM);
	ck_assert(server_log_has(&s, "draining 2 workers", DEADLINE));
	program_run(&plain, argv, &result);
	ck_assert_int_eq(result.status, 0);
	ck_assert_msg(
		strstr(result.out, ": leaving for ") != NULL, "%s", result.out);
	ck_assert_msg(strstr(result.out,
			      "s more, generation 1 with 2 workers") != NULL,
		"%s", result.out);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(
		&s, "reload refused: the server shuts down", DEADLINE));
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

/* Waits until the only worker that is not shutting down is of a generation. */
static void
wait_for_generation(int number)
{
	int64_t deadline = deadline_in(DEADLINE);
	char other[64];
	pid_t workers[PROC_CHILDREN];
	bool is_serving = false;
	size_t n;

	while (!is_serving) {
		is_serving = true;
		n = server_workers(&s, workers);
		for (int i = 1; i < number; i++) {
			snprintf(other, sizeof(other),
				"prong: worker 0 (generation %d)", i);
			for (size_t w = 0; w < n; w++)
				is_serving &=
					!proc_is_titled(workers[w], other);
		}
		ck_assert(is_serving || server_tick(&s, deadline));
	}
}

/* Four generations with a stream each, and one that serves. */
START_TEST(a_fifth_reload_waits_for_a_generation_that_drains)
{
	enum { MOST = 4 };
	struct client events[MOST + 1];
	char text[64];

	server_serve(&s, LIVE_CONF("\"drain\": \"1m\""));
	for (int i = 0; i <= MOST; i++) {
		snprintf(text, sizeof(text), "generation %d serves", i + 1);
		ck_assert(server_log_has(&s, text, DEADLINE));
		wait_for_generation(i + 1);
		client_open(&events[i], s.port);
		client_say(&events[i],
			"GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n");
		ck_assert(client_hears(&events[i], "event: hello", DEADLINE));
		server_signal(&s, SIGHUP);
	}
	ck_assert(server_log_has(
		&s, "4 generations are draining: the reload waits", DEADLINE));
	ck_assert(!server_log_has(&s, "generation 6 serves", 500));
	client_reset(&events[0]);
	ck_assert(server_log_has(&s, "generation 6 serves", DEADLINE));
	for (int i = 0; i <= MOST; i++)
		client_close(&events[i]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_connection_made_during_the_delay_is_served_after_it,
			ROWS(accepts) },
		{ the_delay_is_served_whole_when_no_request_comes, 1 },
		{ the_second_half_of_the_delay_ends_connections_one_by_one, 1 },
		{ streams_and_downloads_end_within_the_delay_and_the_drain, 1 },
		{ a_deferred_answer_of_a_server_that_leaves_says_close, 1 },
		{ a_server_that_leaves_says_since_when_and_how_long_at_most,
			1 },
		{ a_fifth_reload_waits_for_a_generation_that_drains, 1 },
	};

	return harness_run("drain", tests, ROWS(tests));
}
