/*
 * A write that blocks fails its test by Check's time limit.
 * SPDX-License-Identifier: MIT
 */
#include "common/sink.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/harness.h"

enum { SIZE = 4096, OUT_MAX = 1 << 20 };

static struct sink sink;
static int ends[2]; /* of a pipe: the sink writes to the second */
static char out[OUT_MAX];

static void
open_pipe(size_t size, bool line_by_line)
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	sink_init(&sink, SINK_FD, ends[1], size, line_by_line);
}

/* Appends the content of the pipe to out.  Returns the length of out. */
static size_t
read_ready(size_t used)
{
	ssize_t n;

	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	while ((n = read(ends[0], out + used, OUT_MAX - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	return used;
}

/* Reads and flushes until the sink is empty. */
static size_t
read_all(size_t used)
{
	do {
		used = read_ready(used);
		sink_flush(&sink);
	} while (sink.used > 0);
	return read_ready(used);
}

static void
write_text(const char *text)
{
	sink_write(&sink, text, strlen(text));
}

static size_t
read_path(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t n;

	ck_assert_ptr_nonnull(file);
	n = fread(out, 1, OUT_MAX - 1, file);
	fclose(file);
	out[n] = '\0';
	return n;
}

START_TEST(lines_are_buffered_until_a_flush)
{
	open_pipe(SIZE, false);
	write_text("one\n");
	write_text("two\n");
	ck_assert_uint_eq(read_ready(0), 0);
	sink_flush(&sink);
	read_ready(0);
	ck_assert_str_eq(out, "one\ntwo\n");
	sink_fini(&sink);
}
END_TEST

START_TEST(line_by_line_sink_writes_at_once)
{
	open_pipe(SIZE, true);
	write_text("one\n");
	read_ready(0);
	ck_assert_str_eq(out, "one\n");
	memcpy(sink_reserve(&sink, 10), "two\n", 4);
	sink_commit(&sink, 4);
	read_ready(0);
	ck_assert_str_eq(out, "two\n");
	sink_fini(&sink);
}
END_TEST

START_TEST(reserved_line_is_written_in_place)
{
	char *at;

	open_pipe(SIZE, false);
	at = sink_reserve(&sink, 100);
	ck_assert_ptr_nonnull(at);
	memcpy(at, "line\n", 5);
	sink_commit(&sink, 5);
	sink_flush(&sink);
	read_ready(0);
	ck_assert_str_eq(out, "line\n");
	sink_fini(&sink);
}
END_TEST

/*
 * Writes numbered lines into a pipe, first without and then with a reader: the
 * numbers and the reports of dropped lines add up.
 */
START_TEST(full_pipe_drops_and_counts_lines)
{
	unsigned long told = 0, n, seen = 0;
	char line[64], *at, *next;
	enum { LINES = 3000 };

	open_pipe(SIZE, false);
	for (int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "line %d of a log\n", i);
		write_text(line);
	}
	ck_assert_uint_gt(sink.dropped, 0);
	read_all(0);
	write_text("last\n");
	sink_flush(&sink);
	read_all(strlen(out));
	for (at = out; *at != '\0'; at = next) {
		next = strchr(at, '\n') + 1;
		if (sscanf(at, "line %lu of", &n) == 1)
			ck_assert_uint_eq(n, seen++ + told);
		else if (sscanf(at, "prong: %lu log lines dropped", &n) == 1)
			told += n;
		else
			ck_assert_int_eq(strncmp(at, "last\n", 5), 0);
	}
	ck_assert_uint_gt(told, 0);
	ck_assert_uint_eq(seen + told, LINES);
	ck_assert_uint_eq(sink.dropped, 0);
	ck_assert_str_eq(out + strlen(out) - 6, "\nlast\n");
	sink_fini(&sink);
}
END_TEST

START_TEST(flush_reports_dropped_lines)
{
	open_pipe(SIZE, false);
	while (sink.dropped == 0)
		write_text("0123456789 0123456789 0123456789\n");
	read_all(0);
	ck_assert_ptr_nonnull(strstr(out, "\nprong: 1 log line dropped\n"));
	sink_fini(&sink);
}
END_TEST

START_TEST(reservation_in_a_full_sink_is_counted_as_dropped)
{
	open_pipe(SIZE, false);
	while (sink.dropped == 0)
		write_text("0123456789 0123456789 0123456789\n");
	ck_assert_ptr_null(sink_reserve(&sink, 100));
	ck_assert_uint_eq(sink.dropped, 2);
	read_all(0);
	ck_assert_ptr_nonnull(sink_reserve(&sink, 100));
	sink_fini(&sink);
}
END_TEST

START_TEST(line_larger_than_the_buffer_is_dropped)
{
	char line[SIZE + 2];

	open_pipe(SIZE, false);
	memset(line, 'x', SIZE);
	strcpy(line + SIZE, "\n");
	write_text(line);
	ck_assert_uint_eq(sink.dropped, 1);
	write_text("next\n");
	read_all(0);
	ck_assert_str_eq(out, "prong: 1 log line dropped\nnext\n");
	sink_fini(&sink);
}
END_TEST

START_TEST(fini_does_not_wait_for_a_reader)
{
	open_pipe(SIZE, false);
	while (sink.dropped < 10)
		write_text("0123456789 0123456789 0123456789\n");
	sink_fini(&sink);
	ck_assert_int_eq(fcntl(ends[1], F_GETFD), -1);
}
END_TEST

START_TEST(pipe_without_reader_drops_lines)
{
	signal(SIGPIPE, SIG_IGN);
	open_pipe(SIZE, false);
	close(ends[0]);
	for (int i = 0; i < 1000; i++)
		write_text("0123456789 0123456789 0123456789\n");
	ck_assert_uint_gt(sink.dropped, 800);
	sink_fini(&sink);
}
END_TEST

START_TEST(flush_preserves_errno)
{
	open_pipe(SIZE, true);
	while (sink.dropped == 0)
		write_text("0123456789 0123456789 0123456789\n");
	errno = ENOENT;
	write_text("x\n");
	ck_assert_int_eq(errno, ENOENT);
	sink_fini(&sink);
}
END_TEST

static void
write_lines_and_exit(char c)
{
	char line[1200];

	memset(line, c, sizeof(line));
	for (int i = 0; i < 400; i++) {
		size_t len = 2 + (size_t)(i * 37) % 1000;

		line[len - 1] = '\n';
		sink_write(&sink, line, len);
		line[len - 1] = c;
		while (sink.used > 3 * SIZE) /* this reader does read */
			sink_flush(&sink);
	}
	while (sink.used > 0)
		sink_flush(&sink);
	_exit(sink.dropped > 0);
}

START_TEST(lines_of_several_processes_do_not_mix)
{
	size_t used = 0, lines = 0;
	ssize_t n;
	int status;

	open_pipe(4 * SIZE, false);
	for (char c = 'a'; c < 'd'; c++)
		if (fork() == 0)
			write_lines_and_exit(c);
	close(ends[1]);
	while ((n = read(ends[0], out + used, OUT_MAX - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	for (char *at = out; *at != '\0'; at = strchr(at, '\n') + 1) {
		char same[2] = { *at, '\0' };

		ck_assert_int_eq(at[strspn(at, same)], '\n');
		lines++;
	}
	ck_assert_uint_eq(lines, 3 * 400);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

START_TEST(reopen_leaves_earlier_lines_in_the_renamed_file)
{
	char dir[] = "/tmp/prong-sink-XXXXXX", old[64], new[64];
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, first;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(old, sizeof(old), "%s/log.1", dir);
	snprintf(new, sizeof(new), "%s/log", dir);
	first = open(new, flags, 0600);
	sink_init(&sink, SINK_FD, first, SIZE, false);
	ck_assert(sink.is_file);
	write_text("before\n");
	rename(new, old);
	write_text("between\n");
	sink_reopen(&sink, open(new, flags, 0600));
	ck_assert_int_eq(fcntl(first, F_GETFD), -1);
	write_text("after\n");
	sink_fini(&sink);
	read_path(old);
	ck_assert_str_eq(out, "before\nbetween\n");
	read_path(new);
	ck_assert_str_eq(out, "after\n");
	unlink(old);
	unlink(new);
	rmdir(dir);
}
END_TEST

START_TEST(file_takes_more_than_the_buffer)
{
	FILE *file = tmpfile();

	sink_init(&sink, SINK_FD, dup(fileno(file)), SIZE, false);
	for (int i = 0; i < 10000; i++)
		write_text("0123456789\n");
	sink_fini(&sink);
	ck_assert_int_eq(lseek(fileno(file), 0, SEEK_END), 110000);
	fclose(file);
}
END_TEST

START_TEST(sink_recovers_from_a_full_disk_by_reopen)
{
	int full = open("/dev/full", O_WRONLY);

	ck_assert_int_ne(full, -1);
	sink_init(&sink, SINK_FD, full, SIZE, true);
	for (int i = 0; i < 1000; i++)
		write_text("0123456789 0123456789 0123456789\n");
	ck_assert_uint_gt(sink.dropped, 0);
	ck_assert_int_eq(pipe(ends), 0);
	sink_reopen(&sink, ends[1]);
	read_all(0);
	ck_assert_ptr_nonnull(strstr(out, "log lines dropped\n"));
	sink_fini(&sink);
}
END_TEST

START_TEST(standard_error_stays_open)
{
	sink_init(&sink, SINK_FD, STDERR_FILENO, SIZE, true);
	sink_fini(&sink);
	ck_assert_int_ne(fcntl(STDERR_FILENO, F_GETFD), -1);
	ck_assert_ptr_null(sink.bytes);
}
END_TEST

START_TEST(sink_that_is_off_ignores_lines)
{
	sink_init(&sink, SINK_OFF, -1, 0, true);
	write_text("x\n");
	ck_assert_ptr_null(sink_reserve(&sink, 10));
	sink_commit(&sink, 0);
	sink_flush(&sink);
	ck_assert_uint_eq(sink.dropped, 0);
	sink_fini(&sink);
}
END_TEST

static void
open_syslog(size_t size)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	sink_init(&sink, SINK_SYSLOG, ends[1], size, false);
}

static void
check_datagram(const char *want)
{
	char got[256] = "";

	ck_assert_int_ge(recv(ends[0], got, sizeof(got) - 1, MSG_DONTWAIT), 0);
	ck_assert_str_eq(got, want);
}

START_TEST(syslog_gets_one_datagram_per_line)
{
	int number;
	char byte;

	open_syslog(SIZE);
	write_text("one\ntwo\n");
	sink_flush(&sink);
	check_datagram("<30>prong: one");
	check_datagram("<30>prong: two");
	ck_assert_int_eq(recv(ends[0], &byte, 1, MSG_DONTWAIT), -1);
	/* The sandbox of a worker knows the number. */
	number = sink.fd;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	sink_reopen(&sink, ends[1]);
	ck_assert_int_eq(sink.fd, number);
	write_text("three\n");
	sink_flush(&sink);
	check_datagram("<30>prong: three");
	sink_fini(&sink);
}
END_TEST

START_TEST(stalled_syslog_drops_lines)
{
	char got[256] = "";

	open_syslog(SIZE);
	for (int i = 0; i < 20000; i++)
		write_text("0123456789\n");
	ck_assert_uint_gt(sink.dropped, 0);
	for (int i = 0; i < 20000 && sink.dropped + sink.used > 0; i++) {
		while (recv(ends[0], got, sizeof(got) - 1, MSG_DONTWAIT) > 0)
			;
		sink_flush(&sink);
	}
	ck_assert_uint_eq(sink.used, 0);
	memset(got, 0, sizeof(got));
	while (recv(ends[0], got, sizeof(got) - 1, MSG_DONTWAIT) > 0 &&
		strstr(got, "dropped") == NULL)
		memset(got, 0, sizeof(got));
	ck_assert_ptr_nonnull(strstr(got, " log lines dropped"));
	sink_fini(&sink);
}
END_TEST

START_TEST(line_too_long_for_syslog_is_skipped)
{
	enum { LONG = 100000 };
	int small = 4608;
	char *line = malloc(LONG + 2);

	open_syslog(2 * LONG);
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	memset(line, 'x', LONG);
	strcpy(line + LONG, "\n");
	write_text(line);
	write_text("next\n");
	sink_flush(&sink);
	check_datagram("<30>prong: next");
	check_datagram("<30>prong: 1 log line dropped");
	free(line);
	sink_fini(&sink);
}
END_TEST

START_TEST(syslog_gets_the_severity_of_an_error_log_line)
{
	open_syslog(SIZE);
	write_text("T error master[1]: a\nT warn master[1]: b\n"
		   "T notice master[1]: c\nT info master[1]: d\n"
		   "T debug master[1]: e\n127.0.0.1 - - error \n");
	sink_flush(&sink);
	check_datagram("<27>prong: T error master[1]: a");
	check_datagram("<28>prong: T warn master[1]: b");
	check_datagram("<29>prong: T notice master[1]: c");
	check_datagram("<30>prong: T info master[1]: d");
	check_datagram("<31>prong: T debug master[1]: e");
	check_datagram("<30>prong: 127.0.0.1 - - error ");
	sink_fini(&sink);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ lines_are_buffered_until_a_flush, 0 },
		{ line_by_line_sink_writes_at_once, 0 },
		{ reserved_line_is_written_in_place, 0 },
		{ full_pipe_drops_and_counts_lines, 0 },
		{ flush_reports_dropped_lines, 0 },
		{ reservation_in_a_full_sink_is_counted_as_dropped, 0 },
		{ line_larger_than_the_buffer_is_dropped, 0 },
		{ fini_does_not_wait_for_a_reader, 0 },
		{ pipe_without_reader_drops_lines, 0 },
		{ flush_preserves_errno, 0 },
		{ lines_of_several_processes_do_not_mix, 0 },
		{ reopen_leaves_earlier_lines_in_the_renamed_file, 0 },
		{ file_takes_more_than_the_buffer, 0 },
		{ sink_recovers_from_a_full_disk_by_reopen, 0 },
		{ standard_error_stays_open, 0 },
		{ sink_that_is_off_ignores_lines, 0 },
		{ syslog_gets_one_datagram_per_line, 0 },
		{ syslog_gets_the_severity_of_an_error_log_line, 0 },
		{ stalled_syslog_drops_lines, 0 },
		{ line_too_long_for_syslog_is_skipped, 0 },
	};

	return harness_run("sink", tests, ROWS(tests));
}
