/*
 * Request bodies in memory have a limit over all of them.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum {
	CLIENTS = 12,
	BODY = 1000000,
	LIMIT = 4 * 1024 * 1024, /* of all bodies: "4m" */
};

static struct server s;
static int admin;

static void
start(void)
{
	char conf[1024];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	admin = port_take();
	snprintf(conf, sizeof(conf),
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"admin\": {\"listen\": \"127.0.0.1:%d\"},"
		"\"limits\": {\"body_memory\": \"4m\"}," SERVER_TIMEOUTS ","
		"\"sites\": [{\"routes\": [{\"path\": \"/m/*\", \"module\": "
		"\"" MODULES "/takes.so\"},"
		"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}",
		admin);
	server_start(&s, conf);
}

static const struct {
	const char *head, *end;
} framings[] = {
	{ "PUT /m/whole HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n",
		"x" },
	{ "PUT /m/whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	  "\r\nf4240\r\n",
		"\r\n0\r\n\r\n" },
};

/* True if the server reads all of the body and waits for the rest, false if it
 * responds. */
static bool
is_kept(struct client *c)
{
	struct response r;
	bool is_refused;

	/* What the server has read is in its next metrics. */
	scrape_sum(admin, "prong_workers", "");
	is_refused = client_has(c, 1, 50);
	if (!is_refused)
		return true;
	client_recv(c, &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_eq(response_field(&r, "Retry-After"), "1");
	response_free(&r);
	return false;
}

START_TEST(bodies_beyond_the_limit_get_503_and_those_within_it_are_served)
{
	struct client clients[CLIENTS];
	char *body = server_pattern(BODY);
	struct response r;
	bool kept[CLIENTS];
	int nkept = 0;

	start();
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i], framings[_i].head);
		client_send(&clients[i], body, BODY);
		kept[i] = is_kept(&clients[i]);
		nkept += kept[i];
	}
	ck_assert_int_ge(nkept, LIMIT / BODY / 2);
	ck_assert_int_le(nkept, LIMIT / BODY);
	ck_assert_int_eq(
		scrape_sum(admin, "prong_refused_total", "reason=\"memory\""),
		CLIENTS - nkept);
	/* Others are served meanwhile, those that were kept afterwards. */
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	for (int i = 0; i < CLIENTS; i++) {
		if (kept[i]) {
			client_say(&clients[i], framings[_i].end);
			client_recv(&clients[i], &r);
			ck_assert_int_eq(r.status, 200);
			response_free(&r);
		}
		client_close(&clients[i]);
	}
	ck_assert(server_log_has(&s,
		"content for which other requests have left no room in "
		"limits.body_memory",
		DEADLINE));
	free(body);
	server_stop(&s);
}
END_TEST

/* A route may allow more than all bodies together. */
START_TEST(a_body_that_never_fits_gets_413)
{
	char *body = server_pattern(2 * LIMIT);
	struct client c;
	struct response r;

	start();
	client_open(&c, s.port);
	client_say(&c, "PUT /m/whole HTTP/1.1\r\nHost: a\r\nContent-Length: "
		       "8388608\r\n\r\n");
	client_send(&c, body, 2 * LIMIT);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 413);
	response_free(&r);
	client_close(&c);
	free(body);
	server_stop(&s);
}
END_TEST

/* As often as it takes to notice a byte that is not accounted for again. */
START_TEST(memory_of_bodies_is_given_back)
{
	char *body = server_pattern(BODY);
	struct response r;
	struct client c;

	start();
	for (int i = 0; i < 3 * LIMIT / BODY; i++) {
		client_open(&c, s.port);
		client_say(&c, framings[_i].head);
		client_send(&c, body, BODY);
		if (i % 2 == 0) {
			client_say(&c, framings[_i].end);
			client_recv(&c, &r);
			ck_assert_int_eq(r.status, 200);
			response_free(&r);
			client_close(&c);
		} else {
			client_reset(&c);
		}
	}
	ck_assert_int_eq(
		scrape_sum(admin, "prong_refused_total", "reason=\"memory\""),
		0);
	free(body);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ bodies_beyond_the_limit_get_503_and_those_within_it_are_served,
			ROWS(framings) },
		{ a_body_that_never_fits_gets_413, 0 },
		{ memory_of_bodies_is_given_back, ROWS(framings) },
	};

	return harness_run("body_memory", tests, ROWS(tests));
}
