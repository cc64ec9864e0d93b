/*
 * The content of error responses.
 * SPDX-License-Identifier: MIT
 */
#include "serve/error_page.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/fake_worker.h"
#include "support/harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct conf_error_page pages[] = { { 404, "/404.html" },
	{ 405, "/none.html" } };

static struct fake_worker fake;

static void
set_up(void)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "404.html", "<p>lost</p>", 11);
	fake_worker_add_route(&fake, "/");
}

START_TEST(the_builtin_page_states_its_status)
{
	const char *answer, *body, *line;

	set_up();
	fake_worker_start(&fake);
	answer = fake_worker_ask(&fake, GET("/no"));
	body = strstr(answer, "\r\n\r\n") + 4;
	line = strstr(answer, "Content-Length: ");
	ck_assert_int_eq(strncmp(answer, "HTTP/1.1 404 Not Found\r\n", 24), 0);
	ck_assert_ptr_nonnull(
		strstr(answer, "Content-Type: text/html; charset=utf-8\r\n"));
	ck_assert_uint_eq(strtoul(line + 16, NULL, 10), strlen(body));
	ck_assert_ptr_nonnull(strstr(body, "<title>404 Not Found</title>"));
	fake_worker_close(&fake);
}
END_TEST

/* All that the server itself answers with. */
static const int explained[] = { 400, 401, 403, 404, 405, 408, 410, 412, 413,
	414, 415, 416, 421, 426, 429, 431, 500, 501, 503, 504 };

START_TEST(the_builtin_page_explains_the_statuses_of_the_server)
{
	set_up();
	fake.routes[0].kind = CONF_ROUTE_RETURN;
	fake.routes[0].fixed.status = explained[_i];
	fake_worker_start(&fake);
	ck_assert_ptr_nonnull(strstr(fake_worker_ask(&fake, GET("/")), "<p>"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(the_builtin_page_contains_nothing_of_the_request)
{
	set_up();
	fake_worker_start(&fake);
	fake_worker_ask(&fake, "GET /forged?forged HTTP/1.1\r\nHost: forged\r\n"
			       "Referer: forged\r\n\r\n");
	ck_assert_ptr_null(strstr(fake.answer, "forged"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_configured_page_replaces_the_builtin_one)
{
	set_up();
	fake.site.error_pages = (struct conf_error_pages){ pages, ROWS(pages) };
	fake_worker_start(&fake);
	ck_assert_str_eq(fake_worker_ask(&fake, GET("/no")),
		"HTTP/1.1 404 Not Found\r\n"
		"Date: " FAKE_WORKER_DATE "\r\nServer: prong\r\n"
		"Content-Type: text/html; charset=utf-8\r\n"
		"Content-Length: 11\r\n\r\n<p>lost</p>");
	ck_assert_str_eq(
		fake_worker_ask(&fake, "HEAD /no HTTP/1.1\r\nHost: a\r\n"
				       "Connection: close\r\n\r\n"),
		"HTTP/1.1 404 Not Found\r\n"
		"Date: " FAKE_WORKER_DATE "\r\nServer: prong\r\n"
		"Content-Type: text/html; charset=utf-8\r\n"
		"Content-Length: 11\r\nConnection: close\r\n\r\n");
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_missing_page_falls_back_to_the_builtin_one)
{
	set_up();
	fake.site.error_pages = (struct conf_error_pages){ pages, ROWS(pages) };
	fake_worker_start(&fake);
	fake_worker_ask(&fake, "PUT / HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(strncmp(fake.answer, "HTTP/1.1 405 ", 13), 0);
	ck_assert_ptr_nonnull(strstr(fake.answer, "<h1>405 "));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_malformed_request_gets_a_page_and_the_connection_closes)
{
	set_up();
	fake.site.error_pages = (struct conf_error_pages){ pages, ROWS(pages) };
	fake_worker_start(&fake);
	fake_worker_ask(&fake, "GET /no HTTP/1.1\r\n\r\n");
	ck_assert_int_eq(strncmp(fake.answer, "HTTP/1.1 400 ", 13), 0);
	ck_assert_ptr_nonnull(strstr(fake.answer, "\r\nConnection: close\r\n"));
	ck_assert_ptr_nonnull(strstr(fake.answer, "<h1>400 "));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_answer_to_a_malformed_head_request_has_no_content)
{
	set_up();
	fake_worker_start(&fake);
	fake_worker_ask(&fake, "HEAD /no HTTP/1.1\r\n\r\n");
	ck_assert_int_eq(strncmp(fake.answer, "HTTP/1.1 400 ", 13), 0);
	ck_assert_str_eq(strstr(fake.answer, "\r\n\r\n"), "\r\n\r\n");
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_builtin_page_states_its_status, 0 },
		{ the_builtin_page_explains_the_statuses_of_the_server,
			ROWS(explained) },
		{ the_builtin_page_contains_nothing_of_the_request, 0 },
		{ a_configured_page_replaces_the_builtin_one, 0 },
		{ a_missing_page_falls_back_to_the_builtin_one, 0 },
		{ a_malformed_request_gets_a_page_and_the_connection_closes,
			0 },
		{ an_answer_to_a_malformed_head_request_has_no_content, 0 },
	};

	return harness_run("error_page", tests, ROWS(tests));
}
