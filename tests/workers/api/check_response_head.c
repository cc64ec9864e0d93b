/*
 * What middleware sees and changes of a response: its status, fields and end.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/fake_worker_mount.h"
#include "support/harness.h"

static struct fake_worker_mount m;
static char seen[256];

static void
note_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	char line[64];

	snprintf(line, sizeof(line), "%s%d %d %d\n", (const char *)data, why,
		prong_status(ctx), (int)prong_sent(ctx));
	strcat(seen, line);
}

static void
add_fields(struct prong_context *ctx, int status, void *data)
{
	char text[32];

	(void)data;
	snprintf(text, sizeof(text), "%d", status);
	ck_assert_int_eq(prong_set_field(ctx, "X-Status", text), 0);
	ck_assert_int_eq(
		prong_replace_field(ctx, "Cache-Control", "no-store"), 0);
	ck_assert_int_eq(prong_replace_field(ctx, "x-gone", NULL), 0);
	ck_assert_int_eq(prong_text(ctx, 200, "again"), -1);
	ck_assert_int_eq(errno, EALREADY);
}

static void
log_request(struct prong_context *ctx)
{
	ck_assert_int_eq(prong_status(ctx), 0);
	ck_assert_int_eq(prong_replace_field(ctx, "X-None", NULL), 0);
	ck_assert_int_eq(prong_on_head(ctx, NULL, NULL), -1);
	ck_assert_int_eq(prong_on_head(ctx, add_fields, NULL), 0);
	ck_assert_int_eq(prong_on_end(ctx, note_end, (void *)""), 0);
	prong_next(ctx);
}

static void
log_group(struct prong_context *ctx)
{
	strcat(seen, prong_param(ctx, "org"));
	strcat(seen, " ");
	prong_next(ctx);
}

/* ---- handlers ----------------------------------------------------------- */

static void
text(struct prong_context *ctx)
{
	prong_set_field(ctx, "Cache-Control", "max-age=60");
	prong_set_field(ctx, "X-Gone", "1");
	prong_set_field(ctx, "Cache-Control", "public");
	prong_text(ctx, 201, "hello");
}

static void
problem(struct prong_context *ctx)
{
	prong_problem(ctx, 422, "no");
}

static void
forget(struct prong_context *ctx)
{
	prong_set_field(ctx, "Cache-Control", "max-age=60");
}

static void
stream(struct prong_context *ctx)
{
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, "abc", 3);
	prong_write(ctx, "defg", 4);
	prong_finish(ctx);
}

static void
cut(struct prong_context *ctx)
{
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, "abc", 3);
	ck_assert_int_eq(prong_abort(ctx), 0);
	ck_assert_int_eq(prong_abort(ctx), -1);
	ck_assert_int_eq(prong_write(ctx, "d", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
}

static void
hang_up(struct prong_context *ctx)
{
	ck_assert_int_eq(prong_abort(ctx), 0);
	ck_assert_int_eq(prong_text(ctx, 200, "no"), -1);
}

static void
reserved(struct prong_context *ctx)
{
	static const char *const names[] = { "Upgrade", "keep-alive", "Trailer",
		"TE", "Proxy-Connection", "Content-Length" };

	for (size_t i = 0; i < ROWS(names); i++) {
		ck_assert_int_eq(prong_replace_field(ctx, names[i], "x"), -1);
		ck_assert_int_eq(errno, EPERM);
		ck_assert_int_eq(prong_set_field(ctx, names[i], "x"), -1);
	}
	prong_empty(ctx, 204);
}

static prong_handler *const use[] = { log_request, NULL };
static prong_handler *const group_use[] = { log_group, NULL };

static const struct prong_route group[] = {
	PRONG_ROUTE("GET", "/list", text),
	PRONG_ROUTES_END,
};

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/text", text),
	PRONG_ROUTE("GET", "/problem", problem),
	PRONG_ROUTE("GET", "/forget", forget),
	PRONG_ROUTE("GET", "/stream", stream),
	PRONG_ROUTE("GET", "/cut", cut),
	PRONG_ROUTE("GET", "/hang_up", hang_up),
	PRONG_ROUTE("GET", "/reserved", reserved),
	PRONG_ROUTE("GET", "/slash/", text),
	{ .pattern = "/orgs/:org", .group = group, .use = group_use },
	PRONG_ROUTES_END,
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes,
	.use = use };

static void
ask(const char *line)
{
	char head[128];

	seen[0] = '\0';
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
	snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: a\r\n\r\n", line);
	fake_worker_mount_say(&m, head);
}

static const struct {
	const char *line;
	const char *field; /* in the head */
	const char *seen;  /* by the middleware; NULL: the status alone */
} responses[] = {
	{ "GET /text", "X-Status: 201", "0 201 5\n" },
	{ "HEAD /text", "X-Status: 201", "0 201 0\n" },
	{ "GET /text", "Cache-Control: no-store", "0 201 5\n" },
	{ "GET /problem", "X-Status: 422", NULL },
	{ "GET /forget", "X-Status: 500", NULL },
	{ "GET /stream", "X-Status: 200", "0 200 7\n" },
	{ "GET /reserved", "X-Status: 204", "0 204 0\n" },
	{ "GET /none", "X-Status: 404", NULL },
	{ "PUT /text", "X-Status: 405", NULL },
	{ "PUT /text", "Allow: GET, HEAD, OPTIONS", NULL },
	{ "GET /slash", "X-Status: 308", NULL },
	{ "GET /slash", "Location: /slash/", NULL },
	{ "GET /orgs/x/list", "X-Status: 201", "x 0 201 5\n" },
};

START_TEST(middleware_sees_and_changes_every_response)
{
	ask(responses[_i].line);
	ck_assert_msg(strstr(m.got, responses[_i].field) != NULL, "%s", m.got);
	ck_assert_ptr_null(strstr(m.got, "max-age"));
	ck_assert_ptr_null(strstr(m.got, "X-Gone"));
	if (responses[_i].seen != NULL)
		ck_assert_str_eq(seen, responses[_i].seen);
	else
		ck_assert_uint_gt(strlen(seen), 0);
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(the_middleware_of_a_group_runs_for_what_is_not_there)
{
	ask("GET /orgs/acme/none");
	ck_assert_ptr_nonnull(strstr(m.got, " 404 "));
	ck_assert_str_eq(strtok(seen, " "), "acme");
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(options_are_answered_without_middleware)
{
	ask("OPTIONS /text");
	ck_assert_ptr_nonnull(strstr(m.got, " 204 "));
	ck_assert_str_eq(seen, "");
	fake_worker_mount_close(&m);
}
END_TEST

static const char *const aborted[] = { "GET /cut", "GET /hang_up" };

START_TEST(an_aborted_response_ends_without_its_last_chunk)
{
	ask(aborted[_i]);
	ck_assert(m.is_at_end);
	ck_assert_ptr_null(strstr(m.got, "0\r\n\r\n"));
	ck_assert_int_eq(seen[0], '0' + PRONG_ABORTED);
	fake_worker_mount_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ middleware_sees_and_changes_every_response, ROWS(responses) },
		{ the_middleware_of_a_group_runs_for_what_is_not_there, 1 },
		{ options_are_answered_without_middleware, 1 },
		{ an_aborted_response_ends_without_its_last_chunk,
			ROWS(aborted) },
	};

	return harness_run("response_head", tests, ROWS(tests));
}
