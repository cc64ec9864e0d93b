/*
 * Responses with a file, byte by byte.
 * SPDX-License-Identifier: MIT
 */
#include "serve/static_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/fake_worker.h"
#include "support/harness.h"

#define MODIFIED "Mon, 23 Nov 2026 03:44:20 GMT"
#define START(s)                                                               \
	"HTTP/1.1 " s "\r\nDate: " FAKE_WORKER_DATE "\r\nServer: prong\r\n"
#define DIGITS "0123456789"
#define TYPE   "Content-Type: text/plain; charset=utf-8\r\n"
#define VALIDATORS                                                             \
	"Last-Modified: " MODIFIED "\r\nETag: %s\r\n"                          \
	"Accept-Ranges: bytes\r\n"

static struct fake_worker fake;
static char etag[64], expected[4096];

static const char *
ask(const char *method, const char *path, const char *fields)
{
	char head[1024];

	snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n",
		method, path, fields);
	return fake_worker_ask(&fake, head);
}

/* _i == 1: by a descriptor, not from memory. */
static void
set_up(int i)
{
	const char *p;

	fake_worker_open(&fake);
	if (i == 1)
		fake.conf.limits.cached_file = 0;
	fake_worker_write(&fake, "a.txt", DIGITS, 10);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	p = strstr(ask("GET", "/a.txt", ""), "ETag: ");
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(sscanf(p, "ETag: %63s", etag), 1);
}

static void
assert_answer(const char *answer)
{
	ck_assert_str_eq(answer, expected);
	ck_assert_uint_eq(fake.answer_len, strlen(expected));
}

#define EXPECT(...) snprintf(expected, sizeof(expected), __VA_ARGS__)

START_TEST(a_file_is_sent_completely)
{
	set_up(_i);
	EXPECT(START("200 OK") TYPE "Content-Length: 10\r\n" VALIDATORS
				    "\r\n" DIGITS,
		etag);
	assert_answer(ask("GET", "/a.txt", ""));
	assert_answer(ask("GET", "/a.txt", "Range: lines=1-2\r\n"));
	assert_answer(ask("GET", "/a.txt", "If-None-Match: \"x\"\r\n"));
	assert_answer(ask(
		"GET", "/a.txt", "Range: bytes=1-2\r\nIf-Range: \"x\"\r\n"));
	assert_answer(ask(
		"GET", "/a.txt", "Range: bytes=1-2\r\nRange: bytes=3-4\r\n"));
	assert_answer(ask("GET", "/x/../a%2etxt?query", ""));
	EXPECT(START("200 OK") TYPE "Content-Length: 10\r\n" VALIDATORS "\r\n",
		etag);
	assert_answer(ask("HEAD", "/a.txt", ""));
	assert_answer(ask("HEAD", "/a.txt", "Range: bytes=1-2\r\n"));
	EXPECT(START("200 OK") TYPE "Content-Length: 10\r\n" VALIDATORS
				    "Connection: close\r\n\r\n" DIGITS,
		etag);
	assert_answer(ask("GET", "/a.txt", "Connection: close\r\n"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_http_1_0_response_says_keep_alive)
{
	set_up(_i);
	EXPECT(START("200 OK") TYPE "Content-Length: 10\r\n" VALIDATORS
				    "Connection: keep-alive\r\n\r\n" DIGITS,
		etag);
	assert_answer(fake_worker_ask(&fake, "GET /a.txt HTTP/1.0\r\n"
					     "Connection: keep-alive\r\n\r\n"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_unmodified_file_is_answered_with_304)
{
	char fields[256];

	set_up(_i);
	EXPECT(START("304 Not Modified") VALIDATORS "\r\n", etag);
	snprintf(fields, sizeof(fields),
		"If-None-Match: \"x\"\r\n"
		"If-None-Match: %s%s\r\n",
		_i == 1 ? "" : "W/", etag);
	assert_answer(ask("GET", "/a.txt", fields));
	assert_answer(ask("HEAD", "/a.txt", fields));
	assert_answer(ask("GET", "/a.txt", "If-None-Match: *\r\n"));
	assert_answer(
		ask("GET", "/a.txt", "If-Modified-Since: " MODIFIED "\r\n"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_failed_precondition_is_answered_with_412)
{
	static const char *const fields[] = {
		"If-Match: \"x\"\r\n",
		"If-Unmodified-Since: Mon, 23 Nov 2026 03:44:19 GMT\r\n",
	};

	set_up(_i);
	for (size_t i = 0; i < ROWS(fields); i++) {
		const char *answer = ask("GET", "/a.txt", fields[i]);

		EXPECT(START("412 Precondition Failed"));
		ck_assert_int_eq(
			strncmp(answer, expected, strlen(expected)), 0);
		ck_assert_ptr_nonnull(strstr(answer, "<h1>412 "));
	}
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_range_is_answered_with_a_part)
{
	char fields[256];

	set_up(_i);
	EXPECT(START("206 Partial Content") TYPE
		"Content-Length: 3\r\nContent-Range: bytes "
		"2-4/10\r\n" VALIDATORS "\r\n234",
		etag);
	assert_answer(ask("GET", "/a.txt", "Range: bytes=2-4\r\n"));
	snprintf(fields, sizeof(fields),
		"Range: bytes=2-3,4-4\r\nIf-Range: %s\r\n", etag);
	if (_i == 0)
		assert_answer(ask("GET", "/a.txt", fields));
	EXPECT(START("206 Partial Content") TYPE
		"Content-Length: 1\r\nContent-Range: bytes "
		"9-9/10\r\n" VALIDATORS "\r\n9",
		etag);
	assert_answer(ask("GET", "/a.txt", "Range: bytes=-1\r\n"));
	assert_answer(ask("GET", "/a.txt", "Range: bytes=9-100\r\n"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_file_that_is_not_hashed_has_no_range_for_if_range)
{
	char fields[256];

	set_up(1);
	ck_assert_int_eq(strncmp(etag, "W/\"", 3), 0);
	EXPECT(START("200 OK") TYPE "Content-Length: 10\r\n" VALIDATORS
				    "\r\n" DIGITS,
		etag);
	snprintf(fields, sizeof(fields), "Range: bytes=2-3\r\nIf-Range: %s\r\n",
		etag);
	assert_answer(ask("GET", "/a.txt", fields));
	snprintf(fields, sizeof(fields), "Range: bytes=2-3\r\nIf-Range: %s\r\n",
		etag + 2);
	assert_answer(ask("GET", "/a.txt", fields));
	assert_answer(ask("GET", "/a.txt",
		"Range: bytes=2-3\r\nIf-Range: " MODIFIED "\r\n"));
	snprintf(fields, sizeof(fields), "If-Match: %s\r\n", etag);
	EXPECT(START("412 Precondition Failed"));
	ck_assert_int_eq(strncmp(ask("GET", "/a.txt", fields), expected,
				 strlen(expected)),
		0);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_multipart_response_has_the_right_length)
{
	const char *answer, *body, *line;
	char edge[64];

	set_up(_i);
	answer = ask("GET", "/a.txt", "Range: bytes=0-1,5-6,-1\r\n");
	snprintf(edge, sizeof(edge), "prong-%08x-part", FAKE_WORKER_SECOND);
	body = strstr(answer, "\r\n\r\n") + 4;
	EXPECT("\r\n--%s\r\n" TYPE "Content-Range: bytes 0-1/10\r\n\r\n01"
	       "\r\n--%s\r\n" TYPE "Content-Range: bytes 5-6/10\r\n\r\n56"
	       "\r\n--%s\r\n" TYPE "Content-Range: bytes 9-9/10\r\n\r\n9"
	       "\r\n--%s--\r\n",
		edge, edge, edge, edge);
	ck_assert_str_eq(body, expected);
	line = strstr(answer, "Content-Length: ");
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(strtoul(line + 16, NULL, 10), strlen(body));
	EXPECT(START("206 Partial Content") "Content-Type: "
					    "multipart/byteranges; "
					    "boundary=%s\r\nContent-Length: "
					    "%zu\r\n" VALIDATORS "\r\n",
		edge, strlen(body), etag);
	ck_assert_int_eq(strncmp(answer, expected, strlen(expected)), 0);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_unsatisfiable_range_is_answered_with_the_size)
{
	const char *answer;

	set_up(_i);
	answer = ask("GET", "/a.txt", "Range: bytes=10-\r\n");
	EXPECT(START("416 Range Not Satisfiable"));
	ck_assert_int_eq(strncmp(answer, expected, strlen(expected)), 0);
	ck_assert_ptr_nonnull(
		strstr(answer, "\r\nContent-Range: bytes */10\r\n"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(another_method_is_answered_with_allow)
{
	set_up(_i);
	EXPECT(START("204 No Content") "Allow: GET, HEAD, OPTIONS\r\n\r\n");
	assert_answer(ask("OPTIONS", "/a.txt", ""));
	ck_assert_ptr_nonnull(strstr(ask("POST", "/a.txt", ""),
		"\r\nAllow: GET, HEAD, OPTIONS\r\n"));
	ck_assert_int_eq(strncmp(fake.answer, "HTTP/1.1 405 ", 13), 0);
	fake_worker_close(&fake);
}
END_TEST

// clang-format off
static const struct {
	const char *fields;
	bool gets_page;
} accepts[] = {
	{ "", false }, { "Accept: */*\r\n", false },
	{ "Accept: image/png\r\n", false }, { "Accept: text/*\r\n", false },
	{ "Accept: text/html;q=0\r\n", false },
	{ "Accept: xtext/html\r\n", false },
	{ "Accept: text/html2\r\n", false },
	{ "Accept: application/xhtml+xml\r\n", false },
	{ "Accept: text/html,*/*\r\n", true },
	{ "Accept: TEXT/HTML;q=0.1\r\n", true },
	{ "Accept: image/png\r\nAccept: text/html\r\n", true },
};
// clang-format on

START_TEST(a_fallback_is_sent_only_to_clients_that_name_html)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "app.html", "app", 3);
	fake_worker_add_route(&fake, "/")->files.fallback = "/app.html";
	fake_worker_start(&fake);
	ask("GET", "/no", accepts[_i].fields);
	ck_assert_ptr_nonnull(strstr(fake.answer, "\r\nVary: Accept\r\n"));
	ck_assert_int_eq(strncmp(fake.answer,
				 accepts[_i].gets_page ? "HTTP/1.1 200 "
						       : "HTTP/1.1 404 ",
				 13),
		0);
	ck_assert_int_eq(strcmp(fake.answer + fake.answer_len - 3, "app") == 0,
		accepts[_i].gets_page);
	ask("GET", "/app.html", accepts[_i].fields);
	ck_assert_ptr_null(strstr(fake.answer, "\r\nVary: Accept\r\n"));
	fake_worker_close(&fake);
}
END_TEST

/* ---- files that another route forbids ----------------------------------- */

static const char *const try_php[] = { "$path", "$path.php", NULL };
static const char *const try_private[] = { "/private/$path", NULL };
static const char *const try_index[] = { "$path/", NULL };
static const char *const index_php[] = { "index.php", "index.html", NULL };
static const struct conf_network everyone = { "::/0", { 0 }, 0 };

static void
make_directory(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fake.root, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

/* All paths with the files, "**.php" that is 404, "private/" that is denied. */
static struct conf_route *
set_up_guards(void)
{
	struct conf_route *all;

	fake_worker_open(&fake);
	make_directory("d");
	make_directory("e");
	make_directory("private");
	fake_worker_write(&fake, "config.php", "secret", 6);
	fake_worker_write(&fake, "d/index.php", "secret", 6);
	fake_worker_write(&fake, "d/index.html", "public", 6);
	fake_worker_write(&fake, "e/index.php", "secret", 6);
	fake_worker_write(&fake, "private/a", "secret", 6);
	*fake_worker_add_route(&fake, "/") = (struct conf_route){
		.path = SPAN("/"),
		.pattern = SPAN("/**.php"),
		.kind = CONF_ROUTE_RETURN,
		.fixed.status = 404,
	};
	fake_worker_add_route(&fake, "/private/")->deny =
		(struct conf_networks){ &everyone, 1, false };
	all = fake_worker_add_route(&fake, "/");
	return all;
}

// clang-format off
static const struct {
	const char *const *try, *const *index;
	const char *fallback, *path;
	int status;
} forbidden[] = {
	{ try_php, NULL, NULL, "/config", 404 },
	{ try_private, NULL, NULL, "/a", 404 },
	{ NULL, NULL, "/config.php", "/none", 404 },
	{ NULL, NULL, "/private/a", "/none", 404 },
	{ NULL, index_php, NULL, "/d/", 200 },
	{ NULL, index_php, NULL, "/e/", 403 },
	{ NULL, index_php, NULL, "/none/", 404 },
	{ try_index, index_php, NULL, "/e", 404 },
	{ NULL, NULL, NULL, "/private/a", 403 },
	{ NULL, NULL, NULL, "/d/index.html", 200 },
};
// clang-format on

START_TEST(a_file_that_another_route_forbids_is_not_reached)
{
	char start[32];
	struct conf_route *all = set_up_guards();

	all->files.try = forbidden[_i].try;
	if (forbidden[_i].index != NULL)
		all->files.index = forbidden[_i].index;
	all->files.fallback = forbidden[_i].fallback;
	fake_worker_start(&fake);
	ask("GET", forbidden[_i].path, "Accept: text/html\r\n");
	snprintf(start, sizeof(start), "HTTP/1.1 %d ", forbidden[_i].status);
	ck_assert_msg(strncmp(fake.answer, start, strlen(start)) == 0, "%s",
		fake.answer);
	ck_assert_ptr_null(strstr(fake.answer, "secret"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_route_with_a_prefix_does_not_reach_what_is_forbidden_at_the_top)
{
	struct conf_route *user;

	set_up_guards();
	user = fake_worker_add_route(&fake, "/user/");
	user->files.try = try_private;
	fake_worker_start(&fake);
	ask("GET", "/user/a", "");
	ck_assert_int_eq(strncmp(fake.answer, "HTTP/1.1 404 ", 13), 0);
	fake_worker_close(&fake);
}
END_TEST

// clang-format off
static const struct {
	const char *path, *fields;
	int status;
} bare[] = {
	{ "/d", "Accept: text/html\r\n", 200 },
	{ "/d/", "Accept: text/html\r\n", 200 },
	{ "/d", "", 301 }, { "/d/", "", 403 },
	{ "/i", "Accept: text/html\r\n", 301 },
	{ "/none/", "Accept: text/html\r\n", 200 },
};
// clang-format on

START_TEST(a_directory_without_an_index_is_a_page_of_the_application)
{
	char start[32];

	fake_worker_open(&fake);
	make_directory("d");
	make_directory("i");
	fake_worker_write(&fake, "i/index.html", "index", 5);
	fake_worker_write(&fake, "app.html", "app", 3);
	fake_worker_add_route(&fake, "/")->files.fallback = "/app.html";
	fake_worker_start(&fake);
	ask("GET", bare[_i].path, bare[_i].fields);
	snprintf(start, sizeof(start), "HTTP/1.1 %d ", bare[_i].status);
	ck_assert_msg(strncmp(fake.answer, start, strlen(start)) == 0, "%s",
		fake.answer);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_condition_that_is_given_twice_is_ignored)
{
	static const char *const fields[] = {
		"If-Modified-Since: " MODIFIED "\r\n"
		"If-Modified-Since: " MODIFIED "\r\n",
		"If-Unmodified-Since: Mon, 23 Nov 2026 03:44:19 GMT\r\n"
		"If-Unmodified-Since: Mon, 23 Nov 2026 03:44:19 GMT\r\n",
		"Range: bytes=1-2\r\nIf-Range: " MODIFIED "\r\n"
		"If-Range: " MODIFIED "\r\n",
	};

	set_up(0);
	EXPECT(START("200 OK") TYPE "Content-Length: 10\r\n" VALIDATORS
				    "\r\n" DIGITS,
		etag);
	for (size_t i = 0; i < ROWS(fields); i++)
		assert_answer(ask("GET", "/a.txt", fields[i]));
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_file_is_sent_completely, 2 },
		{ an_http_1_0_response_says_keep_alive, 2 },
		{ an_unmodified_file_is_answered_with_304, 2 },
		{ a_failed_precondition_is_answered_with_412, 2 },
		{ a_range_is_answered_with_a_part, 2 },
		{ a_file_that_is_not_hashed_has_no_range_for_if_range, 0 },
		{ a_multipart_response_has_the_right_length, 2 },
		{ an_unsatisfiable_range_is_answered_with_the_size, 2 },
		{ another_method_is_answered_with_allow, 2 },
		{ a_fallback_is_sent_only_to_clients_that_name_html,
			ROWS(accepts) },
		{ a_file_that_another_route_forbids_is_not_reached,
			ROWS(forbidden) },
		{ a_route_with_a_prefix_does_not_reach_what_is_forbidden_at_the_top,
			0 },
		{ a_directory_without_an_index_is_a_page_of_the_application,
			ROWS(bare) },
		{ a_condition_that_is_given_twice_is_ignored, 0 },
	};

	return harness_run("static_file", tests, ROWS(tests));
}
