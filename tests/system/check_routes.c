/*
 * Which site and which route answers: hosts, prefixes, redirects, error pages,
 * fallbacks.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

// clang-format off
static const char conf[] =
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
	SERVER_TIMEOUTS ", \"sites\": ["
	" {\"routes\": [{\"path\": \"/*\", \"root\": \"$DIR/first\"}]},"
	" {\"hosts\": [\"example.com\"],"
	"  \"error_pages\": {\"404\": \"/404.html\"},"
	"  \"routes\": ["
	"   {\"path\": \"/old/*\", \"redirect\": \"/new/$1\", \"status\": 301},"
	"   {\"path\": \"/up/*\", \"redirect\": \"/$1\", \"status\": 302},"
	"   {\"path\": \"/away\", \"redirect\": \"https://a.example/x\","
	"    \"status\": 308},"
	"   {\"path\": \"/assets/*\", \"root\": \"$DIR/assets\","
	"    \"cache_control\": \"public, max-age=60\"},"
	"   {\"path\": \"/assets/deep/*\", \"root\": \"$DIR/deep\"},"
	"   {\"path\": \"/*\", \"root\": \"$DIR/example\"}]},"
	" {\"hosts\": [\"*.example.com\"],"
	"  \"routes\": [{\"path\": \"/*\", \"root\": \"$DIR/wild\","
	"   \"fallback\": \"/app.html\"}]}]}";
// clang-format on

static struct server s;

static void
start(void)
{
	server_init(&s);
	server_text(&s, "first/index.html", "first\n");
	server_text(&s, "example/index.html", "example\n");
	server_text(&s, "example/404.html", "<p>not here</p>\n");
	server_text(&s, "assets/a.css", "a\n");
	server_text(&s, "deep/a.css", "deep\n");
	server_text(&s, "wild/index.html", "wild\n");
	server_text(&s, "wild/app.html", "app\n");
	server_start(&s, conf);
}

static const struct {
	const char *host, *path;
	int status;
	const char *body;          /* or NULL */
	const char *field, *value; /* or NULL */
} rows[] = {
	{ "other", "/", 200, "first\n", NULL, NULL },
	{ "127.0.0.1", "/", 200, "first\n", NULL, NULL },
	{ "example.com", "/", 200, "example\n", NULL, NULL },
	{ "EXAMPLE.com:80", "/", 200, "example\n", NULL, NULL },
	{ "www.example.com", "/", 200, "wild\n", NULL, NULL },
	{ "a.b.example.com", "/", 200, "wild\n", NULL, NULL },
	{ "notexample.com", "/", 200, "first\n", NULL, NULL },
	{ "x", "http://example.com/", 400, NULL, NULL, NULL },
	{ "example.com", "http://example.com/", 200, "example\n", NULL, NULL },
	{ "example.com", "/old/a/b", 301, NULL, "Location", "/new/a/b" },
	{ "example.com", "/old/a%20b?c=d", 301, NULL, "Location",
		"/new/a%20b?c=d" },
	{ "example.com", "/old/", 301, NULL, "Location", "/new/" },
	{ "example.com", "/up/x", 302, NULL, "Location", "/x" },
	{ "example.com", "/away", 308, NULL, "Location",
		"https://a.example/x" },
	{ "example.com", "/assets/a.css", 200, "a\n", "Cache-Control",
		"public, max-age=60" },
	{ "example.com", "/assets/deep/a.css", 200, "deep\n", NULL, NULL },
	{ "example.com", "/nothing", 404, "<p>not here</p>\n", "Content-Type",
		"text/html; charset=utf-8" },
	{ "www.example.com", "/some/page", 200, "app\n", NULL, NULL },
	{ "www.example.com", "/app.html", 200, "app\n", NULL, NULL },
};

static void
fetch(const char *host, const char *path, struct response *r)
{
	char text[512];

	snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html, */*\r\n\r\n",
		path, host);
	client_ask(s.port, text, r);
}

START_TEST(the_most_specific_site_and_route_answer)
{
	struct response r;
	const char *value;

	start();
	fetch(rows[_i].host, rows[_i].path, &r);
	ck_assert_msg(r.status == rows[_i].status, "%s%s: %d", rows[_i].host,
		rows[_i].path, r.status);
	if (rows[_i].body != NULL)
		ck_assert_str_eq(r.body, rows[_i].body);
	if (rows[_i].field != NULL) {
		value = response_field(&r, rows[_i].field);
		ck_assert_msg(
			value != NULL && strcmp(value, rows[_i].value) == 0,
			"%s", r.head);
	}
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* "//host/" in Location would lead to another host (RFC 3986 4.2). */
static const char *const foreign[] = {
	"/up//evil.example/",
	"/up/%2Fevil.example/",
	"/up/%5Cevil.example/",
	"/up/\\evil.example/",
	"//assets/deep",
	"/up/%0d%0aSet-Cookie:%20a=b",
};

START_TEST(a_client_cannot_choose_where_a_redirect_leads)
{
	struct response r;
	const char *to;

	start();
	fetch("example.com", foreign[_i], &r);
	to = response_field(&r, "Location");
	ck_assert_msg(
		to == NULL || (to[0] == '/' && to[1] != '/' && to[1] != '\\'),
		"%s", r.head);
	ck_assert_uint_eq(response_count(&r, "Set-Cookie"), 0);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* An error page tells nothing of the request that a browser would run. */
START_TEST(an_error_page_holds_nothing_of_the_request)
{
	struct response r;

	start();
	fetch("other", "/%3Cscript%3Ealert(1)%3C/script%3E", &r);
	ck_assert_int_eq(r.status, 404);
	ck_assert_ptr_null(strstr(r.body, "script"));
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_most_specific_site_and_route_answer, ROWS(rows) },
		{ a_client_cannot_choose_where_a_redirect_leads,
			ROWS(foreign) },
		{ an_error_page_holds_nothing_of_the_request, 1 },
	};

	return harness_run("routes", tests, ROWS(tests));
}
