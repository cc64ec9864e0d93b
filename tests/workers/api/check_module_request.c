/*
 * The functions of prong.h that read a request.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include "api/context.h"
#include "conn/request_id.h"
#include "support/fake_worker_module.h"
#include "support/harness.h"

#define GET(target) "GET " target " HTTP/1.1\r\nHost: Example.COM:8080\r\n"

static struct fake_worker_module m;

/* One of the functions below, for the next request. */
static prong_handler *act;

static void
handle(struct prong_context *ctx)
{
	act(ctx);
	prong_empty(ctx, 204);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/", .handler = handle },
	{ .method = "*", .pattern = "/n/:id/*rest", .handler = handle },
	{ 0 },
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes };

static void
ask(prong_handler *f, const char *head)
{
	act = f;
	ck_assert_ptr_nonnull(
		strstr(fake_worker_module_ask(&m, head), "HTTP/1.1 204 "));
}

static void
set_up(void)
{
	fake_worker_module_open(&m, &module);
}

static void
tear_down(void)
{
	ck_assert_str_eq(fake_worker_module_log(&m), "");
	fake_worker_module_close(&m);
}

static void
check_line(struct prong_context *ctx)
{
	ck_assert_str_eq(prong_method(ctx), "GET");
	ck_assert_str_eq(prong_path(ctx), "/api/n/a b/c/d");
	ck_assert_str_eq(prong_query(ctx), "x=1&y=%20");
	ck_assert_str_eq(prong_param(ctx, "id"), "a b");
	ck_assert_str_eq(prong_param(ctx, "rest"), "c/d");
	ck_assert_ptr_null(prong_param(ctx, "ID"));
	ck_assert_ptr_null(prong_param(ctx, ""));
	ck_assert_str_eq(prong_host(ctx), "example.com");
	ck_assert_str_eq(prong_scheme(ctx), "http");
	ck_assert_str_eq(prong_client(ctx), "::1");
	ck_assert_int_eq(prong_time_left(ctx), 30000);
}

static void
check_bare(struct prong_context *ctx)
{
	ck_assert_str_eq(prong_query(ctx), "");
	ck_assert_str_eq(prong_host(ctx), "");
	ck_assert_ptr_null(prong_query_value(ctx, "a", 0));
	ck_assert_ptr_null(prong_field(ctx, "Host"));
	ck_assert_ptr_null(prong_cookie(ctx, "a"));
}

START_TEST(the_request_line_is_returned_decoded)
{
	set_up();
	ask(check_line, GET("/api/n/a%20b/c/./d?x=1&y=%20") "\r\n");
	ask(check_bare, "GET /api/ HTTP/1.0\r\n\r\n");
	tear_down();
}
END_TEST

static void
check_query(struct prong_context *ctx)
{
	ck_assert_str_eq(prong_query_value(ctx, "a", 0), "1 2");
	ck_assert_str_eq(prong_query_value(ctx, "a", 1), "");
	ck_assert_ptr_null(prong_query_value(ctx, "a", 2));
	ck_assert_str_eq(prong_query_value(ctx, "b c", 0), "%zz");
	ck_assert_str_eq(prong_query_value(ctx, "d", 0), "x%00y");
	ck_assert_ptr_null(prong_query_value(ctx, "", 0));
}

static void
check_slash(struct prong_context *ctx)
{
	ck_assert_str_eq(prong_path(ctx), "/api/n/a%2Fb/..%2F../%2F");
	ck_assert_str_eq(prong_param(ctx, "id"), "a/b");
	ck_assert_str_eq(prong_param(ctx, "rest"), "../..//");
}

START_TEST(an_encoded_slash_belongs_to_the_parameter)
{
	set_up();
	ask(check_slash, "GET /api/n/a%2fb/..%2F../%2F HTTP/1.1\r\n"
			 "Host: a\r\n\r\n");
	tear_down();
}
END_TEST

START_TEST(query_values_are_decoded)
{
	set_up();
	ask(check_query, GET("/api/?a=1+2&b%20c=%zz&%61&d=x%00y") "\r\n");
	tear_down();
}
END_TEST

static void
check_fields(struct prong_context *ctx)
{
	ck_assert_str_eq(prong_field(ctx, "x-a"), "1");
	ck_assert_str_eq(prong_field_at(ctx, "X-A", 0), "1");
	ck_assert_str_eq(prong_field_at(ctx, "X-A", 1), "2, 3");
	ck_assert_ptr_null(prong_field_at(ctx, "X-A", 2));
	ck_assert_ptr_null(prong_field(ctx, "X"));
	ck_assert_ptr_null(prong_field(ctx, ""));
	ck_assert_str_eq(prong_field(ctx, "X-Empty"), "");
	ck_assert_str_eq(prong_cookie(ctx, "a"), "1");
	ck_assert_str_eq(prong_cookie(ctx, "b"), "2=3");
	ck_assert_str_eq(prong_cookie(ctx, "c"), "4");
	ck_assert_ptr_null(prong_cookie(ctx, "A"));
}

START_TEST(fields_and_cookies_are_found)
{
	set_up();
	ask(check_fields,
		GET("/api/") "X-A: 1\r\nX-Empty:\r\nx-a: 2, 3\r\n"
			     "Cookie: a=1; b=2=3\r\nCookie: c=4; a=5\r\n\r\n");
	tear_down();
}
END_TEST

static void
check_values(struct prong_context *ctx)
{
	static const char key, other;
	int one, two;
	unsigned char *p = prong_alloc(ctx, 1000);

	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(p[i], 0);
	errno = 0;
	ck_assert_ptr_null(prong_alloc(ctx, SIZE_MAX));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(prong_alloc(ctx, 64 * 1024 * 1024));
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_ptr_nonnull(prong_alloc(ctx, 0));

	ck_assert_ptr_null(prong_get(ctx, &key));
	ck_assert_int_eq(prong_set(ctx, &key, &one), 0);
	ck_assert_int_eq(prong_set(ctx, &other, &two), 0);
	ck_assert_ptr_eq(prong_get(ctx, &key), &one);
	ck_assert_ptr_eq(prong_get(ctx, &other), &two);
	ck_assert_int_eq(prong_set(ctx, &key, NULL), 0);
	ck_assert_ptr_null(prong_get(ctx, &key));
	ck_assert_ptr_eq(prong_get(ctx, &other), &two);
}

START_TEST(memory_and_values_belong_to_the_request)
{
	set_up();
	ask(check_values, GET("/api/") "\r\n");
	tear_down();
}
END_TEST

static void
check_nulls(struct prong_context *ctx)
{
	ck_assert_ptr_null(prong_param(ctx, NULL));
	ck_assert_ptr_null(prong_query_value(ctx, NULL, 0));
	ck_assert_ptr_null(prong_field(ctx, NULL));
	ck_assert_ptr_null(prong_cookie(ctx, NULL));
	ck_assert_int_eq(errno, EINVAL);
}

static struct prong_context *late;

static void
keep(struct prong_context *ctx)
{
	late = ctx;
}

/* Calls with a context that has ended, and with NULL. */
static void
check_over(struct prong_context *ctx)
{
	static const char key;

	ck_assert_str_eq(prong_method(ctx), "");
	ck_assert_str_eq(prong_path(ctx), "");
	ck_assert_str_eq(prong_query(ctx), "");
	ck_assert_str_eq(prong_host(ctx), "");
	ck_assert_str_eq(prong_client(ctx), "");
	ck_assert_str_eq(prong_scheme(ctx), "");
	ck_assert_str_eq(prong_request_id(ctx), "");
	ck_assert_ptr_null(prong_param(ctx, "id"));
	ck_assert_ptr_null(prong_query_value(ctx, "a", 0));
	ck_assert_ptr_null(prong_field(ctx, "Host"));
	ck_assert_ptr_null(prong_cookie(ctx, "a"));
	ck_assert_ptr_null(prong_alloc(ctx, 1));
	ck_assert_ptr_null(prong_get(ctx, &key));
	ck_assert_int_eq(prong_set(ctx, &key, NULL), -1);
	ck_assert_int_eq(prong_time_left(ctx), 0);
	ck_assert_str_eq(prong_body(ctx, NULL), "");
	ck_assert_ptr_null(prong_body_json(ctx));
	ck_assert_ptr_null(prong_body_form(ctx, NULL));
}

START_TEST(wrong_calls_are_logged_and_harmless)
{
	set_up();
	ask(check_nulls, GET("/api/") "\r\n");
	ck_assert_ptr_nonnull(strstr(fake_worker_module_log(&m),
		"module test: prong_cookie(): the name is NULL"));
	ask(keep, GET("/api/") "\r\n");
	check_over(late);
	ck_assert_ptr_nonnull(strstr(fake_worker_module_log(&m),
		"prong_method() was called for a request that has ended"));
	check_over(NULL);
	tear_down();
}
END_TEST

/* ---- request ids -------------------------------------------------------- */

static char id[256];

static void
keep_id(struct prong_context *ctx)
{
	snprintf(id, sizeof(id), "%s", prong_request_id(ctx));
	/* The request that the master would report if the worker crashed
	 * now. */
	if (prong_field(ctx, "X-Request-Id") == NULL)
		ck_assert_str_eq(m.fake.slot.current.id, id);
}

START_TEST(a_request_id_is_adopted_or_made_and_returned)
{
	char first[256], line[300];

	set_up();
	act = keep_id;
	snprintf(line, sizeof(line), "%s",
		fake_worker_module_ask(&m,
			GET("/api/") "X-Request-ID: abc-DEF_1.2:3/4\r\n\r\n"));
	ck_assert_str_eq(id, "abc-DEF_1.2:3/4");
	ck_assert_ptr_nonnull(
		strstr(line, "\r\nX-Request-Id: abc-DEF_1.2:3/4\r\n"));
	ask(keep_id, GET("/api/") "\r\n");
	ck_assert_uint_eq(strlen(id), 25);
	strcpy(first, id);
	ask(keep_id, GET("/api/") "\r\n");
	ck_assert_str_ne(id, first);
	ck_assert_mem_eq(id, first, 16);
	snprintf(line, sizeof(line), "\r\nX-Request-Id: %s\r\n", id);
	ck_assert_ptr_nonnull(strstr(m.fake.answer, line));
	tear_down();
}
END_TEST

START_TEST(made_request_ids_count_on)
{
	static const uint64_t from[] = { 0, 0xfe, 0xfffe, 0xfffffffe };
	struct request_ids ids;
	char count[20];
	struct span text;

	request_ids_init(&ids);
	ids.count = from[_i];
	/* The texts are made anew at a multiple of 256. */
	while (++ids.count % 256 != 0)
		;
	ids.count--;
	for (int i = 0; i < 600; i++) {
		text = request_id_make(&ids);
		snprintf(count, sizeof(count),
			ids.count >> 32 == 0 ? "-%08llx" : "-%016llx",
			(unsigned long long)ids.count);
		ck_assert_uint_eq(text.len, 16 + strlen(count));
		ck_assert_mem_eq(text.at + 16, count, strlen(count));
		ck_assert_uint_eq(strspn(text.at, "0123456789abcdef"), 16);
	}
}
END_TEST

START_TEST(an_unsafe_request_id_is_replaced)
{
	static const char *const all[] = { "", "a b", "a\"b", "a,b", "a<b",
		"\xc3\xa9",
		"0123456789012345678901234567890123456789012345678901234567890"
		"1234567890123456789012345678901234567890123456789012345678901"
		"2345678" };
	char head[512];

	set_up();
	snprintf(head, sizeof(head), GET("/api/") "X-Request-Id: %s\r\n\r\n",
		all[_i]);
	ask(keep_id, head);
	ck_assert_str_ne(id, all[_i]);
	ck_assert_uint_eq(strlen(id), 25);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_request_line_is_returned_decoded, 0 },
		{ an_encoded_slash_belongs_to_the_parameter, 0 },
		{ query_values_are_decoded, 0 },
		{ fields_and_cookies_are_found, 0 },
		{ memory_and_values_belong_to_the_request, 0 },
		{ wrong_calls_are_logged_and_harmless, 0 },
		{ a_request_id_is_adopted_or_made_and_returned, 0 },
		{ made_request_ids_count_on, 4 },
		{ an_unsafe_request_id_is_replaced, 7 },
	};

	return harness_run("module_request", tests, ROWS(tests));
}
