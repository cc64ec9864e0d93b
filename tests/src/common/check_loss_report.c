/*
 * The error log tells of lines that another log loses.
 * SPDX-License-Identifier: MIT
 */
#include "common/loss_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sink.h"
#include "support/harness.h"

enum { SIZE = 4096, OUT = 256 * 1024 };

#define LINE "{\"line\":\"0123456789 0123456789 0123456789\"}\n"

static struct sink access_sink, error_sink;
static struct log error_log;
static int log_ends[2], ends[2];
static char out[OUT + 1];

static void
set_up(int fd)
{
	ck_assert_int_eq(pipe(log_ends), 0);
	sink_init(&error_sink, SINK_FD, log_ends[1], SIZE, true);
	error_log = (struct log){
		.to = &error_sink, .level = LOG_LEVEL_NOTICE, .who = "worker 0"
	};
	ck_assert_int_ne(fd, -1);
	sink_init(&access_sink, SINK_FD, fd, SIZE, false);
}

static void
read_from(int fd)
{
	ssize_t n = read(fd, out, OUT);

	ck_assert_int_gt(n, 0);
	out[n] = '\0';
}

static void
tear_down(void)
{
	sink_fini(&error_sink);
	close(log_ends[0]);
}

/* Before a line is lost. */
START_TEST(a_full_disk_is_told_once)
{
	struct loss_report report = { .path = "/a.log" };

	set_up(open("/dev/full", O_WRONLY));
	sink_write(&access_sink, "one\ntwo\n", 8);
	loss_report_flush(&report, &access_sink, &error_log);
	loss_report_flush(&report, &access_sink, &error_log);
	read_from(log_ends[0]);
	ck_assert_ptr_nonnull(strstr(out, " error worker 0["));
	ck_assert_ptr_nonnull(strstr(out, "cannot write the access log /a.log: "
					  "No space left on device;"));
	ck_assert_ptr_eq(strchr(out, '\n'), out + strlen(out) - 1);
	loss_report_end(&report, &access_sink, &error_log);
	read_from(log_ends[0]);
	ck_assert_ptr_nonnull(strstr(out, "lost 2 lines of the access log "
					  "/a.log: No space left on device\n"));
	tear_down();
}
END_TEST

START_TEST(a_slow_reader_is_told_and_the_log_stays_json)
{
	struct loss_report report = { .path = "/a.log" };
	unsigned long lines;
	const char *notice;

	ck_assert_int_eq(pipe(ends), 0);
	set_up(ends[1]);
	access_sink.is_json = true;
	while (access_sink.dropped == 0)
		sink_write(&access_sink, LINE, sizeof(LINE) - 1);
	loss_report_flush(&report, &access_sink, &error_log);
	read_from(log_ends[0]);
	ck_assert_ptr_nonnull(strstr(out, " warn worker 0["));
	ck_assert_ptr_nonnull(
		strstr(out, "the access log /a.log takes lines too slowly"));
	read_from(ends[0]);
	loss_report_flush(&report, &access_sink, &error_log);
	read_from(ends[0]);
	notice = strstr(out, "{\"time\":\"2");
	ck_assert_ptr_nonnull(notice);
	notice = strstr(notice, "Z\",\"event\"");
	ck_assert_ptr_nonnull(notice);
	ck_assert_int_eq(
		sscanf(notice, "Z\",\"event\":\"dropped\",\"lines\":%lu}",
			&lines),
		1);
	ck_assert_uint_eq(lines, 1);
	loss_report_flush(&report, &access_sink, &error_log);
	read_from(log_ends[0]);
	ck_assert_ptr_nonnull(strstr(out,
		"the access log /a.log is written again; lines lost: 1\n"));
	loss_report_end(&report, &access_sink, &error_log);
	close(ends[0]);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_full_disk_is_told_once, 0 },
		{ a_slow_reader_is_told_and_the_log_stays_json, 0 },
	};

	return harness_run("loss_report", tests, ROWS(tests));
}
