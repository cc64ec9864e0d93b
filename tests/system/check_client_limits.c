/*
 * Limits by client, on requests in flight, and on the time in the queue.
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/live_server.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"

/* One worker, so that all connections meet the same limit. */
#define CONF(more)                                                             \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"admin\": {\"listen\": \"127.0.0.1:$TLS\"}, " more "," SERVER_SITES  \
	"}"
#define GET "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"

static struct server s;

static void
assert_status(struct client *c, int status)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_int_eq(r.status, status);
	if (status == 429 || status == 503)
		ck_assert_str_eq(response_field(&r, "Retry-After"), "1");
	response_free(&r);
}

static void
ask(struct client *c, const char *text, int status)
{
	client_open(c, s.port);
	client_say(c, text);
	assert_status(c, status);
}

/* Asks until there is no refusal, since the server may not have noticed yet
 * that other connections were closed; the connection stays. */
static void
open_admitted(struct client *c, const char *text)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	int status;

	for (;;) {
		client_open(c, s.port);
		client_say(c, text);
		client_recv(c, &r);
		status = r.status;
		response_free(&r);
		if (status / 100 == 2)
			return;
		client_close(c);
		ck_assert_msg(server_tick(&s, deadline), "%d", status);
	}
}

static long
refused(const char *reason)
{
	char label[64];

	snprintf(label, sizeof(label), "reason=\"%s\"", reason);
	return scrape_sum(s.tls_port, "prong_refused_total", label);
}

/* ---- connections --------------------------------------------------------- */

START_TEST(a_connection_beyond_the_limit_gets_429)
{
	struct client first, second, more;
	long before;

	server_serve(&s, CONF("\"limits\": {\"client_connections\": "
			      "2}," SERVER_TIMEOUTS));
	open_admitted(&first, GET);
	open_admitted(&second, GET);
	before = refused("client_connections");
	ask(&more, GET, 429);
	ck_assert(client_is_gone(&more, DEADLINE));
	client_close(&more);
	ck_assert_int_eq(refused("client_connections"), before + 1);
	ck_assert(server_log_has(
		&s, "a connection beyond limits.client_connections", DEADLINE));
	client_say(&first, GET);
	assert_status(&first, 200);
	client_close(&second);
	open_admitted(&second, GET);
	client_close(&second);
	client_close(&first);
	server_stop(&s);
}
END_TEST

START_TEST(a_connection_that_another_worker_takes_over_is_counted)
{
	pid_t old[PROC_CHILDREN];
	struct client first, more;
	size_t n;

	server_serve(&s, CONF("\"limits\": {\"client_connections\": "
			      "1}," SERVER_TIMEOUTS));
	open_admitted(&first, GET);
	n = server_workers(&s, old);
	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, 1, old, n, DEADLINE));
	client_say(&first, GET);
	assert_status(&first, 200);
	ask(&more, GET, 429);
	client_close(&more);
	client_close(&first);
	open_admitted(&more, GET);
	client_close(&more);
	server_stop(&s);
}
END_TEST

#define BEHIND_PROXY                                                           \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\","                   \
	"{\"address\": \"127.0.0.2:$PORT\","                                   \
	" \"proxy_protocol\": \"required\"}],"                                 \
	"\"trusted\": [\"127.0.0.0/8\"],"                                      \
	"\"limits\": {\"client_connections\": 1}," SERVER_TIMEOUTS             \
	"," SERVER_SITES "}"

#define TCP4(client) "PROXY TCP4 " client " 198.51.100.2 12345 80\r\n"
#define TCP6(client) "PROXY TCP6 " client " 2001:db8::80 12345 80\r\n"

static const struct {
	const char *first, *second; /* PROXY headers */
	int status;                 /* of the second connection */
} proxied[] = {
	{ TCP4("192.0.2.7"), TCP4("192.0.2.7"), 429 },
	{ TCP4("192.0.2.7"), TCP4("192.0.2.8"), 200 },
	{ TCP4("192.0.2.7"), TCP6("::ffff:192.0.2.7"), 429 },
	{ TCP6("2001:db8::7"), TCP6("2001:db8::8"), 429 },
	{ TCP6("2001:db8::7"), TCP6("2001:db8:0:1::7"), 200 },
	{ "PROXY UNKNOWN\r\n", "PROXY UNKNOWN\r\n", 200 }, /* of the proxy */
};

static void
open_proxied(struct client *c, const char *header, int status)
{
	char text[256];

	client_open_at(c, "127.0.0.2", s.port);
	snprintf(text, sizeof(text), "%s%s", header, GET);
	client_say(c, text);
	assert_status(c, status);
}

START_TEST(the_client_is_the_one_that_the_proxy_header_names)
{
	struct client first, second;

	server_serve(&s, BEHIND_PROXY);
	open_proxied(&first, proxied[_i].first, 200);
	open_proxied(&second, proxied[_i].second, proxied[_i].status);
	client_close(&second);
	client_close(&first);
	server_stop(&s);
}
END_TEST

/* ---- requests in flight -------------------------------------------------- */

enum { LARGE = 32 * 1024 * 1024 };

START_TEST(a_download_is_in_flight_until_it_was_sent)
{
	char *large = server_pattern(LARGE);
	struct client slow, other;

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	server_file(&s, "www/index.html", "home\n", 5);
	server_file(&s, "www/large.bin", large, LARGE);
	free(large);
	server_start(&s,
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"admin\": {\"listen\": \"127.0.0.1:$TLS\"}," SERVER_TIMEOUTS
		",\"sites\": [{\"routes\": ["
		"{\"path\": \"/large.bin\", \"root\": \"$ROOT\","
		" \"in_flight\": 1},"
		"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}");
	client_open_narrow(&slow, s.port, 16384);
	client_say(&slow, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_has(&slow, 1, DEADLINE));
	ask(&other, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n", 503);
	client_say(&other, GET);
	assert_status(&other, 200);
	client_close(&other);
	ck_assert_int_eq(refused("in_flight"), 1);
	client_close(&slow);
	open_admitted(&other, "GET /large.bin HTTP/1.1\r\nHost: a\r\n"
			      "Range: bytes=0-1\r\n\r\n");
	client_close(&other);
	server_stop(&s);
}
END_TEST

#define FORWARDED                                                              \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"trusted\": [\"127.0.0.1\"], \"limits\": {\"client_in_flight\": 1,"  \
	" \"client_connections\": 1}," SERVER_TIMEOUTS ","                     \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"
#define FROM(client, path)                                                     \
	"GET " path " HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " client         \
	"\r\n\r\n"

/* The connections are those of the proxy. */
START_TEST(the_client_of_a_request_is_the_one_that_a_trusted_proxy_names)
{
	struct client held, other;

	server_serve(&s, FORWARDED);
	client_open(&held, s.port);
	client_say(&held, FROM("192.0.2.7", "/live/hold"));
	client_open(&other, s.port);
	client_say(&other, FROM("192.0.2.8", "/live/hold?x"));
	live_assert_counted(&s, "open 2 ");
	client_close(&other);
	ask(&other, FROM("192.0.2.7", "/hello.txt"), 429);
	client_say(&other, FROM("192.0.2.9", "/hello.txt"));
	assert_status(&other, 200);
	client_close(&other);
	client_close(&held);
	open_admitted(&other, FROM("192.0.2.7", "/hello.txt"));
	client_close(&other);
	server_stop(&s);
}
END_TEST

/* ---- the queue ----------------------------------------------------------- */

enum { WAIT = 400 /* ms, four times the limit */ };

/* Milliseconds since the client has sent its last byte. */
static unsigned
sent_before(const struct client *c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	ck_assert_int_eq(
		getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_last_data_sent;
}

START_TEST(a_request_that_waited_too_long_gets_503)
{
	pid_t workers[PROC_CHILDREN];
	struct client kept, fresh;

	server_serve(&s, CONF("\"timeouts\": {\"drain_delay\": \"0s\","
			      " \"queue\": \"100ms\"}"));
	open_admitted(&kept, GET);
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	server_halt(&s, workers[0]);
	client_say(&kept, GET GET);
	client_open(&fresh, s.port);
	client_say(&fresh, GET);
	while (sent_before(&fresh) < WAIT)
		poll(NULL, 0, 10);
	ck_assert_int_eq(kill(workers[0], SIGCONT), 0);
	assert_status(&kept, 503);
	assert_status(&fresh, 503);
	client_close(&fresh);
	client_close(&kept);
	open_admitted(&fresh, GET);
	client_close(&fresh);
	ck_assert_int_ge(refused("queue"), 2);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_connection_beyond_the_limit_gets_429, 1 },
		{ a_connection_that_another_worker_takes_over_is_counted, 1 },
		{ the_client_is_the_one_that_the_proxy_header_names,
			ROWS(proxied) },
		{ a_download_is_in_flight_until_it_was_sent, 1 },
		{ the_client_of_a_request_is_the_one_that_a_trusted_proxy_names,
			1 },
		{ a_request_that_waited_too_long_gets_503, 1 },
	};

	return harness_run("client_limits", tests, ROWS(tests));
}
