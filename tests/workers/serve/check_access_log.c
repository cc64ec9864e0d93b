/*
 * Lines of the access log, to the byte.
 * SPDX-License-Identifier: MIT
 */
#include "serve/access_log.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/fake_worker.h"
#include "support/harness.h"

#define WHEN   "::1 - - [23/Nov/2026:04:01:00 +0000] "
#define MEMBER "{\"time\":\"2026-11-23T04:01:00.000Z\",\"client\":\"::1\","
#define REST(status)                                                           \
	"\"trace_id\":null,\"scheme\":\"http\",\"site\":\"*\",\"route\":\"/"   \
	"\","                                                                  \
	"\"worker\":0,\"generation\":0,\"status\":" status ","
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define LINE  "GET /a HTTP/1.1\r\nHost: a\r\n"

// clang-format off
static const struct {
	const char *head, *line;
} combined[] = {
	{ LINE "\r\n", WHEN "\"GET /a HTTP/1.1\" 200 6 \"-\" \"-\"\n" },
	{ LINE "Referer: http://b/\r\nUser-Agent: c/1 (d)\r\n\r\n",
	  WHEN "\"GET /a HTTP/1.1\" 200 6 \"http://b/\" \"c/1 (d)\"\n" },
	{ "HEAD /a?b HTTP/1.0\r\n\r\n",
	  WHEN "\"HEAD /a?b HTTP/1.0\" 200 0 \"-\" \"-\"\n" },
	{ LINE "Range: bytes=1-2\r\n\r\n",
	  WHEN "\"GET /a HTTP/1.1\" 206 2 \"-\" \"-\"\n" },
	{ LINE "If-None-Match: *\r\n\r\n",
	  WHEN "\"GET /a HTTP/1.1\" 304 0 \"-\" \"-\"\n" },
	/* What a client forges stays inside its quotes. */
	{ LINE "User-Agent: \" 200 1 \"x\r\n\r\n",
	  WHEN "\"GET /a HTTP/1.1\" 200 6 \"-\" \"\\x22 200 1 \\x22x\"\n" },
	{ LINE "User-Agent: a\\b\tc\xff\xc3\xa4\r\n\r\n",
	  WHEN "\"GET /a HTTP/1.1\" 200 6 \"-\" "
	  "\"a\\x5Cb\\x09c\\xFF\\xC3\\xA4\"\n" },
	{ LINE "Referer: \x1b[2J\r\n\r\n", NULL },
	/* No request: nothing that it said. */
	{ "GET /a HTTP/1.1\r\nUser-Agent: b\r\n\r\n", NULL },
};

static const struct {
	const char *head, *start;
	const char *bytes;
} json[] = {
	{ LINE "\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":null,"
	  "\"request_id\":null," REST("200"), "6" },
	{ "HEAD /a?b HTTP/1.0\r\nReferer: c\r\nUser-Agent: d\r\n\r\n",
	  MEMBER "\"method\":\"HEAD\",\"target\":\"/a?b\",\"protocol\":"
	  "\"HTTP/1.0\",\"host\":null,\"referer\":\"c\",\"user_agent\":\"d\","
	  "\"request_id\":null," REST("200"), "0" },
	{ LINE "User-Agent: \xe2\x80\xae\xc2\x9b" "31m\r\n\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":"
	  "\"\\u202e\\u009b31m\",\"request_id\":null," REST("200"), "6" },
	{ LINE "User-Agent: \",\"status\":1,\"x\":\"\\\t\x80\xc3\xa4\r\n\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":"
	  "\"\\u0022,\\u0022status\\u0022:1,\\u0022x\\u0022:\\u0022"
	  "\\u005c\\u0009\\u0080\xc3\xa4\",\"request_id\":null," REST("200"), "6" },
	{ "GET /a\r\n\r\n",
	  MEMBER "\"method\":null,\"target\":null,\"protocol\":null,"
	  "\"host\":null,\"referer\":null,\"user_agent\":null,"
	  "\"request_id\":null,\"trace_id\":null,\"scheme\":\"http\","
	  "\"site\":null,\"route\":null,\"worker\":0,\"generation\":0,"
	  "\"status\":400,", NULL },
	{ LINE "traceparent: 00-" TRACE "-00f067aa0ba902b7-01\r\n"
	  "X-Request-Id: r1\r\n\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":null,"
	  "\"request_id\":\"r1\",\"trace_id\":\"" TRACE "\",\"scheme\":"
	  "\"http\",\"site\":\"*\",\"route\":\"/\",\"worker\":0,"
	  "\"generation\":0,\"status\":200,", "6" },
	/* No UTF-8: too long, a surrogate, above U+10FFFF, cut off. */
	{ LINE "User-Agent: \xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82\r\n\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":"
	  "\"\\u00c0\\u00af\\u00ed\\u00a0\\u0080\\u00f4\\u0090\\u0080\\u0080"
	  "\\u00e2\\u0082\",\"request_id\":null," REST("200"), "6" },
};
// clang-format on

static struct fake_worker fake;

static void
set_up(enum conf_log_format format)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
	fake.access_log.format = format;
	fake_worker_start(&fake);
}

START_TEST(a_combined_line_is_exact)
{
	char refused[256], *text;
	const char *line = combined[_i].line;

	set_up(CONF_LOG_COMBINED);
	fake_worker_ask(&fake, combined[_i].head);
	text = fake_worker_log(&fake);
	if (line == NULL) {
		snprintf(refused, sizeof(refused),
			WHEN "\"-\" 400 %zu \"-\" \"-\"\n",
			strlen(strstr(fake.answer, "\r\n\r\n") + 4));
		line = refused;
	}
	ck_assert_str_eq(text, line);
	free(text);
	fake_worker_close(&fake);
}
END_TEST

/* Checks a number behind a text; returns what follows. */
static const char *
skip_number(const char *p, const char *text)
{
	ck_assert_msg(strncmp(p, text, strlen(text)) == 0, "%s", p);
	p += strlen(text);
	ck_assert_msg(*p >= '0' && *p <= '9', "%s", p);
	return p + strspn(p, "0123456789");
}

START_TEST(a_json_line_is_exact_except_for_its_durations)
{
	const char *start = json[_i].start, *p;
	char *text, end[96];

	set_up(CONF_LOG_JSON);
	fake_worker_ask(&fake, json[_i].head);
	text = fake_worker_log(&fake);
	ck_assert_msg(strncmp(text, start, strlen(start)) == 0, "%s", text);
	p = text + strlen(start);
	if (json[_i].bytes != NULL) {
		snprintf(end, sizeof(end), "\"bytes\":%s,", json[_i].bytes);
		ck_assert_int_eq(strncmp(p, end, strlen(end)), 0);
	}
	p = skip_number(p, "\"bytes\":");
	p = skip_number(p, ",\"duration_us\":");
	p = skip_number(p, ",\"complete\":true,\"ttfb_us\":");
	snprintf(end, sizeof(end), ",\"bytes_in\":%zu,\"end\":\"ok\"}\n",
		json[_i].bytes == NULL ? 0 : strlen(json[_i].head));
	ck_assert_str_eq(p, end);
	free(text);
	fake_worker_close(&fake);
}
END_TEST

/* ---- trace IDs (W3C Trace Context 3.2) ---- */

static const struct {
	const char *field, *logged;
} traces[] = {
	{ "00-" TRACE "-00f067aa0ba902b7-00", TRACE },
	{ "cc-" TRACE "-00f067aa0ba902b7-00-more", TRACE },
	{ "00-" TRACE "-00f067aa0ba902b7-00-more", "-" },
	{ "ff-" TRACE "-00f067aa0ba902b7-00", "-" },
	{ "00-" TRACE "-0000000000000000-00", "-" },
	{ "00-00000000000000000000000000000000-00f067aa0ba902b7-00", "-" },
	{ "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-00", "-" },
	{ "00-" TRACE "-00f067aa0ba902b7-0", "-" },
	{ "00-" TRACE "_00f067aa0ba902b7-00", "-" },
	{ "00-" TRACE "-00f067aa0ba902b7-00\r\ntraceparent: x", "-" },
};

/* ---- own formats ---- */

static const struct conf_log_piece trace_pieces[] = {
	{ SPAN(""), LOG_VARIABLE_TRACE_ID },
};
static const struct conf_log_piece mixed_pieces[] = {
	{ SPAN("<"), LOG_VARIABLE_METHOD },
	{ SPAN("> "), LOG_VARIABLE_STATUS },
	{ SPAN(" "), LOG_VARIABLE_BYTES },
	{ SPAN(" "), LOG_VARIABLE_REFERER },
	{ SPAN(" "), LOG_VARIABLE_END },
	{ SPAN("/"), LOG_VARIABLE_COMPLETE },
	{ SPAN("/"), LOG_VARIABLE_USER_AGENT },
	{ SPAN("."), LOG_VARIABLES },
};

static void
set_up_own(const struct conf_log_piece *pieces, size_t n, bool is_json)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
	fake.access_log.format = CONF_LOG_OWN;
	fake.access_log.pieces = pieces;
	fake.access_log.npieces = n;
	fake.access_log.is_json = is_json;
	fake_worker_start(&fake);
}

static void
check_log(const char *expected)
{
	char *text = fake_worker_log(&fake);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(a_trace_id_is_logged_where_it_is_valid)
{
	char head[256], line[64];

	set_up_own(trace_pieces, ROWS(trace_pieces), false);
	snprintf(head, sizeof(head), LINE "traceparent: %s\r\n\r\n",
		traces[_i].field);
	snprintf(line, sizeof(line), "%s\n", traces[_i].logged);
	fake_worker_ask(&fake, head);
	check_log(line);
	fake_worker_close(&fake);
}
END_TEST

static const struct {
	bool is_json;
	const char *head, *line;
} own[] = {
	{ false, LINE "User-Agent: a\"b\r\n\r\n",
		"<GET> 200 6 - ok/true/a\\x22b.\n" },
	{ true, LINE "User-Agent: a\"b\r\n\r\n",
		"<GET> 200 6  ok/true/a\\u0022b.\n" },
	{ false, "HEAD /a HTTP/1.1\r\nHost: a\r\nReferer: r\r\n\r\n",
		"<HEAD> 200 0 r ok/true/-.\n" },
};

START_TEST(an_own_format_has_its_values_in_place)
{
	set_up_own(mixed_pieces, ROWS(mixed_pieces), own[_i].is_json);
	fake_worker_ask(&fake, own[_i].head);
	check_log(own[_i].line);
	fake_worker_close(&fake);
}
END_TEST

/* ---- which requests ---- */

static const char *const server_errors[] = { "5xx", NULL };
static const char *const not_found[] = { "404", NULL };
static const char *const no_status[] = { NULL };

static const struct {
	struct conf_log_when when;
	const char *target;
	bool is_logged;
} whens[] = {
	{ { server_errors, 0, 0 }, "/a", false },
	{ { server_errors, 0, 0 }, "/b", false },
	{ { server_errors, 0, 1 }, "/a", true },
	{ { not_found, 0, 0 }, "/b", true },
	{ { not_found, 0, 0 }, "/a", false },
	{ { no_status, 1000, 0 }, "/a", true }, /* the clock stands still */
	{ { no_status, 24 * 3600 * 1000 * INT64_C(100000), 0 }, "/a", false },
	{ { no_status, 0, 1 }, "/a", true },
};

START_TEST(a_log_has_the_requests_that_it_wants)
{
	char head[64], *text;

	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
	fake.access_log.has_when = true;
	fake.access_log.when = whens[_i].when;
	fake_worker_start(&fake);
	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
		whens[_i].target);
	fake_worker_ask(&fake, head);
	text = fake_worker_log(&fake);
	ck_assert_int_eq(*text != '\0', whens[_i].is_logged);
	free(text);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_sample_has_about_its_share)
{
	enum { REQUESTS = 4000, SHARE = 4 };
	size_t lines = 0;
	char *text;

	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
	fake.access_log.has_when = true;
	fake.access_log.when =
		(struct conf_log_when){ no_status, 0, 1. / SHARE };
	fake_worker_start(&fake);
	for (int i = 0; i < REQUESTS; i++)
		fake_worker_ask(&fake, LINE "\r\n");
	text = fake_worker_log(&fake);
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	ck_assert_uint_gt(lines, REQUESTS / SHARE * 8 / 10);
	ck_assert_uint_lt(lines, REQUESTS / SHARE * 12 / 10);
	free(text);
	fake_worker_close(&fake);
}
END_TEST

/* Bytes are looked at in blocks. */
START_TEST(a_quote_is_escaped_at_every_offset)
{
	enum { LEN = 40 };
	char agent[LEN + 1], head[128], expected[128], *text;

	set_up(CONF_LOG_COMBINED);
	memset(agent, 'a', LEN);
	agent[LEN] = '\0';
	agent[_i] = '"';
	snprintf(head, sizeof(head), LINE "User-Agent: %s\r\n\r\n", agent);
	snprintf(expected, sizeof(expected), "\"%.*s\\x22%s\"\n", _i, agent,
		agent + _i + 1);
	fake_worker_ask(&fake, head);
	text = fake_worker_log(&fake);
	ck_assert_ptr_nonnull(strstr(text, expected));
	free(text);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(each_response_is_logged_in_the_order_of_the_requests)
{
	char *text;

	set_up(CONF_LOG_COMBINED);
	fake_worker_ask(&fake, LINE "\r\n");
	fake_worker_ask(&fake, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
	fake_worker_ask(&fake, LINE "\r\n");
	text = fake_worker_log(&fake);
	ck_assert_ptr_nonnull(
		strstr(strstr(strstr(text, "/a "), "/b "), "/a "));
	ck_assert_uint_eq(fake.slot.requests, 3);
	ck_assert_uint_eq(fake_worker_responses(&fake, 2), 2);
	ck_assert_uint_eq(fake_worker_responses(&fake, 4), 1);
	free(text);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_disabled_log_still_counts_responses)
{
	char *text;

	set_up(CONF_LOG_COMBINED);
	fake.serve.access.server.count = 0;
	fake_worker_ask(&fake, LINE "\r\n");
	fake.serve.access.server.count = 1;
	text = fake_worker_log(&fake);
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(fake.slot.requests, 1);
	free(text);
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_combined_line_is_exact, ROWS(combined) },
		{ a_json_line_is_exact_except_for_its_durations, ROWS(json) },
		{ a_trace_id_is_logged_where_it_is_valid, ROWS(traces) },
		{ an_own_format_has_its_values_in_place, ROWS(own) },
		{ a_log_has_the_requests_that_it_wants, ROWS(whens) },
		{ a_sample_has_about_its_share, 0 },
		{ a_quote_is_escaped_at_every_offset, 40 },
		{ each_response_is_logged_in_the_order_of_the_requests, 0 },
		{ a_disabled_log_still_counts_responses, 0 },
	};

	return harness_run("access_log", tests, ROWS(tests));
}
