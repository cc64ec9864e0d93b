/*
 * Files that a module answers with.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/fake_worker_module.h"
#include "support/harness.h"

#define DIGITS "0123456789"

static struct fake_worker_module m;
static const char *dir, *path;
static int result, error;

static char seen[32]; /* at the end of the context */

static void
note_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)why;
	(void)data;
	snprintf(seen, sizeof(seen), "%d %d", prong_status(ctx),
		(int)prong_sent(ctx));
}

static void
handle(struct prong_context *ctx)
{
	prong_on_end(ctx, note_end, NULL);
	prong_set_field(ctx, "X-From", "the module");
	result = prong_file(ctx, dir, path);
	error = errno;
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/*rest", .handler = handle }, { 0 }
};
static const struct prong_module module = { .name = "test", .routes = routes };

static void
make_link(const char *to, const char *name)
{
	char place[128];

	snprintf(place, sizeof(place), "%s/%s", m.fake.root, name);
	ck_assert_int_eq(symlink(to, place), 0);
}

static void
set_up(void)
{
	static char place[128];

	fake_worker_module_open(&m, &module);
	snprintf(place, sizeof(place), "%s/sub", m.fake.root);
	ck_assert_int_eq(mkdir(place, 0755), 0);
	fake_worker_write(&m.fake, "a.txt", DIGITS, 10);
	fake_worker_write(&m.fake, "sub/index.html", "<p>sub\n", 7);
	fake_worker_write(&m.fake, ".hidden", "no\n", 3);
	make_link("/etc/passwd", "out");
	make_link("a.txt", "in.txt");
	dir = m.fake.root;
}

static const char *
ask(const char *name, const char *request, const char *fields)
{
	char head[1024];

	path = name;
	snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: a\r\n%s\r\n",
		request, fields);
	return fake_worker_module_plain(&m, fake_worker_module_ask(&m, head));
}

// clang-format off
static const struct {
	const char *path, *request, *fields;
	const char *status, *end;
} rows[] = {
	{ "a.txt", "GET /api/x", "", "200 OK", "\r\n\r\n" DIGITS },
	{ "/a.txt", "GET /api/x", "", "200 OK", "\r\n\r\n" DIGITS },
	{ "in.txt", "GET /api/x", "", "200 OK", "\r\n\r\n" DIGITS },
	{ "sub/", "GET /api/x", "", "200 OK", "\r\n\r\n<p>sub\n" },
	{ "a.txt", "HEAD /api/x", "", "200 OK", "\r\n\r\n" },
	{ "a.txt", "DELETE /api/x", "", "200 OK", "\r\n\r\n" DIGITS },
	{ "a.txt", "GET /api/x", "Range: bytes=2-4\r\n",
		"206 Partial Content", "\r\n\r\n234" },
	{ "a.txt", "GET /api/x", "If-None-Match: *\r\n", "304 Not Modified",
		"\r\n\r\n" },
	{ "a.txt", "DELETE /api/x", "If-None-Match: *\r\n", "200 OK",
		"\r\n\r\n" DIGITS },
	{ "a.txt", "GET /api/x", "Range: bytes=20-\r\n",
		"416 Range Not Satisfiable", "}" },
	{ "none.txt", "GET /api/x", "", "404 Not Found", "}" },
	{ "", "GET /api/x", "", "404 Not Found", "}" },
	/* The path is not the request's, so there is no redirect to "sub/". */
	{ "sub", "GET /api/x", "", "404 Not Found", "}" },
	{ ".hidden", "GET /api/x", "", "404 Not Found", "}" },
	{ "out", "GET /api/x", "", "404 Not Found", "}" },
	{ "../a.txt", "GET /api/x", "", "404 Not Found", "}" },
	{ "sub/../a.txt", "GET /api/x", "", "404 Not Found", "}" },
	{ "sub/..", "GET /api/x", "", "404 Not Found", "}" },
	{ "./a.txt", "GET /api/x", "", "404 Not Found", "}" },
	{ "sub//index.html", "GET /api/x", "", "404 Not Found", "}" },
	{ "..", "GET /api/x", "", "404 Not Found", "}" },
};
// clang-format on

START_TEST(a_file_is_served_as_by_a_static_route)
{
	char status[64];
	const char *answer;
	size_t len = strlen(rows[_i].end);

	set_up();
	answer = ask(rows[_i].path, rows[_i].request, rows[_i].fields);
	ck_assert_int_eq(result, 0);
	snprintf(status, sizeof(status), "HTTP/1.1 %s\r\n", rows[_i].status);
	ck_assert_msg(
		strncmp(answer, status, strlen(status)) == 0, "%s", answer);
	ck_assert_msg(m.fake.answer_len >= len &&
			      strcmp(answer + m.fake.answer_len - len,
				      rows[_i].end) == 0,
		"%s", answer);
	ck_assert_ptr_nonnull(strstr(answer, "\r\nX-From: the module\r\n"));
	ck_assert_str_eq(fake_worker_module_log(&m), "");
	fake_worker_module_close(&m);
}
END_TEST

static const struct {
	const char *path, *request, *fields, *seen;
} ends[] = {
	{ "a.txt", "GET /api/x", "", "200 10" },
	{ "a.txt", "HEAD /api/x", "", "200 0" },
	{ "a.txt", "GET /api/x", "Range: bytes=2-4\r\n", "206 3" },
	{ "a.txt", "GET /api/x", "If-None-Match: *\r\n", "304 0" },
};

/* Of a cached file they are known, whatever the last response had. */
START_TEST(the_end_tells_what_was_sent)
{
	set_up();
	ask("a.txt", "GET /api/x", "");
	ask("a.txt", "GET /api/x", "");
	ask(ends[_i].path, ends[_i].request, ends[_i].fields);
	ck_assert_str_eq(seen, ends[_i].seen);
	fake_worker_module_close(&m);
}
END_TEST

START_TEST(a_file_is_compressed_for_a_client_that_accepts_it)
{
	char *text = calloc(1, 4097);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', 4096);
	set_up();
	fake_worker_write(&m.fake, "large.txt", text, 4096);
	ck_assert_ptr_nonnull(strstr(
		ask("large.txt", "GET /api/x", "Accept-Encoding: gzip\r\n"),
		"\r\nContent-Encoding: gzip\r\n"));
	free(text);
	fake_worker_module_close(&m);
}
END_TEST

START_TEST(a_directory_that_cannot_be_opened_is_an_error)
{
	const char *log;

	set_up();
	dir = "/nowhere";
	ck_assert_ptr_nonnull(
		strstr(ask("a", "GET /api/x", ""), "HTTP/1.1 500 "));
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, ENOENT);
	log = fake_worker_module_log(&m);
	ck_assert_ptr_nonnull(strstr(
		log, "module test: prong_file(): /nowhere: No such file"));
	fake_worker_module_close(&m);
}
END_TEST

START_TEST(a_null_directory_or_path_is_refused)
{
	set_up();
	ck_assert_ptr_nonnull(
		strstr(ask(NULL, "GET /api/x", ""), "HTTP/1.1 500 "));
	ck_assert_int_eq(error, EINVAL);
	dir = NULL;
	ask("a", "GET /api/x", "");
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, EINVAL);
	fake_worker_module_close(&m);
}
END_TEST

/* A module that makes up a path for each request would leak descriptors. */
START_TEST(more_than_64_directories_are_refused)
{
	static char many[4096];

	set_up();
	for (int i = 0; i < 65; i++) {
		memset(many, '/', sizeof(many));
		snprintf(many + i, sizeof(many) - (size_t)i, "%s", dir);
		dir = many;
		ask("a.txt", "GET /api/x", "");
		ck_assert_int_eq(result, i == 64 ? -1 : 0);
		dir = m.fake.root;
	}
	ck_assert_int_eq(error, ENFILE);
	ask("a.txt", "GET /api/x", "");
	ck_assert_int_eq(result, 0);
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_file_is_served_as_by_a_static_route, ROWS(rows) },
		{ the_end_tells_what_was_sent, ROWS(ends) },
		{ a_file_is_compressed_for_a_client_that_accepts_it, 1 },
		{ a_directory_that_cannot_be_opened_is_an_error, 1 },
		{ a_null_directory_or_path_is_refused, 1 },
		{ more_than_64_directories_are_refused, 1 },
	};

	return harness_run("response_file", tests, ROWS(tests));
}
