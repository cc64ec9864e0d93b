/*
 * Pages of other origins (the Fetch standard, 3.2).
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

#define ORIGIN "Access-Control-Allow-Origin"

static struct server s;

static const char CONF[] =
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	", \"sites\": [{\"routes\": ["
	"{\"path\": \"/one/*\", \"root\": \"$ROOT\", \"cors\": {"
	" \"origins\": [\"https://a.example\"], \"methods\": [\"PUT\", "
	"\"GET\"],"
	" \"headers\": [\"X-A\"], \"expose\": [\"X-B\", \"X-C\"], \"max_age\": "
	"\"1m\", \"credentials\": true}},"
	"{\"path\": \"/all/*\", \"root\": \"$ROOT\","
	" \"cors\": {\"origins\": [\"*\"]}},"
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}";

#define ASK(method, path, fields)                                              \
	method " " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" fields \
	       "\r\n"
#define FROM(origin) "Origin: https://" origin "\r\n"
#define FIRST        "Access-Control-Request-Method: PUT\r\n"

static const struct {
	const char *request;
	int status;
	const char *name, *value;
} rows[] = {
	{ ASK("GET", "/one/a.png", FROM("a.example")), 200, ORIGIN,
		"https://a.example" },
	{ ASK("GET", "/one/a.png", FROM("a.example")), 200, "Vary", "Origin" },
	{ ASK("GET", "/one/a.png", FROM("a.example")), 200,
		"Access-Control-Allow-Credentials", "true" },
	{ ASK("GET", "/one/a.png", FROM("a.example")), 200,
		"Access-Control-Expose-Headers", "X-B, X-C" },
	{ ASK("GET", "/one/a.png", FROM("b.example")), 200,
		"Access-Control-Expose-Headers", NULL },
	{ ASK("GET", "/one/none", FROM("a.example")), 404, ORIGIN,
		"https://a.example" },
	{ ASK("GET", "/one/a.png", FROM("b.example")), 200, ORIGIN, NULL },
	{ ASK("GET", "/one/a.png", FROM("b.example")), 200, "Vary", "Origin" },
	{ ASK("GET", "/one/a.png", ""), 200, ORIGIN, NULL },
	{ ASK("GET", "/one/a.png", ""), 200, "Vary", "Origin" },
	{ ASK("OPTIONS", "/one/a.png", FROM("a.example") FIRST), 204,
		"Access-Control-Allow-Methods", "PUT, GET" },
	{ ASK("OPTIONS", "/one/a.png", FROM("a.example") FIRST), 204,
		"Access-Control-Allow-Headers", "X-A" },
	{ ASK("OPTIONS", "/one/a.png", FROM("a.example") FIRST), 204,
		"Access-Control-Max-Age", "60" },
	{ ASK("OPTIONS", "/one/a.png", FROM("b.example") FIRST), 204,
		"Access-Control-Allow-Methods", NULL },
	{ ASK("OPTIONS", "/one/a.png", FROM("a.example")), 204, "Allow",
		"GET, HEAD, OPTIONS" },
	{ ASK("GET", "/all/a.png", FROM("a.example")), 200, ORIGIN, "*" },
	{ ASK("GET", "/all/a.png", ""), 200, ORIGIN, "*" },
	{ ASK("GET", "/all/a.png", ""), 200, "Vary", NULL },
	{ ASK("GET", "/a.png", FROM("a.example")), 200, ORIGIN, NULL },
	{ ASK("GET", "/a.png", FROM("a.example")), 200, "Vary", NULL },
};

START_TEST(an_origin_receives_its_permissions)
{
	struct response r;
	const char *got;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/a.png", "png\n");
	server_start(&s, CONF);
	client_ask(s.port, rows[_i].request, &r);
	ck_assert_int_eq(r.status, rows[_i].status);
	got = response_field(&r, rows[_i].name);
	if (rows[_i].value == NULL)
		ck_assert_uint_eq(response_count(&r, rows[_i].name), 0);
	else
		ck_assert_msg(got != NULL && strcmp(got, rows[_i].value) == 0,
			"%s", r.head);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_origin_receives_its_permissions, ROWS(rows) },
	};

	return harness_run("cors", tests, ROWS(tests));
}
