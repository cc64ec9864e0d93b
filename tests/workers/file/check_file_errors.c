/*
 * SPDX-License-Identifier: MIT
 */
#include "file/file_errors.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/sink.h"
#include "file/docroot.h"
#include "support/harness.h"

enum { OUT_MAX = 16384, MINUTE = 60000 /* ms */ };

static struct sink sink;
static struct log logger;
static FILE *file;
static struct file_errors errors;

static void
open_log(void)
{
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	sink_init(&sink, SINK_FD, dup(fileno(file)), OUT_MAX, true);
	logger = (struct log){ .to = &sink, .level = LOG_LEVEL_WARN };
	errors = (struct file_errors){ .log = &logger, .user = "www-data" };
}

/* Returns the lines that the log has, and closes it. */
static unsigned
count_lines(void)
{
	unsigned lines = 0;
	int c;

	sink_fini(&sink);
	rewind(file);
	while ((c = fgetc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void
tell(const char *path, int error, int64_t now_ms)
{
	static const struct conf_route route = { .files.root = "/srv" };
	static const struct docroot docroot = { .route = &route };

	file_errors_log(&errors, &docroot, span_of(path), error, now_ms);
}

static const struct {
	const char *first, *second; /* below the root */
	int first_error, second_error;
	int64_t after; /* ms */
	unsigned lines;
} rows[] = {
	{ "a/x", "a/y", EACCES, EACCES, 1, 1 },
	{ "a/x", "a/y", EACCES, EACCES, MINUTE, 2 },
	{ "a/x", "b/x", EACCES, EACCES, 1, 2 },
	{ "a/x", "a/x", EACCES, EIO, 1, 2 },
	{ "x", "", EACCES, EACCES, 1, 2 },
	{ "a/x", "a/y", ENOENT, ENOENT, 1, 0 },
};

START_TEST(each_directory_is_told_of_once_a_minute_for_each_error)
{
	open_log();
	tell(rows[_i].first, rows[_i].first_error, MINUTE);
	tell(rows[_i].second, rows[_i].second_error, MINUTE + rows[_i].after);
	ck_assert_uint_eq(count_lines(), rows[_i].lines);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_directory_is_told_of_once_a_minute_for_each_error,
			ROWS(rows) },
	};

	return harness_run("file_errors", tests, ROWS(tests));
}
