/*
 * Routes with names and passwords, whose hashes cost a quarter of a second
 * each: requests for other routes do not wait for them.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

/* "right": cost 12 for slow, and 4 for quick. */
#define USERS                                                                  \
	"slow:$2b$12$abcdefghijklmnopqrstuu3ZNTWactmkRXVB8K.1w4IlxX.O8lI12\n"  \
	"quick:$2b$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC\n"

#define AUTH "\"auth\": {\"realm\": \"us\", \"file\": \"$DIR/users\"}"
#define CONF                                                                   \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	" \"control\": \"$DIR/control\", \"temp_path\": \"$DIR\","             \
	" \"limits\": {\"body\": \"8m\"}," SERVER_TIMEOUTS ","                 \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/auth/*\", \"root\": \"$ROOT\", " AUTH "},"              \
	"{\"path\": \"/m/*\", \"module\": \"" MODULES "/takes.so\", " AUTH     \
	"},"                                                                   \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

#define SLOW_RIGHT  "c2xvdzpyaWdodA=="
#define QUICK_RIGHT "cXVpY2s6cmlnaHQ="
#define QUICK_WRONG "cXVpY2s6d3Jvbmc="

/* A response is prompt within this time: one hash of many takes longer than
 * that when they delay it, and a slow machine takes less when they do not. */
enum { PROMPT = 2000, HEAD = 256, CONNECTIONS = 300 };

static struct server s;

static void
set_up(void)
{
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "www/a.txt", "hello\n");
	server_text(&s, "users", USERS);
	server_start(&s, CONF);
}

/* Credentials of slow that are all different, and wrong. */
static int
put_wrong(char *to, size_t size, unsigned n)
{
	/* Four of them are three bytes, of which none is NUL: that would be
	 * wrong without a hash. */
	static const char digits[] = "QRSTUVWXYZabcdef";
	char token[] = "c2xvdzp3cm9uZy0tAAAA"; /* slow:wrong--... */

	for (char *p = token + strlen(token) - 4; *p != '\0'; p++, n /= 16)
		*p = digits[n % 16];
	return snprintf(to, size,
		"GET /auth/a.txt HTTP/1.1\r\nHost: a\r\n"
		"Authorization: Basic %s\r\n\r\n",
		token);
}

static void
say_wrong(struct client *c, unsigned from, unsigned count)
{
	char *text = malloc(count * HEAD);
	size_t len = 0;

	ck_assert_ptr_nonnull(text);
	for (unsigned i = 0; i < count; i++)
		len += (size_t)put_wrong(text + len, HEAD, from + i);
	client_send(c, text, len);
	free(text);
}

static void
assert_prompt(int times)
{
	struct response r;

	for (int i = 0; i < times; i++) {
		int64_t before = deadline_now();

		client_fetch(s.port, "/hello.txt", "", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
		ck_assert_int_lt(deadline_now() - before, PROMPT);
	}
}

/* Each costs 64 hashes in one turn of the loop, were they computed there. */
START_TEST(pipelined_wrong_passwords_delay_no_other_client)
{
	enum { CLIENTS = 24, PIPELINED = 64 };
	struct client clients[CLIENTS];

	set_up();
	for (unsigned i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		say_wrong(&clients[i], i * PIPELINED, PIPELINED);
	}
	assert_prompt(20);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_reset(&clients[i]);
	assert_prompt(1);
	server_stop(&s);
}
END_TEST

/* More than may wait: those get 503, and all others their 401. */
START_TEST(many_wrong_passwords_delay_no_other_client)
{
	struct client clients[CONNECTIONS];
	struct response r;
	int nrefused = 0, nsilent = 0;

	set_up();
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		client_open(&clients[i], s.port);
		say_wrong(&clients[i], i, 1);
	}
	assert_prompt(20);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		if (!client_has(&clients[i], 1, i == 0 ? DEADLINE : 0)) {
			nsilent++;
			continue;
		}
		client_recv(&clients[i], &r);
		ck_assert_msg(
			r.status == 401 || r.status == 503, "%d", r.status);
		ck_assert_ptr_nonnull(response_field(&r,
			r.status == 401 ? "WWW-Authenticate" : "Retry-After"));
		nrefused += r.status == 503;
		response_free(&r);
	}
	ck_assert_msg(nrefused > 0, "%d without a response", nsilent);
	ck_assert(server_log_has(
		&s, "too many passwords wait to be verified", DEADLINE));
	for (unsigned i = 0; i < CONNECTIONS; i++)
		client_reset(&clients[i]);
	server_stop(&s);
}
END_TEST

/* More clients than hashes may wait. */
START_TEST(one_hash_is_computed_for_all_that_send_the_same)
{
	enum { CLIENTS = 100 };
	struct client clients[CLIENTS];
	struct response r;

	set_up();
	for (unsigned i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i],
			"GET /auth/a.txt HTTP/1.1\r\nHost: a\r\n"
			"Authorization: Basic " SLOW_RIGHT "\r\n\r\n");
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
		client_close(&clients[i]);
	}
	server_stop(&s);
}
END_TEST

static const struct {
	const char *token;
	int status;
} rows[] = {
	{ QUICK_RIGHT, 200 },
	{ SLOW_RIGHT, 200 },
	{ QUICK_WRONG, 401 },
};

/* The body comes whole, whether the handler takes it as it comes or not. */
static void
put_content(const char *path, const char *token, int status)
{
	enum { LEN = 3 * 1000 * 1000 };
	char head[512], *body = server_pattern(LEN);
	struct client c;
	struct response r;

	client_open(&c, s.port);
	for (int i = 0; i < 2; i++) {
		snprintf(head, sizeof(head),
			"PUT %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
			"Authorization: Basic %s\r\n\r\n",
			path, LEN, token);
		client_say(&c, head);
		client_send(&c, body, LEN);
		client_recv(&c, &r);
		ck_assert_int_eq(r.status, status);
		if (status == 200)
			ck_assert_int_eq(strtol(r.body, NULL, 10), LEN);
		response_free(&r);
		if (status != 200)
			break;
	}
	client_close(&c);
	free(body);
}

START_TEST(content_waits_for_the_password)
{
	set_up();
	put_content("/m/whole", rows[_i].token, rows[_i].status);
	put_content("/m/take", rows[_i].token, rows[_i].status);
	server_stop(&s);
}
END_TEST

START_TEST(requests_are_answered_in_their_order)
{
	struct client c;
	struct response r;

	set_up();
	client_open(&c, s.port);
	client_say(&c, "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /auth/a.txt HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Basic " SLOW_RIGHT "\r\n\r\n"
		       "GET /auth/a.txt HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Basic " QUICK_WRONG "\r\n\r\n"
		       "HEAD /auth/none HTTP/1.1\r\nHost: a\r\n"
		       "Authorization: Basic " QUICK_RIGHT "\r\n\r\n");
	for (int i = 0; i < 4; i++) {
		static const int statuses[] = { 200, 200, 401, 404 };

		if (i < 3)
			client_recv(&c, &r);
		else
			client_recv_head(&c, &r);
		ck_assert_int_eq(r.status, statuses[i]);
		response_free(&r);
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* The worker's threads are busy when it is to end. */
START_TEST(a_worker_ends_while_passwords_wait)
{
	struct client c;

	set_up();
	client_open(&c, s.port);
	say_wrong(&c, 0, 64);
	assert_prompt(1);
	server_signal(&s, SIGINT);
	server_wait(&s, 0);
	client_close(&c);
	server_finish(&s, 0);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ pipelined_wrong_passwords_delay_no_other_client, 0 },
		{ many_wrong_passwords_delay_no_other_client, 0 },
		{ one_hash_is_computed_for_all_that_send_the_same, 0 },
		{ content_waits_for_the_password, ROWS(rows) },
		{ requests_are_answered_in_their_order, 0 },
		{ a_worker_ends_while_passwords_wait, 0 },
	};

	return harness_run("passwords", tests, ROWS(tests));
}
