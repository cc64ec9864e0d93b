/*
 * Where a module may send a client.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>

#include "support/fake_worker_module.h"
#include "support/harness.h"

static struct fake_worker_module m;
static const char *target;
static int status, result, error;

static void
handle(struct prong_context *ctx)
{
	result = prong_redirect(ctx, status, target);
	error = errno;
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/", .handler = handle }, { 0 }
};
static const struct prong_module module = { .name = "test", .routes = routes };

// clang-format off
static const struct {
	int status;
	const char *target, *location;
} good[] = {
	{ 301, "/", "/" }, { 302, "/a?b=c#d", "/a?b=c#d" },
	{ 303, "/a%20b", "/a%20b" }, { 307, "/a b\"<>", "/a%20b%22%3C%3E" },
	{ 308, "/\xc3\xa9", "/%C3%A9" }, { 302, "/a\\b", "/a%5Cb" },
	{ 302, "https://example.com", "https://example.com" },
	{ 302, "HTTP://example.com/a b", "HTTP://example.com/a%20b" },
	{ 302, "/a//b", "/a//b" },
	{ 302, "/!#$%&'()*+,-./:;=?@[]_~09azAZ", "/!#$%&'()*+,-./:;=?@[]_~09azAZ" },
	{ 302, "/^`{|}b?c d", "/%5E%60%7B%7C%7Db?c%20d" },
};

static const struct {
	int status;
	const char *target;
} bad[] = {
	{ 302, NULL }, { 302, "" }, { 302, "a" }, { 302, "?a" },
	{ 302, "//evil.example/" }, { 302, "/\\evil.example/" },
	{ 302, "/a\r\nSet-Cookie: b=c" }, { 302, "/a\n" }, { 302, "/\t" },
	{ 302, "javascript:alert(1)" }, { 302, "data:text/html,a" },
	{ 302, "https:/" }, { 302, "https://" }, { 302, "http:///a" },
	{ 300, "/" }, { 304, "/" }, { 200, "/" }, { 0, "/" },
};
// clang-format on

static const char *
ask(void)
{
	return fake_worker_module_ask(
		&m, "GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n");
}

START_TEST(a_target_is_percent_encoded)
{
	char expected[256];
	const char *answer;

	fake_worker_module_open(&m, &module);
	status = good[_i].status;
	target = good[_i].target;
	answer = ask();
	ck_assert_int_eq(result, 0);
	snprintf(expected, sizeof(expected),
		"\r\nContent-Length: 0\r\nLocation: %s\r\n", good[_i].location);
	ck_assert_msg(strstr(answer, expected) != NULL, "%s", answer);
	fake_worker_module_close(&m);
}
END_TEST

START_TEST(a_target_that_is_no_path_or_http_url_is_refused)
{
	fake_worker_module_open(&m, &module);
	status = bad[_i].status;
	target = bad[_i].target;
	ck_assert_ptr_null(strstr(ask(), "Location"));
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, EINVAL);
	ck_assert_ptr_nonnull(strstr(
		fake_worker_module_log(&m), "module test: prong_redirect(): "));
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_target_is_percent_encoded, ROWS(good) },
		{ a_target_that_is_no_path_or_http_url_is_refused, ROWS(bad) },
	};

	return harness_run("response_redirect", tests, ROWS(tests));
}
