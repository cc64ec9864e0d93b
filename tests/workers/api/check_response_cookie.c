/*
 * Cookies that are set, and those that browsers would drop.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "support/fake_worker_module.h"
#include "support/harness.h"

static struct fake_worker_module m;
static const char *name, *value;
static const struct prong_cookie_options *options;
static int result, error;

static void
handle(struct prong_context *ctx)
{
	result = prong_set_cookie(ctx, name, value, options);
	error = errno;
	prong_empty(ctx, 204);
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/", .handler = handle }, { 0 }
};
static const struct prong_module module = { .name = "test", .routes = routes };

// clang-format off
static const struct {
	const char *name, *value;
	struct prong_cookie_options options;
	const char *line;
} good[] = {
	{ "a", "b", { 0 }, "a=b; SameSite=Lax; Secure; HttpOnly" },
	{ "a", "", { 0 }, "a=; SameSite=Lax; Secure; HttpOnly" },
	{ "a", "\"b\"", { 0 }, "a=\"b\"; SameSite=Lax; Secure; HttpOnly" },
	{ "a", "x=y", { .path = "/", .max_age = 60 },
		"a=x=y; Path=/; Max-Age=60; SameSite=Lax; Secure; HttpOnly" },
	{ "a", "b", { .max_age = -1 },
		"a=b; Max-Age=0; SameSite=Lax; Secure; HttpOnly" },
	{ "a", "b", { .domain = "example.com", .is_readable = true },
		"a=b; Domain=example.com; SameSite=Lax; Secure" },
	{ "a", "b", { .same_site = "strict", .is_insecure = true },
		"a=b; SameSite=Strict; HttpOnly" },
	{ "a", "b", { .same_site = "None", .is_insecure = true },
		"a=b; SameSite=None; Secure; HttpOnly" },
	{ "__Host-a", "b", { .path = "/" },
		"__Host-a=b; Path=/; SameSite=Lax; Secure; HttpOnly" },
	{ "__Secure-a", "b", { .is_readable = true },
		"__Secure-a=b; SameSite=Lax; Secure" },
};

static char too_long[4200];

static const struct {
	const char *name, *value;
	struct prong_cookie_options options;
} bad[] = {
	{ NULL, "b", { 0 } }, { "", "b", { 0 } }, { "a b", "b", { 0 } },
	{ "a=", "b", { 0 } }, { "a;", "b", { 0 } }, { "\xc3\xa9", "b", { 0 } },
	{ "a", NULL, { 0 } }, { "a", "b c", { 0 } }, { "a", "b;c", { 0 } },
	{ "a", "b,c", { 0 } }, { "a", "b\"c", { 0 } }, { "a", "\"b", { 0 } },
	{ "a", "b\\c", { 0 } }, { "a", "b\r\nX: y", { 0 } },
	{ "a", "\xc3\xa9", { 0 } }, { "a", "\x7f", { 0 } },
	{ "a", "b", { .path = "/;Domain=x" } },
	{ "a", "b", { .path = "/\r\n" } }, { "a", "b", { .domain = "a;b" } },
	{ "a", "b", { .domain = "" } }, { "a", "b", { .domain = "a b" } },
	{ "a", "b", { .domain = "https://a" } },
	{ "a", "b", { .same_site = "Loose" } },
	{ "__Host-a", "b", { 0 } },
	{ "__Host-a", "b", { .path = "/a" } },
	{ "__Host-a", "b", { .path = "/", .domain = "a" } },
	{ "__host-a", "b", { .path = "/", .is_insecure = true } },
	{ "__Secure-a", "b", { .is_insecure = true } },
	{ "a", too_long, { 0 } },
};
// clang-format on

static const char *
ask(void)
{
	return fake_worker_module_ask(
		&m, "GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n");
}

START_TEST(a_cookie_is_secure_by_default)
{
	const char *answer, *line;

	fake_worker_module_open(&m, &module);
	name = good[_i].name;
	value = good[_i].value;
	options = &good[_i].options;
	answer = ask();
	ck_assert_int_eq(result, 0);
	line = strstr(answer, "\r\nSet-Cookie: ");
	ck_assert_ptr_nonnull(line);
	line += strlen("\r\nSet-Cookie: ");
	ck_assert_msg(
		strncmp(line, good[_i].line, strlen(good[_i].line)) == 0 &&
			strncmp(line + strlen(good[_i].line), "\r\n", 2) == 0,
		"%s", line);
	fake_worker_module_close(&m);
}
END_TEST

START_TEST(a_cookie_that_browsers_reject_is_refused)
{
	memset(too_long, 'a', sizeof(too_long) - 1);
	fake_worker_module_open(&m, &module);
	name = bad[_i].name;
	value = bad[_i].value;
	options = &bad[_i].options;
	ck_assert_ptr_null(strstr(ask(), "Set-Cookie"));
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, EINVAL);
	ck_assert_ptr_nonnull(strstr(fake_worker_module_log(&m),
		"module test: prong_set_cookie(): "));
	fake_worker_module_close(&m);
}
END_TEST

START_TEST(cookie_options_may_be_null)
{
	fake_worker_module_open(&m, &module);
	name = "a";
	value = "b";
	options = NULL;
	ck_assert_ptr_nonnull(
		strstr(ask(), "\r\nSet-Cookie: a=b; SameSite=Lax; "
			      "Secure; HttpOnly\r\n"));
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_cookie_is_secure_by_default, ROWS(good) },
		{ a_cookie_that_browsers_reject_is_refused, ROWS(bad) },
		{ cookie_options_may_be_null, 1 },
	};

	return harness_run("response_cookie", tests, ROWS(tests));
}
