/*
 * A thousand connections at the same time.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

enum { MANY = 1000 };

static struct server s;

static void
ask_all(struct client *clients)
{
	struct response r;

	for (int i = 0; i < MANY; i++)
		client_say(&clients[i],
			"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < MANY; i++) {
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "hello\n");
		response_free(&r);
	}
}

START_TEST(a_thousand_connections_are_answered_twice)
{
	struct client *clients = calloc(MANY, sizeof(*clients));

	server_serve(&s, SERVER_CONF);
	for (int i = 0; i < MANY; i++)
		client_open(&clients[i], s.port);
	ask_all(clients);
	ask_all(clients);
	for (int i = 0; i < MANY; i++)
		client_close(&clients[i]);
	free(clients);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_thousand_connections_are_answered_twice, 1 },
	};

	return harness_run("many_connections", tests, ROWS(tests));
}
