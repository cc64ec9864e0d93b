/*
 * The log names the rule that a request over HTTP/2 broke, and its client.
 * SPDX-License-Identifier: MIT
 */
#include "support/harness.h"
#include "support/http2_client.h"
#include "support/server.h"

#define CONF                                                                   \
	"{\"workers\": 1, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	"\"protocols\": [\"http/1.1\", \"h2\"]}],"                             \
	"\"limits\": {\"field\": 256, \"head\": 512, \"fields\": 5,"           \
	"\"request_line\": 100}," SERVER_TIMEOUTS "," SERVER_SITES "}"

#define PSEUDO ":method: GET\n:scheme: http\n:authority: a\n:path: /hello.txt\n"
#define X64    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG   X64 X64 X64 X64

/* status 0: the stream is reset. */
static const struct {
	const char *fields;
	int status;
	const char *rule;
} logged[] = {
	{ PSEUDO "x: " LONG "\n", 431,
		"431 Request Header Fields Too Large: a field that is longer "
		"than limits.field" },
	{ PSEUDO "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\n", 431,
		"more fields than limits.fields" },
	{ PSEUDO "a: " X64 X64 X64 "\nb: " X64 X64 X64 "\nc: " X64 X64 X64 "\n",
		431, "a head that is longer than limits.head" },
	{ ":method: GET\n:scheme: http\n:authority: a\n:path: /" X64 X64 "\n",
		414, "a request line that is longer than limits.request_line" },
	{ ":method: BREW\n:scheme: http\n:authority: a\n:path: /\n", 501,
		"an unknown method" },
	{ ":method: GET\n:scheme: http\n:authority: a b\n:path: /\n", 0,
		"stream reset: fields, or a length, that RFC 9113 8 forbids" },
	{ PSEUDO "host: b\n", 0,
		"stream reset: a Host field that is not the :authority" },
	{ ":method: GET\n:scheme: ftp\n:authority: a\n:path: /\n", 0,
		"stream reset: pseudo fields that do not make up a target" },
	{ PSEUDO "Upper: 1\n", 0, "stream reset: fields, or a length" },
	{ PSEUDO "x: a\x01z\n", 0,
		"stream reset: a field name or value with bytes that RFC 9113 "
		"8.2.1 forbids" },
	{ PSEUDO "connection: close\n", 0, "stream reset: " },
	{ ":scheme: http\n:path: /\n", 0, "stream reset: " },
};

START_TEST(the_log_names_the_rule_that_a_request_broke)
{
	struct server s;
	struct http2_client c;
	struct http2_response r;

	server_serve(&s, CONF);
	http2_client_open(&c, s.port);
	http2_client_headers(&c, 1, logged[_i].fields, HTTP2_END_STREAM);
	http2_client_response(&c, 1, &r);
	ck_assert_int_eq(r.is_reset, logged[_i].status == 0);
	if (!r.is_reset)
		ck_assert_int_eq(r.status, logged[_i].status);
	http2_response_free(&r);
	http2_client_close(&c);
	ck_assert_msg(server_log_has(&s, logged[_i].rule, 5000), "%s",
		logged[_i].rule);
	server_stop(&s);
}
END_TEST

#define ONE_CONNECTION                                                         \
	"{\"workers\": 1, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	"\"protocols\": [\"http/1.1\", \"h2\"]}],"                             \
	"\"limits\": {\"client_connections\": 1}," SERVER_TIMEOUTS             \
	"," SERVER_SITES "}"

/* The connection of the start may not be gone yet; then the first one here is
 * refused. */
static void
open_first(struct http2_client *c, int port)
{
	struct http2_frame frame;

	for (;;) {
		http2_client_open(c, port);
		do
			ck_assert(http2_client_read(c, &frame));
		while (frame.type != HTTP2_GOAWAY &&
			frame.type != HTTP2_SETTINGS);
		if (frame.len > 0 && frame.type == HTTP2_SETTINGS)
			return;
		http2_client_close(c);
	}
}

START_TEST(a_connection_beyond_the_limit_of_its_client_is_told_to_calm_down)
{
	enum { ENHANCE_YOUR_CALM = 11 };
	struct http2_client first, second;
	struct server s;

	server_serve(&s, ONE_CONNECTION);
	open_first(&first, s.port);
	http2_client_open(&second, s.port);
	ck_assert_int_eq(http2_client_goaway(&second), ENHANCE_YOUR_CALM);
	http2_client_close(&second);
	http2_client_close(&first);
	server_stop(&s);
}
END_TEST

/* ---- a PROXY header ------------------------------------------------------ */

#define BEHIND_PROXY                                                           \
	"{\"workers\": 1, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	"\"proxy_protocol\": \"optional\","                                    \
	"\"protocols\": [\"http/1.1\", \"h2\"]}], \"trusted\": "               \
	"[\"127.0.0.1\"], \"log\": {\"access\": {\"path\": "                   \
	"\"$DIR/access.log\"}}," SERVER_TIMEOUTS "," SERVER_SITES "}"

START_TEST(a_proxy_header_comes_before_the_preface)
{
	struct http2_client c;
	struct http2_response r;
	struct server s;

	server_serve(&s, BEHIND_PROXY);
	http2_client_open_after(
		&c, s.port, "PROXY TCP4 192.0.2.7 198.51.100.2 12345 80\r\n");
	http2_client_get(&c, 1, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	http2_response_free(&r);
	http2_client_close(&c);
	ck_assert(server_file_has(&s, "access.log", "192.0.2.7 - -", 5000));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_log_names_the_rule_that_a_request_broke, ROWS(logged) },
		{ a_connection_beyond_the_limit_of_its_client_is_told_to_calm_down,
			1 },
		{ a_proxy_header_comes_before_the_preface, 1 },
	};

	return harness_run("http2_refusals", tests, ROWS(tests));
}
