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
#define MEMBER "{\"time\":\"2026-11-23T04:01:00Z\",\"client\":\"::1\","
#define LINE   "GET /a HTTP/1.1\r\nHost: a\r\n"

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
	  "\"request_id\":null,"
	  "\"status\":200,", "6" },
	{ "HEAD /a?b HTTP/1.0\r\nReferer: c\r\nUser-Agent: d\r\n\r\n",
	  MEMBER "\"method\":\"HEAD\",\"target\":\"/a?b\",\"protocol\":"
	  "\"HTTP/1.0\",\"host\":null,\"referer\":\"c\",\"user_agent\":\"d\","
	  "\"request_id\":null,"
	  "\"status\":200,", "0" },
	{ LINE "User-Agent: \xe2\x80\xae\xc2\x9b" "31m\r\n\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":"
	  "\"\\u202e\\u009b31m\",\"request_id\":null,\"status\":200,", "6" },
	{ LINE "User-Agent: \",\"status\":1,\"x\":\"\\\t\x80\xc3\xa4\r\n\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":"
	  "\"\\u0022,\\u0022status\\u0022:1,\\u0022x\\u0022:\\u0022"
	  "\\u005c\\u0009\\u0080\xc3\xa4\",\"request_id\":null,\"status\":200,", "6" },
	{ "GET /a\r\n\r\n",
	  MEMBER "\"method\":null,\"target\":null,\"protocol\":null,"
	  "\"host\":null,\"referer\":null,\"user_agent\":null,"
	  "\"request_id\":null,"
	  "\"status\":400,", NULL },
	/* No UTF-8: too long, a surrogate, above U+10FFFF, cut off. */
	{ LINE "User-Agent: \xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82\r\n\r\n",
	  MEMBER "\"method\":\"GET\",\"target\":\"/a\",\"protocol\":"
	  "\"HTTP/1.1\",\"host\":\"a\",\"referer\":null,\"user_agent\":"
	  "\"\\u00c0\\u00af\\u00ed\\u00a0\\u0080\\u00f4\\u0090\\u0080\\u0080"
	  "\\u00e2\\u0082\",\"request_id\":null,\"status\":200,", "6" },
};
// clang-format on

static struct fake_worker fake;

static void
set_up(enum conf_log_format format)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
	fake.conf.log.access_format = format;
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

START_TEST(a_json_line_is_exact_except_for_its_duration)
{
	char *text, end[64];
	const char *p;

	set_up(CONF_LOG_JSON);
	fake_worker_ask(&fake, json[_i].head);
	text = fake_worker_log(&fake);
	ck_assert_msg(
		strncmp(text, json[_i].start, strlen(json[_i].start)) == 0,
		"%s", text);
	p = text + strlen(json[_i].start);
	snprintf(end, sizeof(end), "\"bytes\":%s,\"duration_us\":",
		json[_i].bytes == NULL ? "" : json[_i].bytes);
	if (json[_i].bytes != NULL)
		ck_assert_int_eq(strncmp(p, end, strlen(end)), 0);
	p = strstr(p, ",\"duration_us\":");
	ck_assert_ptr_nonnull(p);
	p += strlen(",\"duration_us\":");
	ck_assert_uint_gt(strspn(p, "0123456789"), 0);
	p += strspn(p, "0123456789");
	ck_assert_str_eq(p, ",\"complete\":true}\n");
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
	fake.worker.access_sink.kind = SINK_OFF;
	fake_worker_ask(&fake, LINE "\r\n");
	fake.worker.access_sink.kind = SINK_FD;
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
		{ a_json_line_is_exact_except_for_its_duration, ROWS(json) },
		{ a_quote_is_escaped_at_every_offset, 40 },
		{ each_response_is_logged_in_the_order_of_the_requests, 0 },
		{ a_disabled_log_still_counts_responses, 0 },
	};

	return harness_run("access_log", tests, ROWS(tests));
}
