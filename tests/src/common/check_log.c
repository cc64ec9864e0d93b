/*
 * SPDX-License-Identifier: MIT
 */
#include "common/log.h"

#include <check.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/harness.h"

enum { OUT_MAX = 16384 };

static struct sink sink;
static struct log logger;
static FILE *file;

static void
open_log(void)
{
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	sink_init(&sink, SINK_FD, dup(fileno(file)), OUT_MAX, true);
	logger = (struct log){
		.to = &sink,
		.level = LOG_LEVEL_INFO,
		.who = "worker 3",
	};
}

static void
close_log(void)
{
	sink_fini(&sink);
	fclose(file);
}

static const char *
read_log(void)
{
	static char out[OUT_MAX];
	ssize_t n = pread(fileno(file), out, sizeof(out) - 1, 0);

	ck_assert_int_ge(n, 0);
	out[n] = '\0';
	return out;
}

/* Returns the log from behind "worker 3[PID]: ". */
static const char *
read_message(void)
{
	const char *at = strstr(read_log(), "]: ");

	ck_assert_ptr_nonnull(at);
	return at + 3;
}

START_TEST(line_has_time_level_name_and_pid)
{
	char pattern[256];
	regex_t re;

	snprintf(pattern, sizeof(pattern),
		"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
		"\\.[0-9]{3}Z warn worker 3\\[%ld\\]: coped with 4 things\n$",
		(long)getpid());
	ck_assert_int_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	log_warnx(&logger, "coped with %d things", 4);
	ck_assert_int_eq(regexec(&re, read_log(), 0, NULL, 0), 0);
	regfree(&re);
}
END_TEST

/* Compares the line from behind its time. */
static void
check_json(const char *expected)
{
	const char *line = read_log();

	ck_assert_int_eq(strncmp(line, "{\"time\":\"20", 11), 0);
	ck_assert_str_eq(
		line + strlen("{\"time\":\"2026-11-23T04:01:00.123Z\","),
		expected);
}

START_TEST(a_json_line_has_the_same_parts)
{
	char expected[256];

	sink.is_json = true;
	log_warnx(&logger, "said \"%s\"\n", "a\\b");
	snprintf(expected, sizeof(expected),
		"\"level\":\"warn\",\"event\":\"said \\\"a\\\\b\\\"\\\\x0a\","
		"\"pid\":%ld,\"worker\":3}\n",
		(long)getpid());
	check_json(expected);
}
END_TEST

START_TEST(the_master_is_no_worker_in_a_json_line)
{
	char expected[256];

	sink.is_json = true;
	strcpy(logger.who, "master");
	log_errx(&logger, "x");
	snprintf(expected, sizeof(expected),
		"\"level\":\"error\",\"event\":\"x\",\"pid\":%ld,"
		"\"worker\":null}\n",
		(long)getpid());
	check_json(expected);
}
END_TEST

/* All of it needs an escape. */
START_TEST(the_longest_json_line_fits)
{
	char text[5000];

	sink.is_json = true;
	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_warnx(&logger, "%s", text);
	ck_assert_ptr_nonnull(strstr(read_log(), "...\",\"pid\":"));
}
END_TEST

START_TEST(a_line_for_the_journal_begins_with_its_severity)
{
	sink.is_journal = true;
	log_errx(&logger, "x");
	ck_assert_int_eq(strncmp(read_log(), "<3>20", 5), 0);
}
END_TEST

START_TEST(time_is_utc)
{
	char before[32], after[32], line[32] = "";
	struct timespec now;

	/* Not time(2): it lags behind the log's clock by up to a tick. */
	clock_gettime(CLOCK_REALTIME, &now);
	setenv("TZ", "UTC-14", 1);
	tzset();
	strftime(before, sizeof(before), "%FT%T", gmtime(&now.tv_sec));
	log_notice(&logger, "x");
	clock_gettime(CLOCK_REALTIME, &now);
	strftime(after, sizeof(after), "%FT%T", gmtime(&now.tv_sec));
	memcpy(line, read_log(), 19);
	ck_assert_str_ge(line, before);
	ck_assert_str_le(line, after);
}
END_TEST

START_TEST(log_err_appends_and_preserves_errno)
{
	errno = ENOENT;
	log_err(&logger, "open %s", "/x");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(
		read_message(), "open /x: No such file or directory\n");
}
END_TEST

START_TEST(message_below_the_level_is_dropped)
{
	log_debug(&logger, "x");
	ck_assert_str_eq(read_log(), "");
	log_info(&logger, "y");
	ck_assert_str_eq(read_message(), "y\n");
}
END_TEST

static void
give_context(void *arg, char *text, size_t size)
{
	snprintf(text, size, "%s", (const char *)arg);
}

START_TEST(context_follows_the_message)
{
	char doing[] = "sending the response\nto nobody";

	logger.context = give_context;
	logger.context_arg = doing;
	errno = EPIPE;
	log_err(&logger, "write");
	ck_assert_str_eq(read_message(), "write: Broken pipe while sending "
					 "the response\\x0ato nobody\n");
}
END_TEST

START_TEST(empty_context_adds_nothing)
{
	char nothing[] = "";

	logger.context = give_context;
	logger.context_arg = nothing;
	log_errx(&logger, "x");
	ck_assert_str_eq(read_message(), "x\n");
}
END_TEST

// clang-format off
static const struct row {
	const char *text, *shown;
} escapes[] = {
	{ "x\n2026-11-23T10:08:00.123Z error master[1]: hacked",
	  "x\\x0a2026-11-23T10:08:00.123Z error master[1]: hacked" },
	{ "a\r\tb",              "a\\x0d\\x09b" },
	{ "\x1b[2J\x7f",         "\\x1b[2J\\x7f" },
	{ "gr\xc3\xbc\xc3\x9f",  "gr\xc3\xbc\xc3\x9f" },
	{ "\xe2\x82\xac",        "\xe2\x82\xac" },
	{ "\xf0\x9f\x98\x80",    "\xf0\x9f\x98\x80" },
	{ "\xff\xfe",            "\\xff\\xfe" },
	{ "\x80",                "\\x80" },
	{ "\xc3",                "\\xc3" },             /* ends too early */
	{ "\xe2\x82",            "\\xe2\\x82" },
	{ "\xf0\x9f\x98",        "\\xf0\\x9f\\x98" },
	{ "\xc3(",               "\\xc3(" },
	{ "\xc0\x8a",            "\\xc0\\x8a" },        /* overlong newline */
	{ "\xe0\x80\x8a",        "\\xe0\\x80\\x8a" },
	{ "\xf0\x80\x80\x8a",    "\\xf0\\x80\\x80\\x8a" },
	{ "\xed\xa0\x80",        "\\xed\\xa0\\x80" },   /* a surrogate */
	{ "\xf4\x90\x80\x80",    "\\xf4\\x90\\x80\\x80" },
	{ "\xc2\x85",            "\\xc2\\x85" },        /* U+0085, next line */
	{ "\xc2\x9b" "31m",      "\\xc2\\x9b" "31m" },  /* U+009B, CSI */
	{ "\xc2\xa0",            "\xc2\xa0" },
};
// clang-format on

START_TEST(control_characters_are_escaped)
{
	char want[256];

	log_info(&logger, "%s", escapes[_i].text);
	snprintf(want, sizeof(want), "%s\n", escapes[_i].shown);
	ck_assert_str_eq(read_message(), want);
}
END_TEST

static const struct cut {
	const char *piece;
	size_t pieces, shown; /* bytes of message before the end of line */
} cuts[] = {
	{ "x", 2048, 2048 },
	{ "x", 2049, 2051 }, /* "..." */
	{ "x", 100000, 2051 },
	{ "\n", 512, 2048 },
	{ "\n", 513, 2051 },
	{ "\n", 5000, 2051 },
	{ "\xe2\x82\xac", 683, 2049 }, /* 2046 and "...": no half of one */
	{ "\xe2\x82\xac", 682, 2046 },
};

START_TEST(long_message_is_cut_between_two_characters)
{
	const struct cut *c = &cuts[_i];
	size_t n = strlen(c->piece), len = n * c->pieces;
	char *text = malloc(len + 1);
	const char *shown;

	for (size_t i = 0; i < c->pieces; i++)
		memcpy(text + i * n, c->piece, n);
	text[len] = '\0';
	log_info(&logger, "%s", text);
	free(text);
	shown = read_message();
	ck_assert_uint_eq(strcspn(shown, "\n"), c->shown);
	ck_assert_int_eq(strstr(shown, "...\n") != NULL,
		c->shown == 2051 || c->shown == 2049);
	ck_assert_str_eq(strchr(shown, '\n'), "\n");
}
END_TEST

START_TEST(context_of_full_length_fits)
{
	char doing[1000];

	memset(doing, '\n', sizeof(doing) - 1);
	doing[sizeof(doing) - 1] = '\0';
	memset(logger.who, 'w', sizeof(logger.who) - 1);
	logger.context = give_context;
	logger.context_arg = doing;
	errno = ENAMETOOLONG;
	log_err(&logger, "%5000s", "x");
	ck_assert_ptr_nonnull(strstr(read_log(), "\\x0a...\n"));
}
END_TEST

START_TEST(every_level_has_a_name)
{
	ck_assert_ptr_nonnull(log_level_names[_i]);
	ck_assert_ptr_null(log_level_names[LOG_LEVELS]);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = open_log,
		.teardown = close_log };
	const struct harness_test tests[] = {
		{ line_has_time_level_name_and_pid, 0 },
		{ time_is_utc, 0 },
		{ a_json_line_has_the_same_parts, 0 },
		{ the_master_is_no_worker_in_a_json_line, 0 },
		{ the_longest_json_line_fits, 0 },
		{ a_line_for_the_journal_begins_with_its_severity, 0 },
		{ log_err_appends_and_preserves_errno, 0 },
		{ message_below_the_level_is_dropped, 0 },
		{ context_follows_the_message, 0 },
		{ empty_context_adds_nothing, 0 },
		{ control_characters_are_escaped, ROWS(escapes) },
		{ long_message_is_cut_between_two_characters, ROWS(cuts) },
		{ context_of_full_length_fits, 0 },
		{ every_level_has_a_name, LOG_LEVEL_DEBUG + 1 },
	};

	return harness_run_with(&fixture, "log", tests, ROWS(tests));
}
