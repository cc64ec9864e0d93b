/*
 * How long a connection is kept (RFC 9112 9.3).
 * SPDX-License-Identifier: MIT
 */
#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

START_TEST(a_connection_serves_a_hundred_requests)
{
	struct server s;
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	for (int i = 0; i < 100; i++) {
		client_get(&c, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "hello\n");
		ck_assert(!response_lists(&r, "Connection", "close"));
		response_free(&r);
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *head;
	bool is_kept;
} heads[] = {
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\n", true },
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n",
		true },
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n",
		false },
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n",
		false },
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection:close,x\r\n",
		false },
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: x\r\n"
	  "Connection: close\r\n",
		false },
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: closer\r\n",
		true },
	{ "GET /hello.txt HTTP/1.0\r\n", false },
	{ "GET /hello.txt HTTP/1.0\r\nConnection: close\r\n", false },
	{ "GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n", true },
	{ "GET /hello.txt HTTP/1.0\r\nConnection: x, Keep-Alive\r\n", true },
	{ "GET /hello.txt HTTP/1.0\r\nConnection: keep-alive, close\r\n",
		false },
	{ "HEAD /hello.txt HTTP/1.0\r\n", false },
	{ "GET /nothing HTTP/1.1\r\nHost: a\r\n", true },
	{ "GET /nothing HTTP/1.0\r\n", false },
};

/* RFC 9112 9.3 for requests; 9.6: an answer before a close says so. */
START_TEST(a_connection_is_kept_or_closed_as_the_head_asks)
{
	bool is_old = strstr(heads[_i].head, "HTTP/1.0") != NULL;
	bool is_head = heads[_i].head[0] == 'H';
	struct server s;
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_say(&c, heads[_i].head);
	client_say(&c, "\r\n");
	ck_assert_int_eq(client_try_recv(&c, &r, is_head), CLIENT_OK);
	ck_assert_int_eq(
		response_lists(&r, "Connection", "close"), !heads[_i].is_kept);
	/* An old client keeps a connection only if the answer says so. */
	ck_assert_int_eq(response_lists(&r, "Connection", "keep-alive"),
		heads[_i].is_kept && is_old);
	response_free(&r);
	if (heads[_i].is_kept) {
		client_get(&c, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	} else {
		ck_assert(client_is_eof(&c, DEADLINE));
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(the_last_of_the_requests_allowed_closes)
{
	struct server s;
	struct client c;
	struct response r;

	server_serve(
		&s, SERVER_CONF_WITH(
			    "\"limits\": {\"requests_per_connection\": 3}"));
	client_open(&c, s.port);
	for (int i = 1; i <= 3; i++) {
		client_get(&c, "/hello.txt", &r);
		ck_assert_int_eq(
			response_lists(&r, "Connection", "close"), i == 3);
		response_free(&r);
	}
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_half_closed_client_gets_its_answers)
{
	struct server s;
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_say(&c, "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
	client_finish_sending(&c);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 404);
	response_free(&r);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_connection_serves_a_hundred_requests, 1 },
		{ a_connection_is_kept_or_closed_as_the_head_asks,
			ROWS(heads) },
		{ the_last_of_the_requests_allowed_closes, 1 },
		{ a_half_closed_client_gets_its_answers, 1 },
	};

	return harness_run("keep_alive", tests, ROWS(tests));
}
