/*
 * What a server promises from TERM to its end: timeouts.drain_delay and
 * timeouts.drain.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/client.h"
#include "support/deadline.h"
#include "support/harness.h"
#include "support/server.h"

static struct server s;

#define REQUEST "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- connections that have not asked yet -------------------------------- */

#define ACCEPT(how)                                                            \
	"{\"workers\": 2, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	" \"accept\": \"" how "\"}],"                                          \
	" \"timeouts\": {\"drain_delay\": \"800ms\"}," SERVER_SITES "}"

static const char *const accepts[] = { ACCEPT("worker"), ACCEPT("shared") };

/* The kernel holds them back (TCP_DEFER_ACCEPT) unless it is told not to. */
START_TEST(a_connection_made_during_the_delay_is_served_after_it)
{
	enum { CLIENTS = 10 };
	struct client first, clients[CLIENTS];
	struct response r;

	server_serve(&s, accepts[_i]);
	client_open(&first, s.port);
	client_get(&first, "/hello.txt", &r);
	response_free(&r);
	server_signal(&s, SIGTERM);
	/* Until both workers have heard of it. */
	ck_assert(client_is_silent(&first, 500));
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
	/* The delay is over: the first one has been idle for a second, the
	 * others have not. */
	ck_assert(client_is_eof(&first, DEADLINE));
	for (int i = 0; i < CLIENTS; i++) {
		client_say(&clients[i], REQUEST);
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "hello\n");
		response_free(&r);
		client_close(&clients[i]);
	}
	client_close(&first);
	server_finish(&s, 0);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_connection_made_during_the_delay_is_served_after_it,
			ROWS(accepts) },
	};

	return harness_run("drain", tests, ROWS(tests));
}
