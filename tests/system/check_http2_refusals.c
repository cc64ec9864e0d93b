/*
 * The log names the rule that a request over HTTP/2 broke, and its client.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

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
		"stream reset: a pseudo field with bytes that are not "
		"allowed" },
	{ PSEUDO "host: b\n", 0,
		"stream reset: a Host field that is not the :authority" },
	{ ":method: GET\n:scheme: ftp\n:authority: a\n:path: /\n", 0,
		"stream reset: pseudo fields that do not make up a target" },
	{ PSEUDO "Upper: 1\n", 0,
		"stream reset: a field name that RFC 9113 8.2.1 forbids" },
	{ PSEUDO "x: a\x01z\n", 0,
		"stream reset: a field value that RFC 9113 8.2.1 forbids" },
	{ PSEUDO "connection: close\n", 0,
		"stream reset: a field of a connection" },
	{ ":scheme: http\n:path: /\n", 0,
		"stream reset: pseudo fields that do not" },
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

/* ---- malformed messages (RFC 9113 8.1.1) ----------------------------------
 */

#define ECHO                                                                   \
	"{\"workers\": 1, \"listen\": [{\"address\": \"127.0.0.1:$PORT\","     \
	"\"protocols\": [\"http/1.1\", \"h2\"]}]," SERVER_TIMEOUTS             \
	",\"sites\": [{\"routes\": [{\"path\": \"/*\", \"module\": \""         \
	"" SHIPPED_MODULES "/echo.so\"}]}]}"

#define GET     ":method: GET\n:scheme: http\n:path: /\n:authority: a\n"
#define POST    ":method: POST\n:scheme: http\n:path: /\n:authority: a\n"
#define GOOD    200
#define REFUSED 0 /* by RST_STREAM with PROTOCOL_ERROR */

/* Their order is the order of sending; NULL: there is none.  The last one ends
 * the stream. */
static const struct {
	int status;
	const char *fields, *content, *trailers;
} messages[] = {
	/* pseudo fields: RFC 9113 8.3, 8.3.1 */
	{ GOOD, GET, NULL, NULL },
	{ GOOD, ":authority: a\n:path: /\n:scheme: HTTP\n:method: GET\n", NULL,
		NULL },
	{ GOOD, ":method: GET\n:scheme: https\n:path: /\nhost: a\n", NULL,
		NULL },
	{ GOOD, GET "host: A\n", NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\n", NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:authority: a\n", NULL, NULL },
	{ REFUSED, ":method: GET\n:path: /\n:authority: a\n", NULL, NULL },
	{ REFUSED, ":scheme: http\n:path: /\n:authority: a\n", NULL, NULL },
	{ REFUSED, "x: y\n", NULL, NULL },
	{ REFUSED, GET ":method: GET\n", NULL, NULL },
	{ REFUSED, GET ":scheme: http\n", NULL, NULL },
	{ REFUSED, GET ":path: /\n", NULL, NULL },
	{ REFUSED, GET ":authority: a\n", NULL, NULL },
	{ REFUSED, GET ":status: 200\n", NULL, NULL },
	{ REFUSED, GET ":unknown: a\n", NULL, NULL },
	{ REFUSED, GET ":: a\n", NULL, NULL },
	{ REFUSED, GET ":protocol: websocket\n", NULL, NULL },
	{ REFUSED,
		":method: GET\nx: y\n:scheme: http\n:path: /\n"
		":authority: a\n",
		NULL, NULL },
	{ REFUSED,
		":method: GET\n:scheme: http\n:path: /\nhost: a\n"
		":authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: \n:scheme: http\n:path: /\n:authority: a\n", NULL,
		NULL },
	{ REFUSED, ":method: GET\n:scheme: \n:path: /\n:authority: a\n", NULL,
		NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: \n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\n:authority: \n",
		NULL, NULL },
	{ REFUSED, ":method: G T\n:scheme: http\n:path: /\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: G:T\n:scheme: http\n:path: /\n:authority: a\n",
		NULL, NULL },
	{ 501, ":method: get\n:scheme: http\n:path: /\n:authority: a\n", NULL,
		NULL },
	{ REFUSED, ":method: GET\n:scheme: h:p\n:path: /\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: ftp\n:path: x\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: x\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: *\n:authority: a\n",
		NULL, NULL },
	{ 204, ":method: OPTIONS\n:scheme: http\n:path: *\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /a b\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\t\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\r\n:authority: a\n",
		NULL, NULL },
	{ REFUSED,
		":method: GET\n:scheme: http\n:path: /?\x7f\n"
		":authority: a\n",
		NULL, NULL },
	{ 400, ":method: GET\n:scheme: http\n:path: /#\n:authority: a\n", NULL,
		NULL },
	{ 400, ":method: GET\n:scheme: http\n:path: /\xe4\n:authority: a\n",
		NULL, NULL },
	{ 400, ":method: GET\n:scheme: http\n:path: /%zz\n:authority: a\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\n:authority: a/b\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\n:authority: a b\n",
		NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\n:authority: \xe4\n",
		NULL, NULL },
	{ 400, ":method: GET\n:scheme: http\n:path: /\n:authority: u@a\n", NULL,
		NULL },
	{ 400, ":method: GET\n:scheme: http\n:path: /\n:authority: a:x\n", NULL,
		NULL },
	{ 400, ":method: GET\n:scheme: http\n:path: /\n:authority: a,b\n", NULL,
		NULL },
	/* the same of a Host field */
	{ REFUSED, GET "host: b\n", NULL, NULL },
	{ REFUSED, GET "host: a\nhost: a\n", NULL, NULL },
	{ REFUSED, GET "host: \n", NULL, NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\nhost: \n", NULL,
		NULL },
	{ REFUSED, ":method: GET\n:scheme: http\n:path: /\nhost: a/b\n", NULL,
		NULL },
	{ REFUSED,
		":method: GET\n:scheme: http\n:path: /\n"
		"host: a\nhost: a\n",
		NULL, NULL },
	{ 400, ":method: GET\n:scheme: http\n:path: /\nhost: u@a\n", NULL,
		NULL },
	/* CONNECT: RFC 9113 8.5, RFC 8441 4 */
	{ 501, ":method: CONNECT\n:authority: a:1\n", NULL, NULL },
	{ REFUSED, ":method: CONNECT\n:authority: a:1\n:path: /\n", NULL,
		NULL },
	{ REFUSED, ":method: CONNECT\n:authority: a:1\n:scheme: http\n", NULL,
		NULL },
	{ REFUSED, ":method: CONNECT\nhost: a:1\n", NULL, NULL },
	{ REFUSED, ":method: CONNECT\n:authority: a b\n", NULL, NULL },
	{ 501,
		":method: CONNECT\n:scheme: http\n:path: /\n:authority: a\n"
		":protocol: other\n",
		NULL, NULL },
	{ REFUSED,
		":method: CONNECT\n:scheme: http\n:path: /\n"
		":authority: a\n:protocol: \n",
		NULL, NULL },
	{ REFUSED,
		":method: CONNECT\n:scheme: http\n:path: /\n"
		":authority: a\n:protocol: x\n:protocol: x\n",
		NULL, NULL },
	{ REFUSED,
		":method: CONNECT\n:scheme: http\n:path: /\nhost: a\n"
		":protocol: x\n",
		NULL, NULL },
	{ REFUSED,
		":method: CONNECT\n:path: /\n:authority: a\n"
		":protocol: websocket\n",
		NULL, NULL },
	/* names and values: RFC 9113 8.2.1 */
	{ GOOD, GET "!#$%&'*+-.^_`|~09az: \x80\xff!\t~\n", NULL, NULL },
	{ GOOD, GET "x: \n", NULL, NULL },
	{ GOOD, GET "user-agent: a\tb c\n", NULL, NULL },
	{ REFUSED, GET "X: y\n", NULL, NULL },
	{ REFUSED, GET "user-Agent: y\n", NULL, NULL },
	{ REFUSED, GET "xX-abcdefgh: y\n", NULL, NULL },
	{ REFUSED, GET "Cookie: y\n", NULL, NULL },
	{ REFUSED, GET "x y: z\n", NULL, NULL },
	{ REFUSED, GET "x\t: z\n", NULL, NULL },
	{ REFUSED, GET "x\x7f: z\n", NULL, NULL },
	{ REFUSED, GET "x\xe4: z\n", NULL, NULL },
	{ REFUSED, GET "x\r: z\n", NULL, NULL },
	{ REFUSED, GET "(x): z\n", NULL, NULL },
	{ REFUSED, GET "x: \x01\n", NULL, NULL },
	{ REFUSED, GET "x: y\r\n", NULL, NULL },
	{ REFUSED, GET "x: y\rz\n", NULL, NULL },
	{ REFUSED, GET "x: y\x1fz\n", NULL, NULL },
	{ REFUSED, GET "x: abcdefghijklmnopqrst\x7fuvwxyzabcdefghi\n", NULL,
		NULL },
	{ REFUSED, GET "x:  y\n", NULL, NULL },
	{ REFUSED, GET "x: y \n", NULL, NULL },
	{ REFUSED, GET "x: \ty\n", NULL, NULL },
	{ REFUSED, GET "x: y\t\n", NULL, NULL },
	{ REFUSED, GET "x:  \n", NULL, NULL },
	{ REFUSED, GET "user-agent: y \n", NULL, NULL },
	{ REFUSED, GET "cookie: a=\x01\n", NULL, NULL },
	{ REFUSED, GET "cookie: a=1\ncookie:  b=2\n", NULL, NULL },
	/* fields of a connection: RFC 9113 8.2.2 */
	{ GOOD, GET "te: trailers\n", NULL, NULL },
	{ GOOD, GET "te: Trailers\n", NULL, NULL },
	{ REFUSED, GET "te: gzip\n", NULL, NULL },
	{ REFUSED, GET "te: trailers, gzip\n", NULL, NULL },
	{ REFUSED, GET "te: \n", NULL, NULL },
	{ REFUSED, GET "connection: close\n", NULL, NULL },
	{ REFUSED, GET "connection: \n", NULL, NULL },
	{ REFUSED, GET "keep-alive: 5\n", NULL, NULL },
	{ REFUSED, GET "proxy-connection: close\n", NULL, NULL },
	{ REFUSED, GET "transfer-encoding: chunked\n", NULL, NULL },
	{ REFUSED, GET "transfer-encoding: chunked\n", "0\r\n\r\n", NULL },
	{ REFUSED, GET "upgrade: h2c\n", NULL, NULL },
	/* the length of the content: RFC 9113 8.1.1 */
	{ GOOD, POST, "abc", NULL },
	{ GOOD, POST "content-length: 3\n", "abc", NULL },
	{ GOOD, POST "content-length: 00003\n", "abc", NULL },
	{ GOOD, POST "content-length: 0\n", NULL, NULL },
	{ GOOD, POST "content-length: 0\n", "", NULL },
	{ REFUSED, POST "content-length: 1\n", NULL, NULL },
	{ REFUSED, POST "content-length: 1\n", "", NULL },
	{ REFUSED, POST "content-length: 4\n", "abc", NULL },
	{ REFUSED, POST "content-length: 2\n", "abc", NULL },
	{ REFUSED, POST "content-length: 0\n", "abc", NULL },
	{ REFUSED, POST "content-length: 3\ncontent-length: 3\n", "abc", NULL },
	{ REFUSED, POST "content-length: +3\n", "abc", NULL },
	{ REFUSED, POST "content-length: -3\n", "abc", NULL },
	{ REFUSED, POST "content-length: 3,3\n", "abc", NULL },
	{ REFUSED, POST "content-length: 3 \n", "abc", NULL },
	{ REFUSED, POST "content-length: \n", "abc", NULL },
	{ REFUSED, POST "content-length: 9223372036854775808\n", "abc", NULL },
	{ REFUSED, POST "content-length: 99999999999999999999\n", "abc", NULL },
	{ REFUSED, ":method: CONNECT\n:authority: a:1\ncontent-length: x\n",
		NULL, NULL },
	{ 501, ":method: CONNECT\n:authority: a:1\ncontent-length: 5\n", NULL,
		NULL },
	/* trailers: RFC 9113 8.1 */
	{ GOOD, POST, "abc", "x: y\n" },
	{ GOOD, POST "content-length: 3\n", "abc", "x: y\n" },
	{ GOOD, POST, NULL, "x: y\n" },
	{ GOOD, POST, "abc", "content-length: 3\n" },
	{ REFUSED, POST, "abc", ":path: /\n" },
	{ REFUSED, POST, "abc", "x: y\n:path: /\n" },
	{ REFUSED, POST, "abc", ":status: 200\n" },
	{ REFUSED, POST, "abc", "X: y\n" },
	{ REFUSED, POST, "abc", "x y: z\n" },
	{ REFUSED, POST, "abc", "x:  y\n" },
	{ REFUSED, POST, "abc", "x: a\x01z\n" },
	{ REFUSED, POST, "abc", "connection: close\n" },
	{ REFUSED, POST, "abc", "te: gzip\n" },
	{ REFUSED, POST, "abc", "transfer-encoding: chunked\n" },
	{ REFUSED, POST, "abc", "content-length: 2\n" },
	{ REFUSED, POST "content-length: 4\n", "abc", "x: y\n" },
	{ REFUSED, POST "content-length: 3\n", "abc", "content-length: 3\n" },
	{ REFUSED, POST "content-length: 3\n", NULL, "x: y\n" },
};

static void
send_message(struct http2_client *c, size_t row)
{
	const char *content = messages[row].content;
	const char *trailers = messages[row].trailers;

	http2_client_headers(c, 1, messages[row].fields,
		content == NULL && trailers == NULL ? HTTP2_END_STREAM : 0);
	if (content != NULL)
		http2_client_send(c, HTTP2_DATA,
			trailers == NULL ? HTTP2_END_STREAM : 0, 1, content,
			strlen(content));
	if (trailers != NULL)
		http2_client_headers(c, 1, trailers, HTTP2_END_STREAM);
}

/* The next stream is served, so that the tables of both sides agree. */
static void
assert_goes_on(struct http2_client *c)
{
	struct http2_response r;

	http2_client_get(c, 3, "/", &r);
	ck_assert_int_eq(r.status, 200);
	http2_response_free(&r);
	http2_client_close(c);
}

START_TEST(malformed_messages_reset_their_stream)
{
	struct http2_client c;
	struct http2_response r;
	struct server s;

	server_serve(&s, ECHO);
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		http2_client_open(&c, s.port);
		send_message(&c, i);
		http2_client_response(&c, 1, &r);
		if (messages[i].status != REFUSED)
			ck_assert_msg(r.status == messages[i].status,
				"row %zu, %s: %d, reset %u", i,
				messages[i].fields, r.status, r.error);
		else
			ck_assert_msg(
				r.is_reset && r.error == HTTP2_PROTOCOL_ERROR,
				"row %zu, %s%s: %d, reset %u", i,
				messages[i].fields,
				messages[i].trailers == NULL
					? ""
					: messages[i].trailers,
				r.status, r.error);
		http2_response_free(&r);
		assert_goes_on(&c);
	}
	server_stop(&s);
}
END_TEST

/* Field blocks of GET http / a, and a field in which there is a NUL. */
static const struct {
	const char *bytes;
	size_t len;
} blocks[] = {
	{ "\x82\x86\x84\x41\1a\0\1x\2y\0", 12 },
	{ "\x82\x86\x84\x41\1a\0\1x\3y\nz", 13 },
	{ "\x82\x86\x84\x41\1a\0\2x\0\1y", 12 },
	{ "\x82\x86\x84\x41\1a\0\0\1y", 10 },
	{ "\x82\x86\x84\x41\2a\0", 7 },
	{ "\x82\x86\x04\2/\0\x41\1a", 9 },
};

START_TEST(a_nul_resets_its_stream)
{
	struct http2_client c;
	struct http2_response r;
	struct server s;

	server_serve(&s, ECHO);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		http2_client_open(&c, s.port);
		http2_client_send(&c, HTTP2_HEADERS,
			HTTP2_END_HEADERS | HTTP2_END_STREAM, 1,
			blocks[i].bytes, blocks[i].len);
		http2_client_response(&c, 1, &r);
		ck_assert_msg(r.is_reset && r.error == HTTP2_PROTOCOL_ERROR,
			"row %zu: %d, reset %u", i, r.status, r.error);
		http2_response_free(&r);
		assert_goes_on(&c);
	}
	server_stop(&s);
}
END_TEST

/* Trailers end a message. */
START_TEST(fields_behind_the_content_must_end_the_stream)
{
	struct http2_client c;
	struct http2_response r;
	struct server s;

	server_serve(&s, ECHO);
	http2_client_open(&c, s.port);
	http2_client_headers(&c, 1, POST, 0);
	http2_client_headers(&c, 1, "x: y\n", 0);
	http2_client_response(&c, 1, &r);
	ck_assert(r.is_reset);
	ck_assert_uint_eq(r.error, HTTP2_PROTOCOL_ERROR);
	http2_response_free(&r);
	assert_goes_on(&c);
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
		{ malformed_messages_reset_their_stream, 1 },
		{ a_nul_resets_its_stream, 1 },
		{ fields_behind_the_content_must_end_the_stream, 1 },
		{ a_connection_beyond_the_limit_of_its_client_is_told_to_calm_down,
			1 },
		{ a_proxy_header_comes_before_the_preface, 1 },
	};

	return harness_run("http2_refusals", tests, ROWS(tests));
}
