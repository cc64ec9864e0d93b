/*
 * A PROXY header before the requests: whose it must be, what it changes, and
 * that it survives a reload.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

/* The loopback address tells the listener. */
#define PLAIN    "127.0.0.1"
#define REQUIRED "127.0.0.2"
#define OPTIONAL "127.0.0.3"

#define CONF(trusted)                                                          \
	"{\"workers\": 1, \"control\": \"control\", \"listen\": ["             \
	"\"" PLAIN ":$PORT\","                                                 \
	"{\"address\": \"" REQUIRED ":$PORT\","                                \
	" \"proxy_protocol\": \"required\"},"                                  \
	"{\"address\": \"" OPTIONAL ":$PORT\","                                \
	" \"proxy_protocol\": \"optional\"}],"                                 \
	"\"trusted\": [\"" trusted "\"],"                                      \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"head\": \"1s\"},"           \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\"},"               \
	" \"error\": {\"level\": \"info\"}},"                                  \
	"\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"},"   \
	"{\"path\": \"/inside/*\", \"return\": 200, \"text\": \"in\","         \
	" \"allow\": [\"192.0.2.0/24\", \"2001:db8::/32\"]}]}]}"

#define V1 "PROXY TCP4 192.0.2.7 198.51.100.2 12345 80\r\n"
#define V2                                                                     \
	"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07"                 \
	"\xc6\x33\x64\x02\x30\x39\x00\x50"
#define V2_IP6                                                                 \
	"\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x24"                                 \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"                           \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08\x30\x39\x00\x50"
#define LOCAL   "\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"
#define GET     "GET /inside/x HTTP/1.1\r\nHost: a\r\n\r\n"
#define TEXT(s) s, sizeof(s) - 1

static struct server s;

static void
assert_status(struct client *c, int status)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_int_eq(r.status, status);
	response_free(&r);
}

static void
serve(const char *conf)
{
	memset(&s, 0, sizeof(s));
	server_serve(&s, conf);
}

/* ---- the client's address ------------------------------------------------ */

/* "allow" lets the documentation's addresses in alone. */
static const struct {
	const char *to;
	const char *header;
	size_t len;
	int status;
	const char *logged;
} headers[] = {
	{ REQUIRED, TEXT(V1), 200, "192.0.2.7 - -" },
	{ REQUIRED, TEXT(V2), 200, "192.0.2.7 - -" },
	{ REQUIRED, TEXT(V2_IP6), 200, "2001:db8::7 - -" },
	{ REQUIRED, TEXT(LOCAL), 403, "127.0.0.1 - -" },
	{ REQUIRED, TEXT("PROXY UNKNOWN\r\n"), 403, "127.0.0.1 - -" },
	{ OPTIONAL, TEXT(V1), 200, "192.0.2.7 - -" },
	{ OPTIONAL, TEXT(V2), 200, "192.0.2.7 - -" },
	{ OPTIONAL, TEXT(""), 403, "127.0.0.1 - -" },
	{ PLAIN, TEXT(""), 403, "127.0.0.1 - -" },
};

static void
ask_behind_header(size_t row)
{
	struct client c;

	client_open_at(&c, headers[row].to, s.port);
	client_send(&c, headers[row].header, headers[row].len);
	for (int turn = 0; turn < 3; turn++) {
		client_say(&c, GET);
		assert_status(&c, headers[row].status);
	}
	client_close(&c);
}

/* In one server: a log is written once a second. */
START_TEST(the_header_names_the_client_of_every_request)
{
	serve(CONF("127.0.0.0/8"));
	for (size_t i = 0; i < ROWS(headers); i++)
		ask_behind_header(i);
	for (size_t i = 0; i < ROWS(headers); i++)
		ck_assert_msg(server_file_has(&s, "access.log",
				      headers[i].logged, 5000),
			"row %zu", i);
	server_stop(&s);
}
END_TEST

START_TEST(a_header_and_a_request_may_come_byte_by_byte)
{
	static const char v2[] = V2 GET;
	struct client c;

	serve(CONF("127.0.0.0/8"));
	client_open_at(&c, REQUIRED, s.port);
	ck_assert_uint_eq(client_drip(&c, V1 GET, 1), strlen(V1 GET));
	assert_status(&c, 200);
	client_close(&c);
	client_open_at(&c, OPTIONAL, s.port);
	for (size_t i = 0; i < sizeof(v2) - 1; i++)
		client_send(&c, v2 + i, 1);
	assert_status(&c, 200);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(pipelined_requests_follow_a_header)
{
	struct client c;

	serve(CONF("127.0.0.0/8"));
	client_open_at(&c, REQUIRED, s.port);
	client_say(&c, V1 GET GET GET);
	for (int i = 0; i < 3; i++)
		assert_status(&c, 200);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- refusals ------------------------------------------------------------ */

static const struct {
	const char *to;
	const char *trusted;
	const char *text;
	int status; /* 0: closed without an answer */
	const char *logged;
} refused[] = {
	{ REQUIRED, CONF("127.0.0.0/8"), GET, 0, "it was not sent" },
	{ REQUIRED, CONF("127.0.0.0/8"), "PROXY TCP4 192.0.2.7 x 1 2\r\n" GET,
		0, "an address that is" },
	{ REQUIRED, CONF("192.0.2.1"), V1 GET, 0, "not in \"trusted\"" },
	{ OPTIONAL, CONF("127.0.0.0/8"), "PROXY UDP4 a b 1 2\r\n" GET, 0,
		"a protocol other than" },
	/* From a client that is not trusted it is a malformed request. */
	{ OPTIONAL, CONF("192.0.2.1"), V1 GET, 400, "400" },
	{ PLAIN, CONF("127.0.0.0/8"), V1 GET, 400, "400" },
	/* The second one is the client's. */
	{ REQUIRED, CONF("127.0.0.0/8"), V1 V1 GET, 400, "400" },
	{ OPTIONAL, CONF("127.0.0.0/8"), V1 "PROXY UNKNOWN\r\n" GET, 400,
		"400" },
	{ REQUIRED, CONF("127.0.0.0/8"), "PROXY\r\n" GET, 0,
		"it was not sent" },
	{ REQUIRED, CONF("127.0.0.0/8"),
		"PROXY TCP4 192.0.2.7 198.51.100.2 1 2 \r\n" GET, 0,
		"a line with a space at its end" },
};

START_TEST(a_header_that_cannot_be_believed_ends_the_connection)
{
	struct client c;

	serve(refused[_i].trusted);
	client_open_at(&c, refused[_i].to, s.port);
	client_say(&c, refused[_i].text);
	if (refused[_i].status != 0)
		assert_status(&c, refused[_i].status);
	else
		ck_assert(client_is_gone(&c, 5000));
	client_close(&c);
	ck_assert(server_log_has(&s, refused[_i].logged, 5000));
	server_stop(&s);
}
END_TEST

START_TEST(a_header_has_to_come_in_time)
{
	struct client c;

	serve(CONF("127.0.0.0/8"));
	client_open_at(&c, REQUIRED, s.port);
	client_say(&c, "PROXY TCP4 ");
	ck_assert(client_is_gone(&c, 20000));
	client_close(&c);
	ck_assert(server_log_has(&s, "did not come in time", 5000));
	server_stop(&s);
}
END_TEST

START_TEST(a_header_without_a_trusted_proxy_is_a_configuration_error)
{
	struct program_result result;

	server_init(&s);
	server_configure(&s,
		"{\"listen\": [{\"address\": \"127.0.0.1:$PORT\","
		"\"proxy_protocol\": \"optional\"}]," SERVER_SITES "}");
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "check", "-c", s.file, NULL },
		&result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_ptr_nonnull(strstr(
		result.err, "listen[0].proxy_protocol: needs \"trusted\""));
}
END_TEST

/* ---- a reload ------------------------------------------------------------ */

START_TEST(a_client_stays_known_over_a_reload)
{
	struct client idle, half;
	struct program_result result;

	serve(CONF("127.0.0.0/8"));
	client_open_at(&idle, REQUIRED, s.port);
	client_say(&idle, V1 GET);
	assert_status(&idle, 200);
	client_open_at(&half, REQUIRED, s.port);
	client_say(&half, "PROXY TCP4 192.0.2.7 ");
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "reload", "-c", s.file, NULL },
		&result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	client_say(&idle, GET);
	assert_status(&idle, 200);
	client_say(&half, "198.51.100.2 12345 80\r\n" GET);
	assert_status(&half, 200);
	client_close(&idle);
	client_close(&half);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_header_names_the_client_of_every_request, 1 },
		{ a_header_and_a_request_may_come_byte_by_byte, 1 },
		{ pipelined_requests_follow_a_header, 1 },
		{ a_header_that_cannot_be_believed_ends_the_connection,
			ROWS(refused) },
		{ a_header_has_to_come_in_time, 1 },
		{ a_header_without_a_trusted_proxy_is_a_configuration_error,
			1 },
		{ a_client_stays_known_over_a_reload, 1 },
	};

	return harness_run("proxy_header", tests, ROWS(tests));
}
