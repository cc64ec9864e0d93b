/*
 * Directories that have no index file.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

#define CONF(listing)                                                          \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\","  \
	" \"listing\": " listing "}]}]}"

static struct server s;

static void
start(const char *conf)
{
	char link[128];

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/d/small.txt", "1");
	server_text(&s, "www/d/large <1>.txt", "12345678");
	server_text(&s, "www/d/.hidden", "secret");
	server_text(&s, "www/d/sub/x", "x");
	server_text(&s, "outside.txt", "outside\n");
	snprintf(link, sizeof(link), "%s/d/leak", s.root);
	ck_assert_int_eq(symlink("../../outside.txt", link), 0);
	server_start(&s, conf);
}

START_TEST(a_page_lists_what_would_be_served)
{
	struct response r;

	start(CONF("true"));
	client_fetch(s.port, "/d/", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(
		response_field(&r, "Content-Type"), "text/html; charset=utf-8");
	ck_assert_str_eq(response_field(&r, "Vary"), "Accept");
	ck_assert_ptr_nonnull(strstr(r.body, "\"./sub/\""));
	ck_assert_ptr_nonnull(strstr(r.body, "large &lt;1&gt;.txt"));
	ck_assert_ptr_null(strstr(r.body, "hidden"));
	ck_assert_ptr_null(strstr(r.body, "leak"));
	response_free(&r);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *path, *first, *second;
} orders[] = {
	{ "/d/", "sub", "large" },
	{ "/d/", "large", "small" },
	{ "/d/?sort=name&order=desc", "small", "large" },
	{ "/d/?sort=size", "small", "large" },
	{ "/d/?order=desc&sort=size", "large", "small" },
	{ "/d/?sort=size&order=desc", "sub", "large" },
	{ "/d/?sort=nonsense", "large", "small" },
};

START_TEST(the_query_says_the_order)
{
	const char *first, *second;
	struct response r;

	start(CONF("\"json\""));
	client_fetch(s.port, orders[_i].path, "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(
		response_field(&r, "Content-Type"), "application/json");
	first = strstr(r.body, orders[_i].first);
	second = strstr(r.body, orders[_i].second);
	ck_assert_msg(first != NULL && second != NULL && first < second, "%s",
		r.body);
	response_free(&r);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *path, *fields;
	int status;
	const char *type;
} rows[] = {
	{ "/", "", 200, "text/html; charset=utf-8" },
	{ "/d", "", 301, "text/html; charset=utf-8" },
	{ "/none/", "", 404, "text/html; charset=utf-8" },
	{ "/d/small.txt/", "", 404, "text/html; charset=utf-8" },
	{ "/d/", "Accept: application/json\r\n", 200, "application/json" },
	{ "/d/", "Range: bytes=0-9\r\n", 206, "text/html; charset=utf-8" },
};

START_TEST(a_listing_is_answered_like_a_file)
{
	struct response r;

	start(CONF("true"));
	client_fetch(s.port, rows[_i].path, rows[_i].fields, &r);
	ck_assert_int_eq(r.status, rows[_i].status);
	ck_assert_str_eq(response_field(&r, "Content-Type"), rows[_i].type);
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(without_the_directive_it_is_forbidden)
{
	struct response r;

	start(CONF("false"));
	client_fetch(s.port, "/d/", "", &r);
	ck_assert_int_eq(r.status, 403);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_page_lists_what_would_be_served, 1 },
		{ the_query_says_the_order, ROWS(orders) },
		{ a_listing_is_answered_like_a_file, ROWS(rows) },
		{ without_the_directive_it_is_forbidden, 1 },
	};

	return harness_run("listing", tests, ROWS(tests));
}
