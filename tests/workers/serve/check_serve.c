/*
 * Whose answer it is, and what an answer says about the connection.
 * SPDX-License-Identifier: MIT
 */
#include "serve/serve.h"

#include <stdlib.h>

#include "conn/response.h"
#include "support/fake_worker.h"
#include "support/harness.h"

static struct fake_worker fake;

static void
set_up(void)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/files/");
	*fake_worker_add_route(&fake, "/old") = (struct conf_route){
		.path = { "/old", 4 },
		.kind = CONF_ROUTE_REDIRECT,
		.redirect.target = "/files/a",
		.redirect.status = 308,
	};
	fake_worker_start(&fake);
}

static void
assert_begins(const char *head, const char *start)
{
	fake_worker_ask(&fake, head);
	ck_assert_msg(strncmp(fake.answer, start, strlen(start)) == 0, "%s: %s",
		head, fake.answer);
}

START_TEST(each_kind_of_route_answers)
{
	set_up();
	assert_begins("GET /files/a HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\n");
	assert_begins("GET /old HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 308 Permanent Redirect\r\n");
	assert_begins("GET /none HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\n");
	assert_begins("GET /files HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\n");
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_asterisk_asks_about_the_server)
{
	set_up();
	ck_assert_str_eq(
		fake_worker_ask(&fake, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
		"HTTP/1.1 204 No Content\r\n"
		"Date: " FAKE_WORKER_DATE "\r\nServer: prong\r\n"
		"Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n\r\n");
	fake_worker_close(&fake);
}
END_TEST

// clang-format off
static const struct {
	const char *head;
	int status;
} refusals[] = {
	{ "GET / HTTP/1.1\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
	  "9999999999999999999\r\n\r\n", 413 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417 },
	{ "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501 },
	{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
};
// clang-format on

START_TEST(a_refusal_is_the_last_answer)
{
	const char *answer;

	set_up();
	answer = fake_worker_ask(&fake, refusals[_i].head);
	ck_assert_int_eq(
		atoi(answer + strlen("HTTP/1.1 ")), refusals[_i].status);
	ck_assert_ptr_nonnull(strstr(answer, "\r\nConnection: close\r\n"));
	ck_assert_ptr_null(strstr(answer, "Unknown"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(every_answer_has_a_date_and_a_length_that_is_true)
{
	static const char *const heads[] = {
		"GET /files/a HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /files/b HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /old HTTP/1.1\r\nHost: a\r\n\r\n",
		"PUT /files/a HTTP/1.1\r\nHost: a\r\n\r\n",
		"nonsense\r\n\r\n",
	};

	set_up();
	for (size_t i = 0; i < ROWS(heads); i++) {
		const char *answer = fake_worker_ask(&fake, heads[i]);
		const char *length = strstr(answer, "\r\nContent-Length: ");
		const char *content = strstr(answer, "\r\n\r\n");

		ck_assert_ptr_nonnull(length);
		ck_assert_uint_eq(
			strtoul(length + 18, NULL, 10), strlen(content + 4));
		ck_assert_ptr_nonnull(
			strstr(answer, "\r\nDate: " FAKE_WORKER_DATE "\r\n"));
	}
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_https_target_needs_a_connection_that_vouches_for_it)
{
	static const struct conf_network loopback = { "::1", { [15] = 1 },
		128 };
	static const char head[] = "GET https://a/files/a HTTP/1.1\r\n"
				   "Host: a\r\nX-Forwarded-Proto: https\r\n"
				   "\r\n";

	set_up();
	assert_begins(head, "HTTP/1.1 421 Misdirected Request\r\n");
	fake.conf.trusted.networks =
		(struct conf_networks){ &loopback, 1, false };
	assert_begins(head, "HTTP/1.1 200 OK\r\n");
	assert_begins("GET https://a/files/a HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 421 Misdirected Request\r\n");
	assert_begins("GET http://a/files/a HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\n");
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_encoded_slash_in_the_name_of_a_file_is_refused)
{
	set_up();
	fake.routes[0].encoded_slashes = true;
	assert_begins(
		"GET /files%2Fa HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ");
	assert_begins("GET /files/..%2fa HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 400 ");
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_status_has_its_reason)
{
	ck_assert_str_eq(response_reason(200), "OK");
	ck_assert_str_eq(
		response_reason(431), "Request Header Fields Too Large");
	ck_assert_str_eq(response_reason(299), "Unknown");
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_kind_of_route_answers, 0 },
		{ an_asterisk_asks_about_the_server, 0 },
		{ a_refusal_is_the_last_answer, ROWS(refusals) },
		{ every_answer_has_a_date_and_a_length_that_is_true, 0 },
		{ an_https_target_needs_a_connection_that_vouches_for_it, 0 },
		{ an_encoded_slash_in_the_name_of_a_file_is_refused, 0 },
		{ a_status_has_its_reason, 0 },
	};

	return harness_run("serve", tests, ROWS(tests));
}
