/*
 * Answers that wait for the disk, on a worker without a process: its file
 * system is said to be of the kind that can't tell what is in memory.
 * SPDX-License-Identifier: MIT
 */
#include "conn/disk_wait.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file/disk.h"
#include "file/work_pool.h"
#include "support/fake_worker.h"
#include "support/harness.h"
#include "support/test_deadline.h"

enum { LARGE = 3 * 1024 * 1024, TEXT = 100000, SMALL = 5000 };

static struct fake_worker fake;
static char large[LARGE + 1], text[TEXT + 1], got[LARGE + 4096];

static const struct conf_error_page pages[] = { { 404, "/404.html" } };

static void
fill(char *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = "abcdefghijklmnop"[(i * 7 + i / 100) % 16];
}

static void
set_up(enum conf_disk_mode mode)
{
	const struct conf_disk conf = { .mode = mode, .threads = 2 };
	struct worker *w = &fake.worker;

	signal(SIGPIPE, SIG_IGN); /* as a worker has it */
	fake_worker_open(&fake);
	fill(large, LARGE);
	fill(text, TEXT);
	fake_worker_write(&fake, "a.txt", "hello", 5);
	fake_worker_write(&fake, "text.txt", text, TEXT);
	fake_worker_write(&fake, "large.bin", large, LARGE);
	fake_worker_write(&fake, "404.html", "not here", 8);
	fake_worker_write(&fake, "app.html", "the app", 7);
	fake_worker_add_route(&fake, "/")->files.compress = 1u
							    << CONF_CODING_GZIP;
	fake.routes[0].files.fallback = "/app.html";
	fake.site.error_pages = (struct conf_error_pages){ pages, ROWS(pages) };
	fake_worker_start(&fake);
	w->disk = disk_open(w->loop, &conf, &w->log);
	ck_assert_ptr_nonnull(w->disk);
	w->work = work_pool_open(w->loop);
	ck_assert_ptr_nonnull(w->work);
	w->files.never_waits = true;
	w->serve->sites.sites[0].routes[0].docroot.root.has_cached = false;
}

/* Turns until there are no more connections. */
static void
tear_down(void)
{
	struct worker *w = &fake.worker;
	int64_t deadline = deadline_in(DEADLINE);

	while (w->conns.count > 0 && deadline_left(deadline) > 0)
		fake_worker_turn(&fake);
	ck_assert_uint_eq(w->conns.count, 0);
	ck_assert(work_pool_close(w->work));
	w->work = NULL;
	ck_assert(disk_close(w->disk));
	ck_assert_ptr_null(w->disk_wait_jobs);
	ck_assert_ptr_null(w->readaheads);
	w->disk = NULL;
	fake_worker_close(&fake);
}

static int
ask(const char *path, const char *fields)
{
	int fd = fake_worker_connect(&fake, 0);

	dprintf(fd, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, fields);
	fake_worker_turn(&fake);
	return fd;
}

/* The whole answer; its content. */
static const char *
answer(int fd, size_t *len)
{
	int64_t deadline = deadline_in(DEADLINE);
	char *end, *length;
	size_t n = 0, all = SIZE_MAX;
	ssize_t more;

	*len = 0;
	while (n < all && deadline_left(deadline) > 0) {
		fake_worker_turn(&fake);
		more = recv(fd, got + n, sizeof(got) - 1 - n, 0);
		if (more <= 0)
			continue;
		n += (size_t)more;
		got[n] = '\0';
		end = strstr(got, "\r\n\r\n");
		length = strstr(got, "Content-Length: ");
		if (end == NULL || length == NULL)
			continue;
		*len = strtoul(length + 16, NULL, 10);
		all = (size_t)(end + 4 - got) + *len;
	}
	ck_assert_uint_eq(n, all);
	return got + n - *len;
}

static const struct {
	const char *path, *fields, *status, *content;
} rows[] = {
	{ "/a.txt", "", "200", "hello" },
	{ "/a.txt", "Range: bytes=1-2\r\n", "206", "el" },
	{ "/no", "", "404", "not here" },
	{ "/no", "Accept: text/html\r\n", "200", "the app" },
};

static const enum conf_disk_mode modes[] = { CONF_DISK_THREADS,
	CONF_DISK_AUTO };

START_TEST(an_answer_waits_and_comes)
{
	const char *content;
	size_t len;
	int fd;

	set_up(modes[_i % 2]);
	fd = ask(rows[_i / 2].path, rows[_i / 2].fields);
	ck_assert_ptr_nonnull(fake.worker.disk_wait_jobs);
	content = answer(fd, &len);
	ck_assert_int_eq(strncmp(got + 9, rows[_i / 2].status, 3), 0);
	ck_assert_str_eq(content, rows[_i / 2].content);
	close(fd);
	tear_down();
}
END_TEST

START_TEST(all_who_want_a_file_wait_for_one_job)
{
	const char *content;
	int fds[4];
	size_t len;

	set_up(CONF_DISK_THREADS);
	for (size_t i = 0; i < ROWS(fds); i++) {
		fds[i] = fake_worker_connect(&fake, 0);
		dprintf(fds[i], "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	ev_run(fake.worker.loop, EVRUN_NOWAIT);
	for (size_t i = 0; i < ROWS(fds); i++) {
		content = answer(fds[i], &len);
		ck_assert_str_eq(content, "hello");
		close(fds[i]);
	}
	tear_down();
}
END_TEST

static const char *const coded[] = { "/text.txt", "/small.txt" };

START_TEST(a_coding_is_made_off_the_loop)
{
	size_t len;
	int fd;

	set_up(CONF_DISK_THREADS);
	fake_worker_write(&fake, "small.txt", text, SMALL);
	if (fake.worker.serve->sites.sites[0].routes[0].docroot.codings == 0) {
		tear_down();
		return;
	}
	for (int i = 0; i < 2; i++) {
		fd = ask(coded[_i], "");
		answer(fd, &len); /* now it is cached */
		close(fd);
		fd = ask(coded[_i], "Accept-Encoding: gzip\r\n");
		ck_assert(i > 0 || fake.worker.disk_wait_jobs != NULL);
		answer(fd, &len);
		ck_assert_ptr_nonnull(strstr(got, "Content-Encoding: gzip"));
		ck_assert_uint_lt(len, TEXT);
		close(fd);
	}
	tear_down();
}
END_TEST

START_TEST(a_large_file_comes_whole)
{
	const char *content;
	size_t len;
	int fd;

	set_up(modes[_i]);
	fd = ask("/large.bin", "");
	content = answer(fd, &len);
	ck_assert_uint_eq(len, LARGE);
	ck_assert_int_eq(memcmp(content, large, LARGE), 0);
	close(fd);
	tear_down();
}
END_TEST

static const char *const waited_for[] = { "/a.txt", "/no", "/text.txt",
	"/large.bin" };

START_TEST(who_waits_may_go)
{
	set_up(CONF_DISK_THREADS);
	for (int i = 0; i < 10; i++)
		close(ask(waited_for[_i], "Accept-Encoding: gzip\r\n"));
	tear_down();
}
END_TEST

START_TEST(what_was_right_lately_goes_on_while_it_is_looked_at)
{
	const char *content;
	size_t len;
	int fd;

	set_up(CONF_DISK_THREADS);
	fd = ask("/a.txt", "");
	answer(fd, &len);
	fake.worker.now_ms += 1500;
	dprintf(fd, "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	fake_worker_turn(&fake);
	ck_assert_ptr_nonnull(fake.worker.disk_wait_jobs);
	content = answer(fd, &len);
	ck_assert_str_eq(content, "hello");
	close(fd);
	tear_down();
}
END_TEST

START_TEST(a_refusal_waits_for_no_page)
{
	const char *content;
	size_t len;
	int fd;

	set_up(CONF_DISK_THREADS);
	fd = fake_worker_connect(&fake, 0);
	dprintf(fd, "GET /a HTTP/1.1\r\n\r\n");
	fake_worker_turn(&fake);
	ck_assert_ptr_null(fake.worker.disk_wait_jobs);
	content = answer(fd, &len);
	ck_assert_ptr_nonnull(strstr(content, "400"));
	close(fd);
	tear_down();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_answer_waits_and_comes, 2 * ROWS(rows) },
		{ all_who_want_a_file_wait_for_one_job, 1 },
		{ a_coding_is_made_off_the_loop, ROWS(coded) },
		{ a_large_file_comes_whole, ROWS(modes) },
		{ who_waits_may_go, ROWS(waited_for) },
		{ what_was_right_lately_goes_on_while_it_is_looked_at, 1 },
		{ a_refusal_waits_for_no_page, 1 },
	};

	return harness_run("disk_wait", tests, ROWS(tests));
}
