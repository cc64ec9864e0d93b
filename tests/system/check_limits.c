/*
 * What happens when there are more clients than room.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <stdlib.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

/* One worker, so that all connections meet the same limit. */
#define ONE_WORKER(more)                                                       \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," more             \
	" " SERVER_TIMEOUTS "," SERVER_SITES "}"

#define GET "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"

enum { ROOM = 8 };

static struct server s;

static void
open_idle(struct client *c)
{
	struct response r;

	client_open(c, s.port);
	client_get(c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
}

/* RFC 9112 9.5 allows it: an idle connection has nothing to lose. */
START_TEST(the_oldest_idle_connection_makes_room)
{
	struct client clients[ROOM + 1];
	struct response r;

	server_serve(&s, ONE_WORKER("\"limits\": {\"connections\": 8},"));
	for (int i = 0; i <= ROOM; i++)
		open_idle(&clients[i]);
	ck_assert(client_is_eof(&clients[0], DEADLINE));
	for (int i = 1; i <= ROOM; i++) {
		client_get(&clients[i], "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
	for (int i = 0; i <= ROOM; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

/* The busy ones stay; the new one waits, or is told, but is never dropped
 * while a place becomes free. */
START_TEST(a_busy_connection_is_not_closed_for_a_new_one)
{
	struct client clients[ROOM], extra;
	struct response r;

	server_serve(&s, ONE_WORKER("\"limits\": {\"connections\": 8},"));
	for (int i = 0; i < ROOM; i++) {
		open_idle(&clients[i]);
		client_say(&clients[i], "GET /hello.txt HT");
	}
	client_open(&extra, s.port);
	client_say(&extra, "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_is_silent(&extra, 50) || !client_is_eof(&extra, 0));
	for (int i = 0; i < ROOM; i++) {
		client_say(&clients[i], "TP/1.1\r\nHost: a\r\n\r\n");
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
	client_recv(&extra, &r);
	ck_assert_msg(r.status == 200 || r.status == 503, "%d", r.status);
	response_free(&r);
	for (int i = 0; i < ROOM; i++)
		client_close(&clients[i]);
	client_close(&extra);
	server_stop(&s);
}
END_TEST

/* A client that asks again as soon as it sees an answer. */
struct asker {
	struct client c;
	int64_t seen; /* when the answer was not there yet */
	int64_t gap;  /* between that and the next request, milliseconds */
};

static void
ask(struct asker *a)
{
	int64_t now;

	client_say(&a->c, GET);
	now = deadline_now();
	a->gap = now - a->seen;
	a->seen = now;
}

static void
connect_and_ask(struct asker *a)
{
	a->seen = deadline_now();
	client_open(&a->c, s.port);
	ask(a);
}

/* Reads the answer and asks again at once.  Only a client that was held up
 * between the two may find the connection closed. */
static void
ask_again(struct asker *a)
{
	enum { AT_ONCE = 30 }; /* milliseconds; the server waits for 100 */
	enum client_result result;
	struct response r;
	bool closes;

	result = client_try_recv(&a->c, &r, false);
	ck_assert_msg(result == CLIENT_OK || a->gap > AT_ONCE,
		"closed (%d) under a request that came within %d ms", result,
		(int)a->gap);
	if (result == CLIENT_OK)
		ck_assert_int_eq(r.status, 200);
	closes = result != CLIENT_OK ||
		 response_lists(&r, "Connection", "close");
	response_free(&r);
	if (closes) {
		client_close(&a->c);
		connect_and_ask(a);
	} else {
		ask(a);
	}
}

/* A client that has just got an answer may be about to ask again: it is told to
 * close when others wait, and its next request is never cut off. */
START_TEST(client_that_asks_again_at_once_loses_no_request)
{
	enum { CLIENTS = 3 * ROOM, TURNS = 200 };
	struct asker askers[CLIENTS];
	struct pollfd waits[CLIENTS];
	int64_t now;

	server_serve(&s, ONE_WORKER("\"limits\": {\"connections\": 8},"));
	for (int i = 0; i < CLIENTS; i++)
		connect_and_ask(&askers[i]);
	for (int turn = 0; turn < TURNS; turn++) {
		for (int i = 0; i < CLIENTS; i++)
			waits[i] = (struct pollfd){ askers[i].c.fd, POLLIN, 0 };
		now = deadline_now();
		ck_assert_int_gt(poll(waits, CLIENTS, DEADLINE), 0);
		for (int i = 0; i < CLIENTS; i++)
			if (waits[i].revents != 0)
				ask_again(&askers[i]);
			else
				askers[i].seen = now;
	}
	for (int i = 0; i < CLIENTS; i++)
		client_close(&askers[i].c);
	server_stop(&s);
}
END_TEST

enum { NOFILE = 96, CROWD = 150 };

/* The limit is computed from RLIMIT_NOFILE: no accept fails for want of a
 * descriptor, and the clients that wait are served when there is room. */
START_TEST(a_worker_short_of_descriptors_serves_all_in_the_end)
{
	struct client *clients = calloc(CROWD, sizeof(*clients));
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	s.program.nofile = NOFILE;
	server_start(&s, ONE_WORKER(""));
	for (int i = 0; i < CROWD; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i],
			"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (int i = 0; i < CROWD; i++) {
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "hello\n");
		response_free(&r);
	}
	for (int i = 0; i < CROWD; i++)
		client_close(&clients[i]);
	free(clients);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_oldest_idle_connection_makes_room, 1 },
		{ a_busy_connection_is_not_closed_for_a_new_one, 1 },
		{ client_that_asks_again_at_once_loses_no_request, 1 },
		{ a_worker_short_of_descriptors_serves_all_in_the_end, 1 },
	};

	return harness_run("limits", tests, ROWS(tests));
}
