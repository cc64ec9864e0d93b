/*
 * The log names the rule that a refused request broke.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "common/span.h"
#include "support/client.h"
#include "support/harness.h"
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

int
main(void)
{
	struct harness_test tests[] = {
		{ the_log_names_the_rule, 1 },
	};

	return harness_run("refusals", tests, ROWS(tests));
}
