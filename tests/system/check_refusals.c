/*
 * The log names the rule that a refused request broke.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "common/span.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

#define LINE "GET / HTTP/1.1\r\n"
#define ROW(text, status, rule)                                                \
	{                                                                      \
		{ text, sizeof(text) - 1 }, status, rule                       \
	}

static const struct {
	struct span request;
	int status;
	const char *rule;
} rows[] = {
	ROW(LINE "Host: a\r\nHost: a\r\n\r\n", 400, "two Host fields"),
	ROW(LINE "\r\n", 400, "no Host field"),
	ROW(LINE "Host: a b\r\n\r\n", 400,
		"a Host field that is not a host name"),
	ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" LINE "Host: a\r\n\r\n",
		400,
		"a PROXY protocol header, which this address does not read: "
		"remove send-proxy"),
	ROW("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 400,
		"a PROXY protocol header, which this address does not read"),
	ROW("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n", 400,
		"a TLS handshake at an address without TLS"),
	ROW("GET / HTTP/1.1\nHost: a\n\n", 400,
		"a line that ends with LF instead of CRLF"),
	ROW("GET / HTTP/3.1\r\nHost: a\r\n\r\n", 505,
		"an HTTP version other than 1.0 and 1.1"),
	ROW(LINE "Host: a\r\nX : b\r\n\r\n", 400, "a malformed field line"),
	ROW(LINE "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		400, "two Content-Length fields"),
	ROW(LINE "Host: a\r\nContent-Length: 1\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n",
		400, "Content-Length beside Transfer-Encoding"),
	ROW("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400,
		"a percent sign without two hex digits"),
	ROW("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400,
		"a target whose host is not that of Host"),
	ROW(LINE "Host: a\r\nExpect: x\r\n\r\n", 417,
		"an Expect other than 100-continue"),
	ROW("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "an unknown method"),
};

static void
ask(size_t i)
{
	struct response r;
	struct client c;

	client_open(&c, s.port);
	client_send(&c, rows[i].request.at, rows[i].request.len);
	client_recv(&c, &r);
	ck_assert_msg(r.status == rows[i].status, "%d instead of %d: %s",
		r.status, rows[i].status, rows[i].rule);
	response_free(&r);
	client_close(&c);
}

/* At the default level. */
START_TEST(the_log_names_the_rule)
{
	server_serve(&s,
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"timeouts\": {\"drain_delay\": \"0s\"}," SERVER_SITES "}");
	for (size_t i = 0; i < ROWS(rows); i++) {
		ask(i);
		ask(i);
		ck_assert_msg(server_log_has(&s, rows[i].rule, DEADLINE),
			"not in the log: %s", rows[i].rule);
	}
	server_stop(&s);
}
END_TEST

/* Well-formed requests: the line has the path, too. */
static const struct {
	const char *request;
	bool is_admin;
	int status;
	const char *line;
} answered[] = {
	{ "GET /closed/a%20b HTTP/1.1\r\nHost: a\r\n\r\n", false, 403,
		"403 Forbidden: a client that \"allow\" and \"deny\" of the "
		"route do not admit, for /closed/a b (1 time)" },
	{ "GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", false, 400,
		"400 Bad Request: %2F in a path whose route does not have "
		"encoded_slashes, for /a" },
	{ "GET https://a/x HTTP/1.1\r\nHost: a\r\n\r\n", false, 421,
		"421 Misdirected Request: an https target that came over "
		"neither TLS nor a trusted proxy, for /x (1 time)" },
	{ "GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n", true, 421,
		"421 Misdirected Request: a host of the admin address that is "
		"not in admin.hosts, for /status (1 time)" },
	{ "GET /empty/ HTTP/1.1\r\nHost: a\r\n\r\n", false, 403,
		"403 for /empty/: it has no index file, and its route no "
		"listing (1 time)" },
};

START_TEST(the_log_names_rule_and_path_of_what_is_answered_with_an_error)
{
	int admin = port_take();
	char conf[1024];
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/empty/.hidden", "");
	snprintf(conf, sizeof(conf),
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"admin\": {\"listen\": \"127.0.0.1:%d\"}," SERVER_TIMEOUTS
		",\"sites\": [{\"routes\": ["
		"{\"path\": \"/closed/*\", \"root\": \"$ROOT\","
		" \"deny\": [\"127.0.0.0/8\"]},"
		"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}",
		admin);
	server_start(&s, conf);
	for (size_t i = 0; i < ROWS(answered); i++) {
		client_ask(answered[i].is_admin ? admin : s.port,
			answered[i].request, &r);
		ck_assert_int_eq(r.status, answered[i].status);
		response_free(&r);
		ck_assert_msg(server_log_has(&s, answered[i].line, DEADLINE),
			"not in the log: %s", answered[i].line);
	}
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_log_names_the_rule, 1 },
		{ the_log_names_rule_and_path_of_what_is_answered_with_an_error,
			1 },
	};

	return harness_run("refusals", tests, ROWS(tests));
}
