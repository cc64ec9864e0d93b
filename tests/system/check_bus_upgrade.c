/*
 * Messages of modules during an upgrade: the workers of both masters get them.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/bus_numbers.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/procfs.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/ws_client.h"

enum { EACH = 5, HELD = BUS_NUMBERS - 1 };

static struct server s;

/* Publishes until the new master has the pid file.  The old one may serve on.
 */
static void
upgrade(int *next)
{
	int64_t deadline = deadline_in(BUS_PATIENCE);

	server_signal(&s, SIGUSR2);
	do
		*next = bus_numbers_publish(&s, *next, EACH);
	while (server_pid_file(&s) == s.pid && server_tick(&s, deadline));
	ck_assert_int_ne(server_pid_file(&s), s.pid);
}

/* The old master has ended. */
static void
follow(void)
{
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
}

/* A request whose content has yet to come keeps its worker.  Writes the name of
 * the file in which that one notes what it hears. */
static void
hold_worker(struct client *c, char *name, size_t size)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	pid_t workers[PROC_CHILDREN];
	struct response r;
	char text[128];
	unsigned index;

	ck_assert_uint_eq(server_workers(&s, workers), BUS_WORKERS);
	client_open(c, s.port);
	client_get(c, "/heard", &r);
	ck_assert_int_eq(sscanf(r.body, "worker %u:", &index), 1);
	response_free(&r);
	snprintf(name, size, "seen/%u.%d", index, (int)workers[index]);
	snprintf(text, sizeof(text),
		"POST /range?from=%d&n=1 HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n",
		HELD);
	client_say(c, text);
	ck_assert(client_hears(c, go_on, BUS_PATIENCE));
	client_skip(c, strlen(go_on));
}

static void
release_worker(struct client *c)
{
	struct response r;

	client_say(c, "1");
	client_recv(c, &r);
	ck_assert_int_eq(r.status, 202);
	ck_assert_str_eq(r.body, "1");
	response_free(&r);
	client_close(c);
}

static void
wait_until_all_hear(int number)
{
	int64_t deadline = deadline_in(BUS_PATIENCE);
	int count;

	do {
		bus_numbers_read(&s);
		count = 0;
		for (int i = 0; i < BUS_WORKERS; i++)
			count += bus_seen[i].has[number];
	} while (count < BUS_WORKERS && server_tick(&s, deadline));
	ck_assert_int_eq(count, BUS_WORKERS);
}

static void
expect_no_loss(int count)
{
	for (int i = 0; i < BUS_WORKERS; i++) {
		ck_assert_msg(bus_missed(i, count) == 0, "worker %d missed %d",
			i, bus_missed(i, count));
		ck_assert_int_eq(bus_seen[i].lost, 0);
	}
}

START_TEST(each_message_is_heard_once_by_the_workers_of_both_masters)
{
	struct client held;
	char name[64], line[16];
	int next = 0;

	bus_numbers_start(&s);
	hold_worker(&held, name, sizeof(name));
	upgrade(&next);
	for (int i = 0; i < EACH; i++)
		next = bus_numbers_publish(&s, next, EACH);
	/* The old master has the worker that is held only. */
	for (int n = 0; n < next; n++) {
		snprintf(line, sizeof(line), "%s%d\n", n == 0 ? "" : "\n", n);
		ck_assert_msg(server_file_has(&s, name, line, BUS_PATIENCE),
			"%s has no %d", name, n);
	}
	release_worker(&held);
	wait_until_all_hear(HELD);
	follow();
	bus_numbers_settle(&s, &next);
	expect_no_loss(next);
	server_stop(&s);
}
END_TEST

/* It has asked for the messages when its workers cannot start. */
START_TEST(a_refused_upgrade_leaves_the_bus_as_it_was)
{
	int next = 0;

	bus_numbers_start(&s);
	server_configure(&s, BUS_SEEN_CONF("none"));
	s.tolerated = "";
	server_signal(&s, SIGUSR2);
	for (int i = 0; i < EACH; i++)
		next = bus_numbers_publish(&s, next, EACH);
	ck_assert(server_log_has(&s, "upgrade refused: ", BUS_PATIENCE));
	server_configure(&s, BUS_SEEN_CONF("seen"));
	upgrade(&next);
	follow();
	bus_numbers_settle(&s, &next);
	expect_no_loss(next);
	server_stop(&s);
}
END_TEST

START_TEST(each_websocket_is_told_each_message_once_over_upgrades)
{
	enum { MANY = 6, UPGRADES = 2 };
	struct client c[MANY];
	int next = 0;

	server_init(&s);
	server_start(&s, BUS_MOVES_CONF);
	for (int i = 0; i < MANY; i++)
		ws_open(&c[i], s.port, "/ws");
	for (int i = 0; i < UPGRADES; i++) {
		upgrade(&next);
		follow();
		next = bus_numbers_publish(&s, next, EACH);
	}
	for (int i = 0; i < MANY; i++) {
		bus_numbers_expect(&c[i], next);
		client_close(&c[i]);
	}
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ each_message_is_heard_once_by_the_workers_of_both_masters,
			1 },
		{ a_refused_upgrade_leaves_the_bus_as_it_was, 1 },
		{ each_websocket_is_told_each_message_once_over_upgrades, 1 },
	};

	return harness_run("bus_upgrade", tests, ROWS(tests));
}
