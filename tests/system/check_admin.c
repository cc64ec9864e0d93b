/*
 * The admin address: health, status, metrics.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;
static int admin;

/* Starts a server with an admin address, where admin is. */
static void
start(const char *timeouts)
{
	char conf[1024];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	admin = port_take();
	snprintf(conf, sizeof(conf),
		"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"admin\": {\"listen\": \"127.0.0.1:%d\","
		"\"unready_if\": \"$DIR/www/unready\","
		"\"hosts\": [\"a\", \"test\", \"*.example\"]},"
		"\"control\": \"control\","
		"\"log\": {\"access\": {\"path\": \"$DIR/access.log\"}},"
		"\"timeouts\": {%s}," SERVER_SITES "}",
		admin, timeouts);
	server_start(&s, conf);
}

#define NO_DELAY "\"drain_delay\": \"0s\""

static void
expect(const char *path, int status, const char *body)
{
	struct response r;

	client_fetch(admin, path, "", &r);
	ck_assert_int_eq(r.status, status);
	if (body != NULL)
		ck_assert_str_eq(r.body, body);
	response_free(&r);
}

START_TEST(a_server_that_serves_is_alive_and_ready)
{
	start(NO_DELAY);
	expect("/livez", 200, "alive\n");
	expect("/readyz", 200, "ready\n");
	expect("/", 404, NULL);
	expect("/hello.txt", 404, NULL);
	server_stop(&s);
}
END_TEST

/* Runs a command, whose output must have this text. */
static void
run(const char *word, const char *text)
{
	const char *argv[] = { "prong", word, "-c", s.file, NULL };
	const struct program plain = { 0 };
	struct program_result result;

	program_run(&plain, argv, &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_msg(strstr(result.out, text) != NULL, "%s", result.out);
}

START_TEST(an_operator_makes_it_unready_while_it_serves)
{
	struct response r;

	start(NO_DELAY);
	run("unready", "503");
	expect("/readyz", 503, "unready\n");
	expect("/livez", 200, NULL);
	run("reload", "");
	run("ps", ", unready\n");
	expect("/readyz", 503, "unready\n");
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	run("ready", "200");
	expect("/readyz", 200, "ready\n");
	server_text(&s, "www/unready", "");
	expect("/readyz", 503, "unready: the file exists\n");
	server_stop(&s);
}
END_TEST

START_TEST(sites_have_no_admin_paths)
{
	struct response r;

	start(NO_DELAY);
	client_fetch(s.port, "/readyz", "", &r);
	ck_assert_int_eq(r.status, 404);
	response_free(&r);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *host;
	int status;
} hosts[] = {
	{ "127.0.0.1", 200 },
	{ "10.1.2.3:9180", 200 },
	{ "[::1]", 200 },
	{ "LocalHost:1", 200 },
	{ "localhost.", 200 },
	{ "Test", 200 },
	{ "a.b.EXAMPLE", 200 },
	{ "evil.example.org", 421 },
	{ "example", 421 },
	{ "127.0.0.1.evil.org", 421 },
	{ "localhost.evil.org", 421 },
	{ "127.0.0", 421 },
};

START_TEST(a_name_that_was_rebound_to_the_address_is_refused)
{
	static const char *const paths[] = { "/livez", "/status", "/metrics" };
	struct response r;
	char text[256];

	start(NO_DELAY);
	for (size_t i = 0; i < ROWS(paths); i++) {
		snprintf(text, sizeof(text),
			"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", paths[i],
			hosts[_i].host);
		client_ask(admin, text, &r);
		ck_assert_int_eq(r.status, hosts[_i].status);
		response_free(&r);
	}
	client_ask(admin, "GET /livez HTTP/1.0\r\n\r\n", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(only_get_and_head_are_allowed)
{
	struct response r;

	start(NO_DELAY);
	client_ask(admin,
		"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
		"Connection: close\r\n\r\nx",
		&r);
	ck_assert_int_eq(r.status, 405);
	ck_assert_str_eq(response_field(&r, "Allow"), "GET, HEAD");
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* On new and on old connections, while sites are served as before. */
START_TEST(term_ends_readiness_at_once_but_not_service)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct client c;
	struct response r;
	int status = 200;

	start("\"drain_delay\": \"1m\"");
	client_open(&c, admin);
	server_signal(&s, SIGTERM);
	while (status == 200 && deadline_left(deadline) > 0) {
		client_fetch(admin, "/readyz", "", &r);
		status = r.status;
		response_free(&r);
	}
	ck_assert_int_eq(status, 503);
	expect("/livez", 200, "alive\n");
	/* Its worker may be the other one, which hears of it on its own. */
	do {
		client_get(&c, "/readyz", &r);
		status = r.status;
		response_free(&r);
	} while (status == 200 && deadline_left(deadline) > 0);
	ck_assert_int_eq(status, 503);
	client_close(&c);
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

/* Else a scraper that keeps its connection holds the old worker up. */
START_TEST(admin_connections_of_a_worker_that_drains_are_closed)
{
	enum { ASKING = 8, SILENT = 8 };
	struct client clients[ASKING + SILENT];
	pid_t old[PROC_CHILDREN];
	struct response r;
	bool closes;
	size_t n;

	start(NO_DELAY ", \"drain\": \"1h\"");
	for (size_t i = 0; i < ROWS(clients); i++) {
		client_open(&clients[i], admin);
		client_get(&clients[i], "/readyz", &r);
		ck_assert(!response_lists(&r, "Connection", "close"));
		response_free(&r);
	}
	n = server_workers(&s, old);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "draining generation 1", DEADLINE));
	for (size_t i = 0; i < ASKING; i++) {
		do {
			client_get(&clients[i], "/readyz", &r);
			ck_assert_int_eq(r.status, 200);
			closes = response_lists(&r, "Connection", "close");
			response_free(&r);
		} while (!closes);
		client_close(&clients[i]);
	}
	for (size_t i = ASKING; i < ROWS(clients); i++) {
		ck_assert(client_is_eof(&clients[i], DEADLINE));
		client_close(&clients[i]);
	}
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	server_stop(&s);
}
END_TEST

/* Clients that have all connections of both workers, and keep them. */
START_TEST(health_checks_are_answered_when_clients_are_many)
{
	enum { MANY = 64 };
	struct client clients[MANY];

	start(NO_DELAY ", \"drain\": \"100ms\"}, "
		       "\"limits\": {\"connections\": 4");
	for (int i = 0; i < MANY; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: ");
	}
	for (int i = 0; i < 8; i++) {
		expect("/livez", 200, "alive\n");
		expect("/readyz", 200, "ready\n");
		expect("/status", 200, NULL);
	}
	ck_assert(server_log_has(&s,
		"all of its 4 connections are taken: clients of 127.0.0.1:",
		DEADLINE));
	ck_assert(server_log_has(&s, "wait; raise limits.connections", 1));
	for (int i = 0; i < MANY; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

/* A reload replaces workers; the server stays ready. */
START_TEST(a_reload_does_not_end_readiness)
{
	pid_t old[PROC_CHILDREN];
	struct response r;
	struct client c;
	size_t n;

	start(NO_DELAY);
	client_open(&c, admin);
	client_get(&c, "/readyz", &r);
	response_free(&r);
	n = server_workers(&s, old);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	client_get(&c, "/readyz", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&c);
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	expect("/readyz", 200, NULL);
	server_stop(&s);
}
END_TEST

/* ---- numbers ------------------------------------------------------------ */

static long
metric(const char *name, const char *label)
{
	return scrape_sum(admin, name, label);
}

/* A worker counts behind its answer, and another one may tell. */
static void
wait_for(const char *name, const char *label, long expected)
{
	int64_t deadline = deadline_in(DEADLINE);
	long sum;

	do
		sum = metric(name, label);
	while (sum != expected && server_tick(&s, deadline));
	ck_assert_msg(sum == expected, "%s{%s}: %ld, not %ld", name, label, sum,
		expected);
}

static void
ask(int count, const char *path)
{
	struct response r;

	for (int i = 0; i < count; i++) {
		client_fetch(s.port, path, "", &r);
		response_free(&r);
	}
}

/* The first request was that of the start: there is no index. */
START_TEST(counts_add_up_over_crashes_and_reloads)
{
	pid_t workers[PROC_CHILDREN];
	size_t n;

	start(NO_DELAY);
	s.tolerated = ") died of signal 9";
	ask(20, "/hello.txt");
	ask(5, "/nothing");
	wait_for("prong_requests_total", "code=\"2", 20);
	wait_for("prong_requests_total", "code=\"4", 1 + 5);
	n = server_workers(&s, workers);
	kill(workers[0], SIGKILL);
	wait_for("prong_worker_crashes_total", "", 1);
	ck_assert_int_eq(metric("prong_worker_exits_total", ""), 1);
	ck_assert(server_has_new_workers(&s, n, workers, 1, DEADLINE));
	n = server_workers(&s, workers);
	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, 2, workers, n, DEADLINE));
	ask(20, "/hello.txt");
	wait_for("prong_requests_total", "code=\"2", 40);
	wait_for("prong_requests_total", "code=\"4", 1 + 5);
	wait_for("prong_reloads_total", "result=\"done\"", 1);
	ck_assert_int_eq(
		metric("prong_reloads_total", "result=\"refused\""), 0);
	ck_assert_int_eq(metric("prong_worker_crashes_total", ""), 1);
	wait_for("prong_workers", "state=\"serving\"", 2);
	server_stop(&s);
}
END_TEST

START_TEST(a_refused_reload_is_counted)
{
	start(NO_DELAY);
	s.tolerated = "";
	server_configure(&s, "{}");
	server_signal(&s, SIGHUP);
	wait_for("prong_reloads_total", "result=\"refused\"", 1);
	server_stop(&s);
}
END_TEST

START_TEST(admin_requests_are_neither_counted_nor_logged)
{
	long before;
	char *log;

	start(NO_DELAY);
	before = metric("prong_connections_accepted_total", "");
	for (int i = 0; i < 5; i++)
		expect("/livez", 200, NULL);
	ck_assert_int_eq(
		metric("prong_connections_accepted_total", ""), before);
	ck_assert_int_eq(metric("prong_requests_total", "code=\"2"), 0);
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	log = server_read(&s, "access.log");
	ck_assert_ptr_null(strstr(log, "livez"));
	free(log);
	server_finish(&s, 0);
}
END_TEST

/* ---- numbers while workers are recycled --------------------------------- */

enum { CLIENTS = 4, ROUNDS = 1500, ROUNDS_PER_SCRAPE = 25 };

#define REQUESTS "prong_requests_total", "code=\"2"

/* One more request of each client. */
static void
ask_all(struct client *clients)
{
	struct response r;

	for (int i = 0; i < CLIENTS; i++)
		client_say(&clients[i],
			"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < CLIENTS; i++) {
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
}

/* TEST_SECONDS: goes on for so long. */
static bool
is_enough(int rounds, int64_t began)
{
	const char *seconds = getenv("TEST_SECONDS");

	if (seconds == NULL)
		return rounds >= ROUNDS;
	return deadline_now() - began >= strtol(seconds, NULL, 10) * 1000;
}

START_TEST(counters_are_exact_while_workers_are_recycled)
{
	static struct client clients[CLIENTS];
	int64_t began = deadline_now();
	long before = 0, now;
	int rounds = 0;

	start(NO_DELAY "}, \"limits\": {\"requests_per_worker\": 1000");
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
	for (; !is_enough(rounds, began); rounds++) {
		ask_all(clients);
		if (rounds % ROUNDS_PER_SCRAPE != 0)
			continue;
		now = metric(REQUESTS);
		ck_assert_int_ge(now, before);
		ck_assert_int_le(now, (rounds + 1) * CLIENTS);
		before = now;
		now = metric("prong_connections", "");
		ck_assert_int_ge(now, 0);
		ck_assert_int_le(now, 2 * CLIENTS); /* some move */
	}
	wait_for(REQUESTS, (long)rounds * CLIENTS);
	ck_assert_int_gt(metric("prong_worker_exits_total", ""), 0);
	ck_assert_int_eq(metric("prong_worker_crashes_total", ""), 0);
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_server_that_serves_is_alive_and_ready, 1 },
		{ an_operator_makes_it_unready_while_it_serves, 1 },
		{ sites_have_no_admin_paths, 1 },
		{ a_name_that_was_rebound_to_the_address_is_refused,
			ROWS(hosts) },
		{ only_get_and_head_are_allowed, 1 },
		{ term_ends_readiness_at_once_but_not_service, 1 },
		{ admin_connections_of_a_worker_that_drains_are_closed, 1 },
		{ health_checks_are_answered_when_clients_are_many, 1 },
		{ a_reload_does_not_end_readiness, 1 },
		{ counts_add_up_over_crashes_and_reloads, 1 },
		{ a_refused_reload_is_counted, 1 },
		{ admin_requests_are_neither_counted_nor_logged, 1 },
		{ counters_are_exact_while_workers_are_recycled, 1 },
	};

	return harness_run("admin", tests, ROWS(tests));
}
