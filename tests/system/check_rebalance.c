/*
 * Connections go from crowded workers to empty ones, and none is closed.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { MOST = 200 };

static struct server s;
static int admin;
static struct client clients[MOST];

static void
start(int workers)
{
	char conf[1024];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	admin = port_take();
	snprintf(conf, sizeof(conf),
		"{\"workers\": %d, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"admin\": {\"listen\": \"127.0.0.1:%d\","
		"\"hosts\": [\"test\"]}," SERVER_TIMEOUTS "," SERVER_SITES "}",
		workers, admin);
	server_start(&s, conf);
}

static void
ask(int i)
{
	struct response r;

	client_get(&clients[i], "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert(!response_lists(&r, "Connection", "close"));
	response_free(&r);
}

static void
open_clients(int n)
{
	for (int i = 0; i < n; i++) {
		client_open(&clients[i], s.port);
		ask(i);
	}
}

/* The most connections that a worker has. */
static long
count_busiest(void)
{
	static const char name[] = "\"connections\":";
	const char *at;
	struct response r;
	long most = 0;

	client_fetch(admin, "/status", "", &r);
	for (at = strstr(r.body, name); at != NULL; at = strstr(at + 1, name)) {
		long n = strtol(at + strlen(name), NULL, 10);

		most = n > most ? n : most;
	}
	response_free(&r);
	return most;
}

static void
wait_until_shared(int n, long most)
{
	int64_t deadline = deadline_in(DEADLINE);
	long busiest;

	while ((busiest = count_busiest()) > most) {
		ck_assert_msg(deadline_now() < deadline, "still %ld", busiest);
		poll(NULL, 0, 50);
	}
	for (int i = 0; i < n; i++) {
		ask(i);
		client_close(&clients[i]);
	}
	server_stop(&s);
}

/* By chance one of them has eight. */
START_TEST(the_busiest_of_16_has_at_most_a_quarter_more)
{
	start(16);
	open_clients(64);
	wait_until_shared(64, 5);
}
END_TEST

START_TEST(one_that_was_alone_shares_with_those_that_come_back)
{
	pid_t workers[PROC_CHILDREN];

	start(4);
	ck_assert_uint_eq(server_workers(&s, workers), 4);
	for (int i = 1; i < 4; i++)
		server_halt(&s, workers[i]);
	open_clients(MOST);
	for (int i = 1; i < 4; i++)
		kill(workers[i], SIGCONT);
	wait_until_shared(MOST, MOST / 4 + MOST / 32 + 1);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_busiest_of_16_has_at_most_a_quarter_more, 1 },
		{ one_that_was_alone_shares_with_those_that_come_back, 1 },
	};

	return harness_run("rebalance", tests, ROWS(tests));
}
