/*
 * Directories that have no index file.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
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

START_TEST(a_listing_contains_what_would_be_served)
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

START_TEST(a_name_hidden_by_another_route_is_not_listed)
{
	struct response r;

	start("{\"workers\": 1, \"listen\": "
	      "[\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	      ", \"sites\": [{\"routes\": ["
	      "{\"path\": \"/*\", \"root\": \"$ROOT\", \"listing\": \"json\"},"
	      "{\"path\": \"/**.txt\", \"return\": 404},"
	      "{\"path\": \"/d/large**\", \"return\": 200}]}]}");
	client_fetch(s.port, "/d/", "", &r);
	ck_assert_ptr_null(strstr(r.body, "small"));
	ck_assert_ptr_nonnull(strstr(r.body, "large"));
	ck_assert_ptr_nonnull(strstr(r.body, "sub"));
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(the_query_selects_the_order)
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
	{ "/d/", "Accept: APPLICATION/JSON\r\n", 200, "application/json" },
	{ "/d/", "Accept: application/json, */*\r\n", 200, "application/json" },
	{ "/d/", "Accept: text/html\r\nAccept: application/json\r\n", 200,
		"application/json" },
	{ "/d/", "Accept: application/json;q=0\r\n", 200,
		"text/html; charset=utf-8" },
	{ "/d/", "Accept: application/jsonlines\r\n", 200,
		"text/html; charset=utf-8" },
	{ "/d/", "Accept: application/json;q=0.5, text/html\r\n", 200,
		"text/html; charset=utf-8" },
	{ "/d/", "Range: bytes=0-9\r\n", 206, "text/html; charset=utf-8" },
};

START_TEST(the_route_sets_the_default_order)
{
	struct response r;

	start("{\"workers\": 1, \"listen\": "
	      "[\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	      ", \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": "
	      "\"$ROOT\","
	      " \"listing\": true, \"listing_order\": \"-size\"}]}]}");
	client_fetch(s.port, "/d/", "", &r);
	ck_assert_ptr_nonnull(strstr(r.body, "aria-sort=\"descending\""));
	ck_assert(strstr(r.body, "large") < strstr(r.body, "small"));
	response_free(&r);
	client_fetch(s.port, "/d/?sort=size&order=asc", "", &r);
	ck_assert(strstr(r.body, "large") > strstr(r.body, "small"));
	response_free(&r);
	client_fetch(s.port, "/d/?sort=name", "", &r);
	ck_assert_ptr_nonnull(strstr(r.body, "aria-sort=\"ascending\""));
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(a_listing_is_served_like_a_file)
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

START_TEST(a_listing_without_the_directive_is_forbidden)
{
	struct response r;

	start(CONF("false"));
	client_fetch(s.port, "/d/", "", &r);
	ck_assert_int_eq(r.status, 403);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* Names whose order is that of their numbers, upper and lower case mixed. */
static void
start_with_many(int n)
{
	char name[64];

	server_init(&s);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "www/many/%c%05d",
			i & 1 ? 'n' : 'N', i * 7919 % n);
		server_file(&s, name, "x", 1);
	}
	server_text(&s, "www/index.html", "home\n");
	server_start(&s, CONF("\"json\""));
}

static void
assert_all(const struct response *r, int n, bool is_descending)
{
	const char *at = r->body;
	int number, count = 0;

	ck_assert_int_eq(r->status, 200);
	ck_assert_ptr_nonnull(strstr(r->body, "\"complete\":true"));
	while ((at = strstr(at, "{\"name\":\"")) != NULL) {
		at += strlen("{\"name\":\"N");
		number = (int)strtol(at, NULL, 10);
		ck_assert_int_eq(number, is_descending ? n - 1 - count : count);
		count++;
	}
	ck_assert_int_eq(count, n);
}

enum { MANY = 3000 };

START_TEST(a_large_directory_is_listed_in_order)
{
	struct response r;

	start_with_many(MANY);
	client_fetch(s.port, "/many/", "", &r);
	assert_all(&r, MANY, false);
	response_free(&r);
	client_fetch(s.port, "/many/?order=desc", "", &r);
	assert_all(&r, MANY, true);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* One of them goes before it is done, one asks for something else, one has
 * another request behind it. */
START_TEST(a_listing_is_made_once_for_all_waiting_requests)
{
	struct client clients[6];
	struct response r;

	start_with_many(MANY);
	for (size_t i = 0; i < ROWS(clients); i++) {
		client_open(&clients[i], s.port);
		client_say(&clients[i],
			i == 2 ? "GET /many/?order=desc HTTP/1.1\r\n"
				 "Host: a\r\n\r\n"
			       : "GET /many/ HTTP/1.1\r\n"
				 "Host: a\r\n\r\n"
				 "GET / HTTP/1.1\r\n"
				 "Host: a\r\n\r\n");
	}
	client_close(&clients[0]);
	for (size_t i = 1; i < ROWS(clients); i++) {
		client_recv(&clients[i], &r);
		assert_all(&r, MANY, i == 2);
		response_free(&r);
		if (i != 2) {
			client_recv(&clients[i], &r);
			ck_assert_str_eq(r.body, "home\n");
			response_free(&r);
		}
		client_close(&clients[i]);
	}
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_listing_contains_what_would_be_served, 1 },
		{ a_name_hidden_by_another_route_is_not_listed, 1 },
		{ the_query_selects_the_order, ROWS(orders) },
		{ the_route_sets_the_default_order, 1 },
		{ a_listing_is_served_like_a_file, ROWS(rows) },
		{ a_large_directory_is_listed_in_order, 1 },
		{ a_listing_is_made_once_for_all_waiting_requests, 1 },
		{ a_listing_without_the_directive_is_forbidden, 1 },
	};

	return harness_run("listing", tests, ROWS(tests));
}
