/*
 * What a module answers later, when a timer, a descriptor or another request
 * says so.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/sanitized.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/live_server.h"
#include "support/test_deadline.h"

#define PATIENT LIVE_CONF("\"drain\": \"20s\"")

static struct server s;

START_TEST(a_deferred_response_keeps_the_connection)
{
	struct client c;

	server_serve(&s, PATIENT);
	client_open(&c, s.port);
	client_get_text(&c, "/live/later?ms=0", "later\n");
	client_get_text(&c, "/live/later?ms=20", "later\n");
	client_get_text(&c, "/live/watch", "1 5 piped\n");
	client_get_text(&c, "/live/later", "later\n");
	client_get_text(&c, "/hello.txt", "hello\n");
	client_close(&c);
	live_assert_counted(&s, "open 0 answered 4 gone 0");
	server_stop(&s);
}
END_TEST

START_TEST(requests_behind_a_deferred_one_are_answered_in_order)
{
	struct client c;
	struct response r;

	server_serve(&s, PATIENT);
	client_open(&c, s.port);
	client_say(&c, "GET /live/later?ms=50 HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /live/stream?size=9000 HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "later\n");
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, 9000);
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "hello\n");
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

#define ONE_IN_FLIGHT                                                          \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"sites\": [{\"routes\": [{\"path\": \"/live/*\", \"in_flight\": "  \
	"1,"                                                                   \
	" \"module\": \"" MODULES "/live.so\"},"                               \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

/* Asks until the answer has this status. */
static void
ask_until(int status, const char *retry_after)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	bool has_come;

	do {
		client_fetch(s.port, "/live/stream?size=1", "", &r);
		has_come = r.status == status;
		if (has_come && retry_after != NULL)
			ck_assert_str_eq(
				response_field(&r, "Retry-After"), retry_after);
		response_free(&r);
	} while (!has_come && server_tick(&s, deadline));
	ck_assert_msg(has_come, "no %d", status);
}

/* The first request is held until its client has gone. */
START_TEST(more_requests_than_may_be_in_flight_get_503)
{
	struct client c;
	struct response r;

	server_serve(&s, ONE_IN_FLIGHT);
	client_open(&c, s.port);
	client_say(&c, "GET /live/hold HTTP/1.1\r\nHost: a\r\n\r\n");
	ask_until(503, "1");
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&c);
	ask_until(200, NULL);
	server_stop(&s);
}
END_TEST

START_TEST(a_wrong_deferred_call_fails_and_is_logged)
{
	struct client c;

	live_serve(&s, PATIENT, "module live: prong_");
	client_open(&c, s.port);
	client_get_text(&c, "/live/mistakes", "1 1 1 1 1 1\n");
	client_close(&c);
	ck_assert(server_log_has(
		&s, "prong_watch(): the descriptor is not open", DEADLINE));
	server_stop(&s);
}
END_TEST

START_TEST(one_timer_answers_all_deferred_requests)
{
	enum { CLIENTS = 200 };
	static struct client clients[CLIENTS];
	struct response r;

	server_serve(&s, PATIENT);
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i],
			"GET /live/hold HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	live_assert_counted(&s, "open 200 ");
	client_fetch(s.port, "/live/release", "", &r);
	response_free(&r);
	for (int i = 0; i < CLIENTS; i++) {
		client_recv(&clients[i], &r);
		ck_assert_str_eq(r.body, "released\n");
		response_free(&r);
		client_close(&clients[i]);
	}
	live_assert_counted(&s, "open 0 answered 200 ");
	server_stop(&s);
}
END_TEST

/* KiB that a worker has in memory. */
static long
resident_memory(void)
{
	char path[32], line[128];
	pid_t workers[PROC_CHILDREN];
	long size = 0;
	FILE *f;

	ck_assert_uint_eq(server_workers(&s, workers), 1);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)workers[0]);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmRSS: %ld", &size) == 1)
			break;
	fclose(f);
	return size;
}

START_TEST(a_worker_returns_its_memory_after_a_burst)
{
	enum { CLIENTS = 900 };
	static struct client clients[CLIENTS];
	long long deadline = deadline_in(DEADLINE);
	long before, most;
	struct response r;

	server_serve(&s, PATIENT);
	before = resident_memory();
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i],
			"GET /live/hold HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	live_assert_counted(&s, "open 900 ");
	client_fetch(s.port, "/live/release", "", &r);
	response_free(&r);
	for (int i = 0; i < CLIENTS; i++) {
		client_recv(&clients[i], &r);
		response_free(&r);
	}
	most = resident_memory();
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	if (!IS_SANITIZED)
		while (resident_memory() > before + (most - before) / 2)
			ck_assert(server_tick(&s, deadline));
	server_stop(&s);
}
END_TEST

START_TEST(a_late_response_is_504_and_reported_to_the_module)
{
	struct response r;

	live_serve(&s, LIVE_CONF("\"handler\": \"200ms\""),
		"the handler did not answer in time");
	client_fetch(s.port, "/live/hold", "", &r);
	ck_assert_int_eq(r.status, 504);
	response_free(&r);
	live_assert_counted(&s, "open 0 answered 0 gone 0 late 1");
	server_stop(&s);
}
END_TEST

/* ---- over a reload ------------------------------------------------------ */

/* PATIENT with a field that names its generation. */
#define OTHER                                                                  \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\","                                            \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"drain\": \"20s\"},"         \
	"\"sites\": [{\"headers\": {\"set\": {\"X-Other\": \"1\"}}, "          \
	"\"routes\": ["                                                        \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

static void
say_later(struct client *c, int ms)
{
	char text[128];

	snprintf(text, sizeof(text),
		"GET /live/later?ms=%d HTTP/1.1\r\nHost: a\r\n\r\n", ms);
	client_say(c, text);
}

/* True when the other configuration's worker answered. */
static bool
hear_later(struct client *c)
{
	struct response r;
	bool is_other;

	client_recv(c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "later\n");
	ck_assert(!response_lists(&r, "Connection", "close"));
	is_other = response_field(&r, "X-Other") != NULL;
	response_free(&r);
	return is_other;
}

/* The client waits for nothing between two requests. */
START_TEST(the_request_after_a_deferred_response_goes_to_the_new_worker)
{
	struct client c;

	server_serve(&s, PATIENT);
	client_open(&c, s.port);
	say_later(&c, 2000);
	live_assert_counted(&s, "open 1 ");
	server_configure(&s, OTHER);
	live_reload(&s);
	ck_assert(!hear_later(&c));
	for (int i = 0; i < 3; i++) {
		say_later(&c, 0);
		ck_assert(hear_later(&c));
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* No client is idle at the end of a turn of its worker's loop, ever. */
START_TEST(a_reload_loses_no_deferred_response)
{
	enum { CLIENTS = 20, ROUNDS = 50 };
	struct client clients[CLIENTS];
	int64_t deadline = deadline_in(DEADLINE);
	pid_t old[PROC_CHILDREN];
	bool is_over = false;
	size_t n;

	server_serve(&s, PATIENT);
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
	n = server_workers(&s, old);
	for (int round = 0; round < ROUNDS || !is_over; round++) {
		if (round == ROUNDS / 5)
			server_signal(&s, SIGHUP);
		for (int i = 0; i < CLIENTS; i++)
			say_later(&clients[i], 1 + i);
		for (int i = 0; i < CLIENTS; i++)
			hear_later(&clients[i]);
		ck_assert(deadline_left(deadline) > 0);
		is_over = server_has_new_workers(&s, 1, old, n, 0);
	}
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_deferred_response_keeps_the_connection, 0 },
		{ requests_behind_a_deferred_one_are_answered_in_order, 0 },
		{ more_requests_than_may_be_in_flight_get_503, 1 },
		{ a_wrong_deferred_call_fails_and_is_logged, 0 },
		{ one_timer_answers_all_deferred_requests, 0 },
		{ a_worker_returns_its_memory_after_a_burst, 0 },
		{ a_late_response_is_504_and_reported_to_the_module, 0 },
		{ the_request_after_a_deferred_response_goes_to_the_new_worker,
			0 },
		{ a_reload_loses_no_deferred_response, 0 },
	};

	return harness_run("deferred", tests, ROWS(tests));
}
