/*
 * The lines of prong top, for any size of the terminal.
 * SPDX-License-Identifier: MIT
 */
#include "cli/top_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

#define HEAD                                                                   \
	"\"version\":\"1.2\",\"pid\":42,\"state\":\"serving\",\"uptime\":7,"   \
	"\"current_generation\":3,\"workers_wanted\":2,"                       \
	"\"connections\":{\"idle\":5,\"reading\":1,\"waiting\":2,"             \
	"\"writing\":0,\"limit\":100,\"accept_queue\":4},"                     \
	"\"requests_per_second\":12345.6,\"bytes_sent_per_second\":1e7,"       \
	"\"4xx_per_second\":0.25,\"5xx_per_second\":0,\"p50\":0.0004,"         \
	"\"p99\":0.0123,"
#define SITE                                                                   \
	"{\"site\":\"a.example\",\"requests_per_second\":3,"                   \
	"\"bytes_sent_per_second\":999,\"4xx_per_second\":0,"                  \
	"\"5xx_per_second\":1.5,\"p50\":null,\"p99\":10}"
#define WORKER                                                                 \
	"{\"worker\":0,\"pid\":43,\"generation\":3,\"state\":\"serving\","     \
	"\"connections\":8,\"cpu_percent\":97.6,\"resident_bytes\":4300000,"   \
	"\"lag_ms\":3,\"heartbeat_ms\":20,\"requests_per_second\":3,"          \
	"\"doing\":\"GET /x HTTP/1.1\"}"
#define RUNNING                                                                \
	"{\"worker\":1,\"age_ms\":65400,\"site\":\"a.example\","               \
	"\"route\":\"/x/*\",\"request\":\"GET /x/y HTTP/1.1\"}"
#define FIGURES                                                                \
	"{" HEAD "\"sites\":[" SITE "],\"workers\":[" WORKER                   \
	"],\"running\":[" RUNNING "],\"running_others\":0}"

static struct top_lines lines;

static void
render(const char *text, size_t width, size_t height, const char *message)
{
	json_t *figures = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(figures);
	top_lines_render(&lines, figures, width, height, message);
	json_decref(figures);
	ck_assert_uint_le(lines.n, height);
	for (size_t i = 0; i < lines.n; i++) {
		ck_assert_uint_le(strlen(lines.all[i].text), width);
		for (const char *c = lines.all[i].text; *c != '\0'; c++)
			ck_assert(*c >= ' ' && *c < 0x7f);
	}
}

static const struct {
	const char *text;
	enum top_style style;
} page[] = {
	{ "prong 1.2, pid 42: serving for 7.0s, generation 3, 1 of 2 workers "
	  "serve",
		TOP_TITLE },
	{ "12.3k requests/s, 10.0M bytes/s sent, p50 <1ms, p99 12ms, 4xx "
	  "0.2/s, 5xx 0/s",
		TOP_PLAIN },
	{ "8 of 100 connections: 5 idle, 1 reading, 2 waiting, 0 writing; 4 "
	  "queued",
		TOP_PLAIN },
	{ "", TOP_PLAIN },
	{ "SITE                               REQ/S  SENT/S     P50     P99   "
	  "4XX/S  5XX/S",
		TOP_HEADING },
	{ "a.example                            3.0     999       -    >10s   "
	  "    0    1.5",
		TOP_ALARM },
	{ "", TOP_PLAIN },
	{ "WORKER     PID GEN STATE      REQ/S  CONNS  CPU%  MEMORY    LAG "
	  "DOING",
		TOP_HEADING },
	{ "     0      43   3 serving      3.0      8    98    4.1M    3ms GET "
	  "/x HTTP/1.1",
		TOP_PLAIN },
	{ "", TOP_PLAIN },
	{ "    AGE WORKER  REQUEST (SITE AND ROUTE)", TOP_HEADING },
	{ "  65.4s      1  GET /x/y HTTP/1.1 (a.example /x/*)", TOP_PLAIN },
};

START_TEST(eighty_columns_show_all)
{
	render(FIGURES, 80, 24, NULL);
	ck_assert_uint_eq(lines.n, ROWS(page));
	for (size_t i = 0; i < ROWS(page); i++) {
		ck_assert_str_eq(lines.all[i].text, page[i].text);
		ck_assert_int_eq(lines.all[i].style, page[i].style);
	}
}
END_TEST

START_TEST(any_size_is_kept_to)
{
	for (size_t width = 0; width < 90; width++)
		for (size_t height = 0; height < 16; height++)
			render(FIGURES, width, height, "a message");
	render(FIGURES, 5000, 5000, NULL);
}
END_TEST

START_TEST(a_message_is_the_last_line)
{
	render(FIGURES, 80, 6, "a message");
	ck_assert_uint_eq(lines.n, 6);
	ck_assert_str_eq(lines.all[5].text, "a message");
}
END_TEST

/* An array of n objects. */
static char *
repeat(const char *object, int n)
{
	size_t len = strlen(object) + 1;
	char *text = calloc((size_t)n * len + 1, 1);

	for (int i = 0; i < n; i++) {
		strcat(text, i == 0 ? "" : ",");
		strcat(text, object);
	}
	return text;
}

static size_t
count_lines(const char *part)
{
	size_t n = 0;

	for (size_t i = 0; i < lines.n; i++)
		n += strstr(lines.all[i].text, part) != NULL;
	return n;
}

static const struct {
	int sites, workers, running, others;
	size_t height;
	/* lines */
	size_t shown_sites, shown_workers, shown_running;
	const char *rest;
} lists[] = {
	{ 2, 2, 2, 0, 24, 2, 2, 2, NULL },
	{ 2, 2, 2, 5, 24, 2, 2, 2, "and 5 more" },
	/* 9 lines of heads leave 15. */
	{ 2, 2, 40, 0, 24, 2, 2, 10, "and 30 more" },
	{ 40, 2, 40, 7, 24, 7, 2, 4, "and 33 more" },
	{ 40, 40, 40, 7, 24, 4, 4, 4, "and 43 more" },
	{ 40, 40, 40, 7, 10, 0, 0, 0, NULL },
	{ 40, 40, 40, 0, TOP_ROWS, 40, 40, 40, NULL },
};

START_TEST(long_lists_share_the_lines)
{
	char *sites = repeat(SITE, lists[_i].sites);
	char *workers = repeat(WORKER, lists[_i].workers);
	char *running = repeat(RUNNING, lists[_i].running);
	char *text;

	ck_assert_int_ne(asprintf(&text,
				 "{" HEAD "\"sites\":[%s],\"workers\":[%s],"
				 "\"running\":[%s],\"running_others\":%d}",
				 sites, workers, running, lists[_i].others),
		-1);
	render(text, 80, lists[_i].height, NULL);
	ck_assert_uint_eq(count_lines("a.example   "), lists[_i].shown_sites);
	ck_assert_uint_eq(count_lines("GET /x HTTP"), lists[_i].shown_workers);
	ck_assert_uint_eq(count_lines("GET /x/y"), lists[_i].shown_running);
	if (lists[_i].rest != NULL)
		ck_assert_uint_eq(count_lines(lists[_i].rest), 1);
	else if (lists[_i].height > 10)
		ck_assert_uint_eq(count_lines(" more"), 0);
	free(text);
	free(running);
	free(workers);
	free(sites);
}
END_TEST

static const struct {
	const char *figures, *line;
} texts[] = {
	/* What a client sent controls no terminal. */
	{ "{\"running\":[{\"request\":\"GET /\\u001b[2J\\u009b\\u00e9\"}]}",
		"   0.0s      0  GET /?[2J?? ()" },
	{ "{\"sites\":[{\"site\":\"b\\u00fccher\"}]}", "b?cher" },
	{ "{\"refused_per_second\":{\"rate\":2.5,\"limit\":12000}}",
		"refused: rate 2.5/s, limit 12.0k/s" },
	{ "{\"log_lines_dropped\":{\"access\":3,\"error\":0}}",
		"since the start: 0 crashes; log lines dropped: 3 access, 0 "
		"error" },
	{ "{\"workers\":[{\"state\":\"serving\",\"heartbeat_ms\":9000}]}",
		" stalled " },
	{ "{}", "- requests/s" },
	{ "{\"requests_per_second\":9999.4}", "9999 requests/s" },
	{ "{\"requests_per_second\":9999.5}", "10.0k requests/s" },
	{ "{\"requests_per_second\":999949}", "999.9k requests/s" },
	{ "{\"requests_per_second\":999951}", "1.0M requests/s" },
	{ "{\"requests_per_second\":1e300}", "999.0E requests/s" },
	{ "{\"p50\":0.0015}", "p50 1.5ms" },
	{ "{\"p50\":1.25}", "p50 1.2s" },
	{ "{\"uptime\":90000}", "for 25h" },
};

START_TEST(texts_and_numbers_are_printable)
{
	render(texts[_i].figures, 400, 40, NULL);
	ck_assert_uint_eq(count_lines(texts[_i].line), 1);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ eighty_columns_show_all, 1 },
		{ any_size_is_kept_to, 1 },
		{ a_message_is_the_last_line, 1 },
		{ long_lists_share_the_lines, ROWS(lists) },
		{ texts_and_numbers_are_printable, ROWS(texts) },
	};

	return harness_run("top_lines", tests, ROWS(tests));
}
