/*
 * Messages of modules to all workers, and roles that one of them has.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bus_numbers.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/ws_client.h"

enum { WORKERS = 3, PATIENCE_MS = 10000 };

#define CONF                                                                   \
	"{\"workers\": 3, \"control\": \"control\","                           \
	" \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS ","              \
	" \"sites\": [{\"routes\": [{\"path\": \"/*\","                        \
	" \"module\": \"" MODULES "/publishes.so\"}]}]}"

static struct server s;
static struct client clients[WORKERS];

static void
ask(struct client *c, const char *method, const char *path, char *body,
	size_t size)
{
	struct response r;
	char head[256];

	snprintf(head, sizeof(head),
		"%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
		method, path);
	client_say(c, head);
	client_recv(c, &r);
	snprintf(body, size, "%s", r.body);
	response_free(&r);
}

/* Opens connections until each worker has one. */
static void
find_workers(void)
{
	int64_t deadline = deadline_now() + PATIENCE_MS;
	bool is_found[WORKERS] = { false };
	unsigned count = 0, index;
	struct client c;
	char body[128];

	while (count < WORKERS) {
		ck_assert_msg(deadline_now() < deadline,
			"only %u workers answered", count);
		client_open(&c, s.port);
		ask(&c, "GET", "/heard", body, sizeof(body));
		ck_assert_int_eq(sscanf(body, "worker %u:", &index), 1);
		ck_assert_uint_lt(index, WORKERS);
		if (is_found[index]) {
			client_close(&c);
			continue;
		}
		is_found[index] = true;
		clients[index] = c;
		count++;
	}
}

static void
close_clients(void)
{
	for (int i = 0; i < WORKERS; i++)
		client_close(&clients[i]);
}

/* Asks the worker until its answer has the text. */
static void
wait_for(int worker, const char *path, const char *text)
{
	int64_t deadline = deadline_now() + PATIENCE_MS;
	char body[128];

	do {
		ask(&clients[worker], "GET", path, body, sizeof(body));
		ck_assert_msg(deadline_now() < deadline,
			"worker %d: \"%s\" has no \"%s\"", worker, body, text);
	} while (strstr(body, text) == NULL);
}

static void
start(void)
{
	server_init(&s);
	server_start(&s, CONF);
	find_workers();
}

START_TEST(a_message_reaches_every_worker_once)
{
	char body[128], text[64];

	start();
	for (int i = 0; i < WORKERS; i++) {
		snprintf(text, sizeof(text), "/say/m%d", i);
		ask(&clients[i], "POST", text, body, sizeof(body));
		snprintf(text, sizeof(text), ": %d, m%d of %d, lost 0", i + 1,
			i, i);
		for (int j = 0; j < WORKERS; j++)
			wait_for(j, "/heard", text);
	}
	ask(&clients[0], "GET", "/mistake", body, sizeof(body));
	ck_assert_str_eq(body, "1");
	s.tolerated = "module bus: prong_publish(): ";
	close_clients();
	server_stop(&s);
}
END_TEST

/* What a worker has heard and lost, in all. */
static int
count_messages(int worker)
{
	char body[128];
	unsigned index, heard;
	int lost;

	ask(&clients[worker], "GET", "/heard", body, sizeof(body));
	ck_assert_int_eq(sscanf(body, "worker %u: %u,", &index, &heard), 2);
	lost = atoi(strstr(body, "lost ") + strlen("lost "));
	return (int)heard + lost;
}

START_TEST(many_messages_arrive_or_are_counted)
{
	int64_t deadline = deadline_now() + PATIENCE_MS;
	char body[128];
	int sent = 0;

	start();
	for (int i = 0; i < 20; i++) {
		ask(&clients[i % WORKERS], "POST", "/often?n=50", body,
			sizeof(body));
		sent += atoi(body);
	}
	ck_assert_int_gt(sent, 0);
	for (int j = 0; j < WORKERS; j++)
		while (count_messages(j) != sent)
			ck_assert_msg(deadline_now() < deadline,
				"worker %d has heard of %d of %d", j,
				count_messages(j), sent);
	close_clients();
	server_stop(&s);
}
END_TEST

START_TEST(workers_that_drain_and_their_successors_hear_each_other)
{
	static struct program_result result;
	char body[128];

	start();
	/* A request in flight keeps the old generation. */
	client_say(&clients[0],
		"POST /say/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
	client_close(&clients[1]);
	client_close(&clients[2]);
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "reload", "-c", s.file, NULL },
		&result);
	ck_assert_int_eq(result.status, 0);
	client_say(&clients[0], "12345");
	{
		struct response r;

		client_recv(&clients[0], &r);
		ck_assert_int_eq(r.status, 202);
		response_free(&r);
	}
	client_close(&clients[0]);
	find_workers();
	for (int j = 0; j < WORKERS; j++)
		wait_for(j, "/heard", "x of 0, lost 0");
	ask(&clients[0], "POST", "/say/y", body, sizeof(body));
	for (int j = 0; j < WORKERS; j++)
		wait_for(j, "/heard", "y of 0, lost 0");
	close_clients();
	server_stop(&s);
}
END_TEST

/* ---- numbers that each worker writes down -------------------------------- */

/* The message that a worker works on when it is killed is lost. */
START_TEST(each_message_is_heard_once_over_kills_and_reloads)
{
	enum { KILLS = 3, RELOADS = 2, ROUNDS = 8, EACH = 10 };
	pid_t workers[PROC_CHILDREN];
	int next = 0;

	bus_numbers_start(&s);
	s.tolerated = "signal 9";
	for (int i = 0; i < KILLS + RELOADS; i++) {
		ck_assert_uint_ge(server_workers(&s, workers), 1);
		if (i < KILLS)
			kill(workers[0], SIGKILL);
		else
			server_signal(&s, SIGHUP);
		for (int k = 0; k < ROUNDS; k++)
			next = bus_numbers_publish(&s, next, EACH);
	}
	bus_numbers_settle(&s, &next);
	for (int i = 0; i < BUS_WORKERS; i++)
		ck_assert_msg(bus_missed(i, next) <= bus_seen[i].lost + KILLS,
			"worker %d missed %d and was told of %d", i,
			bus_missed(i, next), bus_seen[i].lost);
	server_stop(&s);
}
END_TEST

/* ---- WebSockets that move ------------------------------------------------ */

START_TEST(each_websocket_is_told_each_message_once_over_reloads)
{
	enum { MANY = 6, RELOADS = 3, ROUNDS = 10, EACH = 5 };
	struct client c[MANY];
	char text[64];
	int next = 0;

	server_init(&s);
	server_start(&s, BUS_MOVES_CONF);
	for (int i = 0; i < MANY; i++)
		ws_open(&c[i], s.port, "/ws");
	for (int i = 0; i < RELOADS; i++) {
		server_signal(&s, SIGHUP);
		for (int k = 0; k < ROUNDS; k++)
			next = bus_numbers_publish(&s, next, EACH);
		snprintf(text, sizeof(text), "generation %d serves", i + 2);
		ck_assert(server_log_has(&s, text, PATIENCE_MS));
	}
	next = bus_numbers_publish(&s, next, EACH);
	for (int i = 0; i < MANY; i++) {
		bus_numbers_expect(&c[i], next);
		client_close(&c[i]);
	}
	server_stop(&s);
}
END_TEST

/* Asks all workers until one says yes. */
static int
find_role(void)
{
	int64_t deadline = deadline_now() + PATIENCE_MS;
	char body[128];

	for (int i = 0;; i = (i + 1) % WORKERS) {
		ask(&clients[i], "GET", "/once", body, sizeof(body));
		ck_assert_msg(deadline_now() < deadline, "no worker has it");
		if (strstr(body, "yes") != NULL)
			return i;
	}
}

START_TEST(one_worker_has_a_role_and_another_one_inherits_it)
{
	int has, count = 0;
	char body[128];

	start();
	has = find_role();
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < WORKERS; i++) {
			ask(&clients[i], "GET", "/once", body, sizeof(body));
			count += strstr(body, "yes") != NULL;
			ck_assert_int_eq(strstr(body, "yes") != NULL, i == has);
		}
	ck_assert_int_eq(count, 3);
	s.tolerated = "";
	client_say(&clients[has], "GET /crash HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_is_gone(&clients[has], PATIENCE_MS));
	close_clients();
	ck_assert(server_log_has(&s, "signal 6", PATIENCE_MS));
	find_workers();
	find_role();
	close_clients();
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_message_reaches_every_worker_once, 1 },
		{ many_messages_arrive_or_are_counted, 1 },
		{ workers_that_drain_and_their_successors_hear_each_other, 1 },
		{ each_message_is_heard_once_over_kills_and_reloads, 1 },
		{ each_websocket_is_told_each_message_once_over_reloads, 1 },
		{ one_worker_has_a_role_and_another_one_inherits_it, 1 },
	};

	return harness_run("bus", tests, ROWS(tests));
}
