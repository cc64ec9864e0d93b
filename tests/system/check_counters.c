/*
 * The counters of /metrics are what clients have seen, whatever happened to the
 * workers meanwhile.
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

enum { CLIENTS = 4, PHASE = 60 /* rounds */ };

#define SITE(host)                                                             \
	"{\"hosts\": [\"" host "\"], \"routes\": "                             \
	"[{\"path\": \"/*\", \"root\": \"$ROOT\"},"                            \
	"{\"path\": \"/module/*\", \"module\": \"" MODULES "/counts.so\"}]}"

static struct server s;
static int admin;
static struct client clients[CLIENTS];
static long nanswers, nfound, ncounted;

static void
start(const char *more)
{
	char conf[1024];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	admin = port_take();
	snprintf(conf, sizeof(conf),
		"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"pid_file\": \"$DIR/prong.pid\","
		"\"admin\": {\"listen\": \"127.0.0.1:%d\"},"
		"\"timeouts\": {\"drain_delay\": \"0s\", \"head\": \"2s\"}"
		",%s\"sites\": [" SITE("a.example") "," SITE("b.example") "]}",
		admin, more);
	s.temporary = "prong.pid";
	server_start(&s, conf);
	nanswers = nfound = ncounted = 0;
}

static void
open_clients(void)
{
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
}

static void
close_clients(void)
{
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
}

static void
take_answer(struct client *c)
{
	struct response r;

	client_recv(c, &r);
	nanswers++;
	nfound += r.status == 200;
	ncounted += r.status == 204;
	response_free(&r);
}

/* Each client asks for a file and, pipelined behind it, for one that is not
 * there and for a module that counts. */
static void
ask_all(int rounds)
{
	while (rounds-- > 0) {
		for (int i = 0; i < CLIENTS; i++)
			client_say(&clients[i],
				"GET /hello.txt HTTP/1.1\r\nHost: a.example\r\n"
				"\r\nHEAD /none HTTP/1.1\r\nHost: b.example\r\n"
				"\r\nGET /module/count HTTP/1.1\r\n"
				"Host: b.example\r\n\r\n");
		for (int i = 0; i < CLIENTS; i++) {
			struct response r;

			take_answer(&clients[i]);
			client_recv_head(&clients[i], &r);
			nanswers++;
			response_free(&r);
			take_answer(&clients[i]);
		}
	}
}

/* The value that ended the wait is the one that is judged: a gauge goes up for
 * a moment whenever a worker is replaced, since both live then. */
static void
wait_for(const char *name, const char *label, long expected)
{
	int64_t deadline = deadline_in(DEADLINE);
	long sum;

	do
		sum = scrape_sum(admin, name, label);
	while (sum != expected && server_tick(&s, deadline));
	ck_assert_msg(sum == expected, "%s{%s}: %ld, not %ld", name, label, sum,
		expected);
}

static void
check_sums(void)
{
	/* The start asked once, for a page that there is not, of the first
	 * site. */
	wait_for("prong_requests_total", "", nanswers + 1);
	wait_for("prong_requests_total",
		"site=\"a.example\",method=\"GET\",code=\"200\"", nfound);
	wait_for("prong_requests_total",
		"site=\"b.example\",method=\"HEAD\",code=\"404\"",
		nanswers - nfound - ncounted);
	wait_for("prong_request_duration_seconds_count", "", nanswers + 1);
	wait_for("prong_request_duration_seconds_bucket", "le=\"+Inf\"",
		nanswers + 1);
	wait_for("prong_requests_total", "site=\"-\"", 0);
	/* Of a module, by all workers. */
	wait_for("prong_module_counts_requests_total", "", ncounted);
	wait_for("prong_module_counts_took_seconds_count", "", ncounted);
	wait_for("prong_module_counts_took_seconds_bucket", "le=\"0.002\"",
		ncounted);
	/* Its routes in both sites have one path. */
	wait_for("prong_module_duration_seconds_count", "route=\"/module/*\"",
		ncounted);
	wait_for("prong_module_duration_seconds_bucket",
		"route=\"/module/*\",le=\"+Inf\"", ncounted);
	wait_for("prong_module_duration_seconds_count", "", ncounted);
	/* Two instances in each of two workers. */
	wait_for("prong_module_counts_workers", "", 4);
}

static void
reload(void)
{
	pid_t old[PROC_CHILDREN];
	size_t n = server_workers(&s, old);

	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
}

/* Nothing is in flight, so nothing is lost but connections. */
static void
crash(void)
{
	pid_t workers[PROC_CHILDREN];
	size_t n = server_workers(&s, workers);

	close_clients();
	ck_assert_uint_ge(n, 1);
	kill(workers[0], SIGKILL);
	ck_assert(server_has_new_workers(&s, 2, workers, 1, DEADLINE));
	open_clients();
}

static void
upgrade(void)
{
	int64_t deadline = deadline_in(DEADLINE);

	server_signal(&s, SIGUSR2);
	while (server_pid_file(&s) == s.pid && server_tick(&s, deadline))
		ask_all(1);
	ask_all(PHASE / 2);
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
}

#define RECYCLING "\"limits\": {\"requests_per_worker\": 100},"

static const struct {
	const char *more;
	void (*happens)(void);
} events[] = {
	{ "", reload },
	{ "", crash },
	{ RECYCLING, NULL },
	{ "", upgrade },
	{ RECYCLING, upgrade },
};

START_TEST(counters_are_exact_whatever_happens_to_the_workers)
{
	start(events[_i].more);
	s.tolerated = "died of signal 9";
	open_clients();
	for (int i = 0; i < 3; i++) {
		ask_all(PHASE);
		check_sums();
		if (events[_i].happens != NULL)
			events[_i].happens();
		ask_all(PHASE);
		check_sums();
	}
	close_clients();
	server_stop(&s);
}
END_TEST

/* Nor do they ever go back: what a rate is made of. */
START_TEST(counters_never_go_back_over_an_upgrade)
{
	int64_t deadline;
	long before = 0, now;

	start("");
	open_clients();
	ask_all(PHASE);
	check_sums();
	before = nanswers + 1;
	server_signal(&s, SIGUSR2);
	deadline = deadline_in(DEADLINE);
	while (server_pid_file(&s) == s.pid && server_tick(&s, deadline))
		;
	/* The new master was told before it had the pid file. */
	for (int i = 0; i < PHASE; i++) {
		ask_all(1);
		now = scrape_sum(admin, "prong_requests_total", "");
		ck_assert_int_ge(now, before);
		before = now;
	}
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
	check_sums();
	close_clients();
	server_stop(&s);
}
END_TEST

/* ---- bytes and refusals ------------------------------------------------- */

START_TEST(bytes_are_those_that_clients_have_sent_and_received)
{
	static const char request[] = "GET /hello.txt HTTP/1.1\r\n"
				      "Host: b.example\r\n\r\n";
	struct client c;
	size_t len;

	start("");
	client_open(&c, s.port);
	client_say(&c, request);
	ck_assert(client_hears(&c, "hello\n", DEADLINE));
	len = c.len;
	client_skip(&c, len);
	for (int i = 1; i < PHASE; i++) {
		client_say(&c, request);
		ck_assert(client_has(&c, len, DEADLINE));
		client_skip(&c, len);
	}
	wait_for("prong_sent_bytes_total", "site=\"b.example\"",
		PHASE * (long)len);
	wait_for("prong_received_bytes_total", "site=\"b.example\"",
		PHASE * (long)strlen(request));
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *says;
	const char *reason;
	const char *status; /* of the answer; NULL: none */
} refusals[] = {
	{ "GET / HTTP/1.1\r\n\r\n", "bad_request", "400" },
	{ "\x01\r\n\r\n", "bad_request", "400" },
	{ "GET / HTTP/1.1\r\nHo", "head_timeout", "408" },
	{ "GET / HTTP/1.1\r\nHo", "client_gone", NULL },
};

START_TEST(what_is_refused_is_counted_by_its_reason)
{
	char label[64];
	struct client c;

	start("");
	snprintf(label, sizeof(label), "reason=\"%s\"", refusals[_i].reason);
	client_open(&c, s.port);
	client_say(&c, refusals[_i].says);
	if (refusals[_i].status != NULL)
		ck_assert(client_hears(&c, refusals[_i].status, 20000));
	client_close(&c);
	wait_for("prong_refused_total", label, 1);
	wait_for("prong_refused_total", "", 1);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ counters_are_exact_whatever_happens_to_the_workers,
			ROWS(events) },
		{ counters_never_go_back_over_an_upgrade, 1 },
		{ bytes_are_those_that_clients_have_sent_and_received, 1 },
		{ what_is_refused_is_counted_by_its_reason, ROWS(refusals) },
	};

	return harness_run("counters", tests, ROWS(tests));
}
