/*
 * What modules answer, from the table of routes to the wire.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

// clang-format off
static const char conf[] =
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
	SERVER_TIMEOUTS ", \"sites\": [{"
	" \"error_pages\": {\"404\": \"/404.html\"}, \"routes\": ["
	" {\"path\": \"/*\", \"root\": \"$ROOT\"},"
	" {\"path\": \"/greet/*\", \"module\": \"hello\"},"
	" {\"path\": \"/api/*\", \"module\": \"" MODULES "/answers.so\","
	" \"early_hints\": true,"
	"  \"config\": {\"dir\": \"$DIR/files\"}}]}]}";
// clang-format on

static struct server s;

static void
start(void)
{
	server_init(&s);
	server_text(&s, "www/index.html", "index\n");
	server_text(&s, "www/404.html", "<p>a page\n");
	server_text(&s, "files/a.txt", "0123456789");
	server_start(&s, conf);
}

struct row {
	const char *line, *fields; /* of the request */
	int status;
	const char *body;          /* or NULL */
	const char *field, *value; /* or NULL */
};

static void
ask(const struct row *row, struct response *r)
{
	struct client c;
	char text[1024];

	snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: a\r\n%s\r\n",
		row->line, row->fields);
	client_open(&c, s.port);
	client_say(&c, text);
	if (strncmp(text, "HEAD ", 5) == 0)
		client_recv_head(&c, r);
	else
		client_recv(&c, r);
	client_close(&c);
}

static void
assert_row(const struct row *row)
{
	struct response r;
	const char *value;

	ask(row, &r);
	ck_assert_msg(
		r.status == row->status, "%s: %s%s", row->line, r.head, r.body);
	if (row->body != NULL)
		ck_assert_str_eq(r.body, row->body);
	if (row->field != NULL) {
		value = response_field(&r, row->field);
		ck_assert_msg(value != NULL && strcmp(value, row->value) == 0,
			"%s: %s", row->line, r.head);
	}
	response_free(&r);
}

#define JSON "application/problem+json"
#define HTML "Accept: text/html, */*;q=0.8\r\n"

// clang-format off
static const struct row rows[] = {
	{ "GET /greet/hello/you", "", 200, "Hello, you!\n",
		"Content-Type", "text/plain; charset=utf-8" },
	{ "GET /greet/hello/a%20%C3%A9", "", 200, "Hello, a \xc3\xa9!\n",
		NULL, NULL },
	{ "HEAD /greet/hello/you", "", 200, "", "Content-Length", "12" },
	{ "OPTIONS /greet/hello/you", "", 204, "", "Allow",
		"GET, HEAD, OPTIONS" },
	{ "DELETE /greet/hello/you", "", 405, NULL, "Allow",
		"GET, HEAD, OPTIONS" },
	{ "DELETE /greet/hello/you", "", 405, NULL, "Content-Type", JSON },
	{ "GET /greet/hello/you/card", "", 200, NULL, "Content-Type",
		"application/json" },
	{ "GET /greet/hello/you/?a=b", "", 308, NULL, "Location",
		"/greet/hello/you?a=b" },
	{ "GET /greet/none", "", 404, NULL, "Content-Type", JSON },
	{ "GET /greet/none", HTML, 404, "<p>a page\n", NULL, NULL },
	{ "GET /greet/", "", 404, NULL, NULL, NULL },
	/* The rest of the site is for people. */
	{ "GET /none", "", 404, "<p>a page\n", NULL, NULL },
	{ "GET /", "", 200, "index\n", NULL, NULL },
	{ "GET /api/seen/you", "", 200, "module you", NULL, NULL },
	{ "GET /api/group/you", "X-Key: k\r\n", 200, "module group guard you",
		NULL, NULL },
	{ "GET /api/group/you", "", 401, NULL, "Content-Type", JSON },
	{ "GET /api/files/a.txt", "", 200, "0123456789", "Content-Type",
		"text/plain; charset=utf-8" },
	{ "GET /api/files/a.txt", "Range: bytes=3-4\r\n", 206, "34", NULL,
		NULL },
	{ "GET /api/files/a.txt", "If-None-Match: *\r\n", 304, "", NULL, NULL },
	{ "GET /api/files/..%2fwww", "", 400, NULL, NULL, NULL },
	{ "GET /api/files/none", "", 404, NULL, "Content-Type", JSON },
	{ "POST /api/login", "Content-Length: 0\r\n", 303, "", "Location",
		"/api/seen/you%20and%20me" },
};
// clang-format on

START_TEST(a_module_answers_according_to_its_table)
{
	start();
	assert_row(&rows[_i]);
	server_stop(&s);
}
END_TEST

START_TEST(a_module_sets_cookies)
{
	static const struct row login = { "POST /api/login",
		"Content-Length: 0\r\n", 0, NULL, NULL, NULL };
	struct response r;

	start();
	ask(&login, &r);
	ck_assert_uint_eq(response_count(&r, "Set-Cookie"), 2);
	ck_assert_ptr_nonnull(strstr(r.head,
		"\r\nSet-Cookie: session=s3cret; Path=/; Max-Age=60; "
		"SameSite=Lax; Secure; HttpOnly\r\n"
		"Set-Cookie: old=; SameSite=Lax; Secure; HttpOnly\r\n"));
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(hints_precede_their_response)
{
	struct client c;
	struct response r;

	start();
	client_open(&c, s.port);
	client_say(&c, "GET /api/hint HTTP/1.1\r\nHost: a\r\n"
		       "Sec-Fetch-Mode: navigate\r\n\r\n"
		       "GET /api/seen/you HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < 2; i++) {
		client_recv(&c, &r);
		ck_assert_int_eq(r.status, 103);
		ck_assert_str_eq(response_field(&r, "Link"),
			i == 0 ? "</a.css>; rel=preload"
			       : "</b.css>; rel=preload");
		response_free(&r);
	}
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hinted\n");
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "module you");
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_handler_without_an_answer_is_logged)
{
	static const struct row row = { "GET /api/forget/me",
		"X-Request-Id: abc-123\r\n", 500, NULL, "Content-Type", JSON };

	start();
	assert_row(&row);
	ck_assert(server_log_has(
		&s, "module answers: GET /api/forget/:what: ", 5000));
	ck_assert(server_log_has(&s, "GET /api/forget/me", 5000));
	ck_assert(server_log_has(&s, "abc-123", 5000));
	s.tolerated = "module answers";
	server_stop(&s);
}
END_TEST

START_TEST(a_temp_path_that_is_not_there_is_told_at_the_start)
{
	server_serve(&s,
		"{\"workers\": 1, \"listen\": "
		"[\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
		", \"temp_path\": \"$DIR/nothing\", \"sites\": [{\"routes\": ["
		"{\"path\": \"/*\", \"module\": \"hello\"}]}]}");
	ck_assert(server_log_has(&s,
		"/nothing: large parts of forms cannot be "
		"stored: No such file",
		DEADLINE));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_module_answers_according_to_its_table, ROWS(rows) },
		{ a_module_sets_cookies, 1 },
		{ hints_precede_their_response, 1 },
		{ a_handler_without_an_answer_is_logged, 1 },
		{ a_temp_path_that_is_not_there_is_told_at_the_start, 1 },
	};

	return harness_run("modules", tests, ROWS(tests));
}
