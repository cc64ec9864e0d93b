/*
 * What a request gets that no row of the table takes, and errors for programs
 * and for people.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "support/fake_worker_module.h"
#include "support/harness.h"

#define HTML "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"

static struct fake_worker_module m;

static void
handle(struct prong_context *ctx)
{
	prong_text(ctx, 200, "fine");
}

static void
refuse(struct prong_context *ctx)
{
	prong_set_field(ctx, "Retry-After", "7");
	prong_problem(ctx, 409, "%s is \"taken\"", "It");
}

static void
refuse_with(struct prong_context *ctx)
{
	prong_problem_with(ctx, 422,
		json_pack("{s:s,s:i,s:[s]}", "type", "https://a.example/e",
			"status", 200, "fields", "name"),
		"no name");
}

static void
refuse_badly(struct prong_context *ctx)
{
	prong_problem(ctx, 400, "not \xff\xfe here");
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/notes", .handler = handle },
	{ .method = "POST", .pattern = "/notes", .handler = handle },
	{ .method = "GET", .pattern = "/dir/", .handler = handle },
	{ .method = "GET", .pattern = "/x/:y", .handler = handle },
	{ .method = "GET", .pattern = "/refuse", .handler = refuse },
	{ .method = "GET", .pattern = "/refuse/with", .handler = refuse_with },
	{ .method = "GET",
		.pattern = "/refuse/badly",
		.handler = refuse_badly },
	{ 0 },
};
static const struct prong_module module = { .name = "test", .routes = routes };

// clang-format off
static const struct {
	const char *request, *fields;
	const char *status;
	const char *parts[3]; /* that the answer has */
} rows[] = {
	{ "GET /api/notes", "", "200 OK", { "\r\n\r\nfine" } },
	{ "GET /api/none", "", "404 Not Found", {
		"\r\nContent-Type: application/problem+json\r\n",
		"{\"type\":\"about:blank\",\"title\":\"Not Found\","
		"\"status\":404,\"detail\":\"The resource does not exist."
		"\",\"instance\":\"/api/none\"}" } },
	{ "GET /api/%22a%20b%3C", "", "404 Not Found",
		{ "\"instance\":\"/api/%22a%20b%3C\"}" } },
	{ "GET /api/%FF", "", "404 Not Found", { "\"instance\":\"/api/%FF\"}" } },
	{ "HEAD /api/none", "", "404 Not Found", { "+json\r\n" } },
	{ "DELETE /api/notes", "", "405 Method Not Allowed", {
		"\r\nAllow: GET, HEAD, POST, OPTIONS\r\n",
		"\"title\":\"Method Not Allowed\"" } },
	{ "OPTIONS /api/notes", "", "204 No Content", {
		"\r\nAllow: GET, HEAD, POST, OPTIONS\r\n" } },
	{ "OPTIONS /api/none", "", "404 Not Found", { NULL } },
	/* The same path but for the slash; the query goes along. */
	{ "GET /api/notes/", "", "308 Permanent Redirect",
		{ "\r\nLocation: /api/notes\r\n" } },
	{ "POST /api/notes/?a=b&c", "", "308 Permanent Redirect",
		{ "\r\nLocation: /api/notes?a=b&c\r\n" } },
	{ "GET /api/dir", "", "308 Permanent Redirect",
		{ "\r\nLocation: /api/dir/\r\n" } },
	{ "GET http://a/api/dir?q", "", "308 Permanent Redirect",
		{ "\r\nLocation: /api/dir/?q\r\n" } },
	{ "GET /api/x/a%0d%0aB:%20c/", "", "308 Permanent Redirect",
		{ "\r\nLocation: /api/x/a%0D%0AB:%20c\r\n" } },
	{ "GET /api/x//evil/", "", "308 Permanent Redirect",
		{ "\r\nLocation: /api/x/evil\r\n" } },
	/* Programs and people. */
	{ "GET /api/none", "Accept: */*\r\n", "404 Not Found",
		{ "application/problem+json" } },
	{ "GET /api/none", HTML, "404 Not Found",
		{ "text/html; charset=utf-8", "<h1>404" } },
	{ "GET /api/none", "Accept: text/html;q=0.5, application/json\r\n",
		"404 Not Found", { "application/problem+json" } },
	{ "GET /api/none", "Accept: text/*\r\nAccept: */*;q=0.1\r\n",
		"404 Not Found", { "<h1>404" } },
	{ "GET /api/none", "Accept: text/html, application/problem+json\r\n",
		"404 Not Found", { "application/problem+json" } },
	{ "GET /api/none", "Accept: image/png\r\n", "404 Not Found",
		{ "application/problem+json" } },
	/* The module's own. */
	{ "GET /api/refuse", "", "409 Conflict", {
		"\r\nRetry-After: 7\r\nVary: Accept\r\n",
		"{\"type\":\"about:blank\",\"title\":\"Conflict\","
		"\"status\":409,\"detail\":\"It is \\\"taken\\\"\","
		"\"instance\":\"/api/refuse\"}" } },
	{ "GET /api/refuse", HTML, "409 Conflict", {
		"\r\nRetry-After: 7\r\nVary: Accept\r\n", "<h1>409" } },
	{ "GET /api/refuse/with", "", "422 Unprocessable Content", {
		"{\"type\":\"https://a.example/e\",\"title\":\"Unprocessable "
		"Content\",\"status\":422,\"detail\":\"no name\",\"instance\":"
		"\"/api/refuse/with\",\"fields\":[\"name\"]}" } },
	{ "GET /api/refuse/with", HTML, "422 Unprocessable Content",
		{ "<h1>422" } },
	{ "GET /api/refuse/badly", "", "400 Bad Request",
		{ "\"detail\":\"not ?? here\"" } },
};
// clang-format on

START_TEST(an_unrouted_request_gets_allow_or_a_redirect)
{
	char head[1024], status[64];
	const char *answer;

	fake_worker_module_open(&m, &module);
	snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: a\r\n%s\r\n",
		rows[_i].request, rows[_i].fields);
	snprintf(status, sizeof(status), "HTTP/1.1 %s\r\n", rows[_i].status);
	answer = fake_worker_module_ask(&m, head);
	ck_assert_msg(
		strncmp(answer, status, strlen(status)) == 0, "%s", answer);
	for (int i = 0; i < 3 && rows[_i].parts[i] != NULL; i++)
		ck_assert_msg(strstr(answer, rows[_i].parts[i]) != NULL,
			"%s\nhas no %s", answer, rows[_i].parts[i]);
	/* RFC 9110 12.5.5: the form of an error depends on Accept. */
	if (rows[_i].status[0] == '4')
		ck_assert_ptr_nonnull(strstr(answer, "\r\nVary: Accept\r\n"));
	ck_assert_str_eq(fake_worker_module_log(&m), "");
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_unrouted_request_gets_allow_or_a_redirect, ROWS(rows) },
	};

	return harness_run("router_miss", tests, ROWS(tests));
}
