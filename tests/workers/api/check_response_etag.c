/*
 * Conditional requests of a module's resource, and content without a copy.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/fake_worker_mount.h"
#include "support/harness.h"

#define DATE  "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATER "Mon, 07 Nov 1994 08:49:37 GMT"

enum { SECOND = 784111777 }; /* DATE */

static struct fake_worker_mount m;
static int releases;

static void
show(struct prong_context *ctx)
{
	int result = prong_etag(ctx, "v1", SECOND);

	ck_assert_int_ge(result, 0);
	if (result == 0)
		prong_text(ctx, 200, "content");
}

static void
show_weak(struct prong_context *ctx)
{
	if (prong_etag(ctx, "W/\"v1\"", 0) == 0)
		prong_text(ctx, 200, "content");
}

static void
create(struct prong_context *ctx)
{
	if (prong_etag(ctx, NULL, 0) == 0)
		prong_text(ctx, 201, "created");
}

static void
mistake(struct prong_context *ctx)
{
	static const char *const tags[] = { "", "a b", "a\"b", "\"a\"b\"" };

	for (size_t i = 0; i < ROWS(tags); i++) {
		ck_assert_int_eq(prong_etag(ctx, tags[i], 0), -1);
		ck_assert_int_eq(errno, EINVAL);
	}
	prong_empty(ctx, 204);
}

static void
release(void *content)
{
	releases++;
	free(content);
}

static void
take(struct prong_context *ctx)
{
	char *content = malloc(100000);

	memset(content, 'x', 100000);
	ck_assert_int_eq(prong_answer_take(ctx, 200, "text plain", strdup("no"),
				 2, release),
		-1);
	ck_assert_int_eq(releases, 1);
	ck_assert_int_eq(prong_answer_take(ctx, 200, "text/plain", content,
				 100000, release),
		0);
}

static void
send_fd(struct prong_context *ctx)
{
	int fd = memfd_create("content", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, "0123456789", 10), 10);
	ck_assert_int_eq(prong_answer_fd(ctx, 200, "text/plain", fd, 5, 6), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(prong_answer_fd(ctx, 200, "text/plain", -1, 0, 1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(prong_answer_fd(ctx, 200, "text/plain", fd, 2, 5), 0);
	close(fd);
}

static void
send_nothing(struct prong_context *ctx)
{
	int fd = memfd_create("content", MFD_CLOEXEC);

	ck_assert_int_eq(prong_answer_fd(ctx, 200, NULL, fd, 0, 0), 0);
	close(fd);
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/show", show),
	PRONG_ROUTE("PUT", "/show", show),
	PRONG_ROUTE("GET", "/weak", show_weak),
	PRONG_ROUTE("PUT", "/create", create),
	PRONG_ROUTE("GET", "/mistake", mistake),
	PRONG_ROUTE("GET", "/take", take),
	PRONG_ROUTE("GET", "/fd", send_fd),
	PRONG_ROUTE("GET", "/nothing", send_nothing),
	PRONG_ROUTES_END,
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes };

static void
ask(const char *line, const char *fields)
{
	char head[256];

	releases = 0;
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
	snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: a\r\n%s\r\n", line,
		fields);
	fake_worker_mount_say(&m, head);
}

static const struct {
	const char *line, *fields;
	int status;
} conditions[] = {
	{ "GET /show", "", 200 },
	{ "GET /show", "If-None-Match: \"v1\"\r\n", 304 },
	{ "HEAD /show", "If-None-Match: \"v1\"\r\n", 304 },
	{ "GET /show", "If-None-Match: \"v0\", W/\"v1\"\r\n", 304 },
	{ "GET /show", "If-None-Match: \"v0\"\r\n", 200 },
	{ "GET /show", "If-None-Match: *\r\n", 304 },
	{ "GET /show", "If-Modified-Since: " DATE "\r\n", 304 },
	{ "GET /show", "If-Match: \"v0\"\r\n", 412 },
	{ "GET /weak", "If-None-Match: \"v1\"\r\n", 304 },
	{ "GET /weak", "If-Match: \"v1\"\r\n", 412 },
	{ "PUT /show", "If-Match: \"v1\"\r\n", 200 },
	{ "PUT /show", "If-Match: \"v0\"\r\n", 412 },
	{ "PUT /show", "If-None-Match: *\r\n", 412 },
	{ "PUT /show", "If-Modified-Since: " LATER "\r\n", 200 },
	{ "PUT /show", "If-Unmodified-Since: " LATER "\r\n", 200 },
	{ "PUT /create", "If-None-Match: *\r\n", 201 },
	{ "PUT /create", "If-Match: *\r\n", 412 },
	{ "GET /mistake", "", 204 },
};

START_TEST(preconditions_are_evaluated)
{
	char status[16];

	ask(conditions[_i].line, conditions[_i].fields);
	snprintf(status, sizeof(status), "HTTP/1.1 %d ", conditions[_i].status);
	ck_assert_msg(strncmp(m.got, status, strlen(status)) == 0, "%s", m.got);
	if (strstr(conditions[_i].line, "GET /show") != NULL) {
		ck_assert_ptr_nonnull(strstr(m.got, "ETag: \"v1\"\r\n"));
		ck_assert_ptr_nonnull(
			strstr(m.got, "Last-Modified: " DATE "\r\n"));
	}
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(content_is_taken_over_and_released_once)
{
	ask("GET /take", "");
	for (int i = 0; i < 100 && releases < 2; i++)
		fake_worker_mount_turn(&m);
	ck_assert_int_eq(releases, 2);
	ck_assert_ptr_nonnull(strstr(m.got, "Content-Length: 100000\r\n"));
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(part_of_a_file_is_sent)
{
	ask("GET /fd", "");
	ck_assert_ptr_nonnull(strstr(m.got, "Content-Length: 5\r\n"));
	ck_assert_str_eq(strstr(m.got, "\r\n\r\n") + 4, "23456");
	fake_worker_mount_close(&m);
	ask("GET /nothing", "");
	ck_assert_ptr_nonnull(strstr(m.got, "Content-Length: 0\r\n"));
	fake_worker_mount_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ preconditions_are_evaluated, ROWS(conditions) },
		{ content_is_taken_over_and_released_once, 1 },
		{ part_of_a_file_is_sent, 1 },
	};

	return harness_run("response_etag", tests, ROWS(tests));
}
