/*
 * The module upstream, with a server that the test plays itself.
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;
static int admin;
static struct client c;

/* The upstream. */
static int listener = -1, fd = -1;
static char request[64 * 1024];

static int
listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(listener, 16), 0);
	getsockname(listener, (struct sockaddr *)&at, &len);
	return ntohs(at.sin_port);
}

static void
start(const char *config)
{
	char conf[1024];
	int port;

	port = listen_somewhere();
	server_init(&s);
	admin = port_take();
	server_text(&s, "www/hello.txt", "hello\n");
	snprintf(conf, sizeof(conf),
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		" \"admin\": {\"listen\": \"127.0.0.1:%d\"}," SERVER_TIMEOUTS
		", \"sites\": [{\"routes\": ["
		"{\"path\": \"/*\", \"root\": \"$ROOT\"},"
		"{\"path\": \"/up/*\", \"module\": \"" SHIPPED_MODULES
		"/upstream.so\", \"config\":"
		" {\"url\": \"http://127.0.0.1:%d/base\"%s}}]}]}",
		admin, port, config);
	server_start(&s, conf);
	s.sockets++; /* the connection that libcurl keeps */
	client_open(&c, s.port);
}

static void
close_upstream(void)
{
	if (fd != -1)
		close(fd);
	fd = -1;
}

static void
stop(void)
{
	client_close(&c);
	close_upstream();
	server_stop(&s);
	close(listener);
}

static void
wait_readable(int on)
{
	struct pollfd p = { on, POLLIN, 0 };

	ck_assert_int_eq(poll(&p, 1, DEADLINE), 1);
}

/* Reads a request up to its text; on a new connection or the last one. */
static void
take_request(const char *end)
{
	size_t len = 0;
	ssize_t n;

	if (fd == -1) {
		wait_readable(listener);
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		ck_assert_int_ne(fd, -1);
	}
	do {
		wait_readable(fd);
		n = read(fd, request + len, sizeof(request) - 1 - len);
		ck_assert_int_gt(n, 0);
		len += (size_t)n;
		request[len] = '\0';
	} while (strstr(request, end) == NULL);
}

static void
reply(const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void
check_answer(int status, const char *body)
{
	struct response r;

	client_recv(&c, &r);
	ck_assert_int_eq(r.status, status);
	if (body != NULL)
		ck_assert_str_eq(r.body, body);
	response_free(&r);
}

/* ---- what is passed ----------------------------------------------------- */

#define OK(type, text, len)                                                    \
	"HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nContent-Length: " len    \
	"\r\n\r\n" text

START_TEST(requests_and_responses_are_passed)
{
	struct response r;

	start("");
	client_say(&c, "GET /up/a%20b/%C3%BC?x=1&y=%26 HTTP/1.1\r\nHost: a\r\n"
		       "Accept: text/x\r\nCookie: secret\r\n\r\n");
	take_request("\r\n\r\n");
	ck_assert_ptr_eq(
		strstr(request,
			"GET /base/a%20b/%C3%BC?x=1&y=%26 HTTP/1.1\r\n"),
		request);
	ck_assert_ptr_nonnull(strstr(request, "\r\nAccept: text/x\r\n"));
	ck_assert_ptr_nonnull(strstr(request, "\r\nX-Request-Id: "));
	ck_assert_ptr_null(strstr(request, "secret"));
	reply(OK("text/x", "hello", "5"));
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello");
	ck_assert_str_eq(response_field(&r, "Content-Type"), "text/x");
	response_free(&r);
	/* On the same connection. */
	client_say(&c,
		"POST /up/ HTTP/1.1\r\nHost: a\r\nContent-Type: text/y\r\n"
		"Content-Length: 4\r\n\r\nbody");
	take_request("\r\n\r\nbody");
	ck_assert_ptr_eq(strstr(request, "POST /base/ HTTP/1.1\r\n"), request);
	ck_assert_ptr_nonnull(strstr(request, "\r\nContent-Type: text/y\r\n"));
	reply("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
	      "3\r\none\r\n0\r\n\r\n");
	check_answer(201, "one");
	ck_assert_int_eq(
		scrape_sum(admin, "prong_module_upstream_requests_total",
			"result=\"ok\""),
		2);
	stop();
}
END_TEST

static const struct {
	const char *reply; /* "": the connection ends */
	int status;
	const char *result;
} replies[] = {
	{ "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 404, "ok" },
	{ "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
		302, "ok" },
	{ "", 502, "failed" },
	{ "nonsense\r\n\r\n", 502, "failed" },
	{ "HTTP/1.1 99 No\r\nContent-Length: 0\r\n\r\n", 502, "failed" },
	{ OK("no type", "hello", "5"), 502, "failed" },
	{ OK("text/plain", "short", "10"), 502, "failed" },
	{ OK("text/plain", "12345678901", "11"), 502, "failed" },
	{ OK("text/plain", "1234567890", "10"), 200, "ok" },
};

static long
count_results(const char *result)
{
	char label[64];

	snprintf(label, sizeof(label), "result=\"%s\"", result);
	return scrape_sum(admin, "prong_module_upstream_requests_total", label);
}

static void
check_reply(size_t i)
{
	long before = count_results(replies[i].result);

	client_say(&c, "GET /up/x HTTP/1.1\r\nHost: a\r\n\r\n");
	take_request("\r\n\r\n");
	reply(replies[i].reply);
	close_upstream();
	check_answer(replies[i].status, NULL);
	ck_assert_int_eq(count_results(replies[i].result), before + 1);
}

START_TEST(an_upstream_may_answer_anything)
{
	start(", \"body_most\": 10");
	s.tolerated = "prong_answer_take(): ";
	for (size_t i = 0; i < ROWS(replies); i++)
		check_reply(i);
	stop();
}
END_TEST

START_TEST(an_upstream_may_be_silent)
{
	start(", \"timeout\": \"500ms\"");
	client_say(&c, "GET /up/x HTTP/1.1\r\nHost: a\r\n\r\n");
	check_answer(504, NULL);
	ck_assert_int_eq(count_results("timed_out"), 1);
	stop();
}
END_TEST

START_TEST(an_upstream_may_be_down)
{
	start("");
	close(listener);
	client_say(&c, "GET /up/x HTTP/1.1\r\nHost: a\r\n\r\n");
	check_answer(502, NULL);
	listen_somewhere();
	stop();
}
END_TEST

/* ---- bounds ------------------------------------------------------------- */

START_TEST(the_upstream_is_left_when_the_client_goes)
{
	char byte;

	start("");
	client_say(&c, "GET /up/x HTTP/1.1\r\nHost: a\r\n\r\n");
	take_request("\r\n\r\n");
	client_close(&c);
	wait_readable(fd);
	ck_assert_int_eq(read(fd, &byte, 1), 0);
	client_open(&c, s.port);
	stop();
}
END_TEST

START_TEST(requests_at_once_are_limited)
{
	struct response r;

	start(", \"requests_most\": 1");
	client_say(&c, "GET /up/x HTTP/1.1\r\nHost: a\r\n\r\n");
	take_request("\r\n\r\n");
	client_fetch(s.port, "/up/y", "", &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_eq(response_field(&r, "Retry-After"), "1");
	response_free(&r);
	reply(OK("text/plain", "hello", "5"));
	check_answer(200, "hello");
	stop();
}
END_TEST

START_TEST(a_wrong_configuration_is_refused)
{
	static const char *const words[] = { "prong", "check", "--modules",
		"-c", s.file, NULL };
	struct program_result result;

	server_init(&s);
	server_configure(&s,
		"{\"listen\": [\"127.0.0.1:$PORT\"], \"sites\": [{\"routes\": "
		"[{\"path\": \"/*\", \"module\": \"" SHIPPED_MODULES
		"/upstream.so\", \"config\": {\"url\": \"ftp://a/\"}}]}]}");
	program_run(&(struct program){ 0 }, words, &result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_ptr_nonnull(
		strstr(result.err, "url: must begin with http://"));
	ck_assert_ptr_nonnull(strstr(result.err, "url: must not end with '/'"));
	server_discard(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ requests_and_responses_are_passed, 1 },
		{ an_upstream_may_answer_anything, 1 },
		{ an_upstream_may_be_silent, 1 },
		{ an_upstream_may_be_down, 1 },
		{ the_upstream_is_left_when_the_client_goes, 1 },
		{ requests_at_once_are_limited, 1 },
		{ a_wrong_configuration_is_refused, 1 },
	};

	return harness_run("upstream", tests, ROWS(tests));
}
