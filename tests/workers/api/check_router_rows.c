/*
 * Invalid tables of routes, and the error that their author gets.
 * SPDX-License-Identifier: MIT
 */
#include "api/router_rows.h"

#include "api/router.h"
#include "support/harness.h"

static void
handler(struct prong_context *ctx)
{
	(void)ctx;
}

static const struct prong_route inner[] = {
	{ "GET", "", handler, .flags = 0 },
	{ "GET", "/:post", handler, .flags = 0 },
	{ 0 },
};

#define TEN  "/1/2/3/4/5/6/7/8/9/0"
#define MANY "/:a/:b/:c/:d/:e/:f/:g/:h/:i/:j/:k/:l/:m/:n/:o/:p"

static const struct prong_route endless[] = {
	{ .pattern = "/x", .group = endless }, { 0 }
};

// clang-format off
static const struct {
	struct prong_route rows[3];
	const char *why;
} refused[] = {
	{ { { 0 } }, "the module has no routes" },
	{ { { "GET", "a", .handler = handler } },
		"route GET a: a pattern must begin with '/'" },
	{ { { "GET", "", .handler = handler } },
		"route GET : a pattern must begin with '/'" },
	{ { { "GET", NULL, .handler = handler } },
		"route GET (no pattern): the row has no pattern" },
	{ { { "GET", .pattern = "/a" } }, "route GET /a: the row has no handler" },
	{ { { NULL, "/a", .handler = handler } },
		"route (no method) /a: the row has no method" },
	{ { { "GETS", "/a", .handler = handler } },
		"route GETS /a: the server does not support this method" },
	{ { { "get", "/a", .handler = handler } },
		"route get /a: the server does not support this method" },
	{ { { "TRACE", "/a", .handler = handler } },
		"route TRACE /a: the server does not support this method" },
	{ { { "GET", "/a/:", .handler = handler } }, "route GET /a/:: "
		"a parameter name consists of letters, digits and '_'" },
	{ { { "GET", "/a/*", .handler = handler } }, "route GET /a/*: "
		"a parameter name consists of letters, digits and '_'" },
	{ { { "GET", "/:a-b", .handler = handler } }, "route GET /:a-b: "
		"a parameter name consists of letters, digits and '_'" },
	{ { { "GET", "/:a/:b/*a", .handler = handler } }, "route GET /:a/:b/*a: "
		"a parameter name occurs twice" },
	{ { { "GET", "/*a/b", .handler = handler } },
		"route GET /*a/b: \"*name\" must be the last segment" },
	{ { { "GET", "/a*", .handler = handler } },
		"route GET /a*: '*' is only allowed at the start of a segment" },
	{ { { "GET", "/a//b", .handler = handler } },
		"route GET /a//b: an empty segment matches no path" },
	{ { { "GET", "/a/../b", .handler = handler } },
		"route GET /a/../b: \".\" and \"..\" match no path" },
	{ { { "GET", TEN TEN TEN TEN TEN TEN TEN, .handler = handler } },
		"route GET " TEN TEN TEN TEN TEN TEN TEN
		": the pattern has more than 64 segments" },
	{ { { "GET", MANY "/:q", .handler = handler } },
		"route GET " MANY "/:q: the pattern has more than 16 parameters" },
	{ { { "GET", "/a", .handler = handler }, { "GET", "/a", .handler = handler } },
		"routes GET /a and GET /a match the same paths" },
	{ { { "PUT", "/a/:x/b", .handler = handler }, { "PUT", "/a/:y/b", .handler = handler } },
		"routes PUT /a/:x/b and PUT /a/:y/b match the same paths" },
	{ { { "GET", "/*x", .handler = handler }, { "GET", "/*y", .handler = handler } },
		"routes GET /*x and GET /*y match the same paths" },
	{ { { "*", "/a", .handler = handler }, { "*", "/a", .handler = handler } },
		"routes * /a and * /a match the same paths" },
	{ { { .pattern = "/a", .group = inner },
		{ "GET", "/a/:b", .handler = handler } },
		"routes GET /a/:post and GET /a/:b match the same paths" },
	{ { { "GET", "/a", .group = inner } },
		"route GET /a: a group must have no method and no handler" },
	{ { { .pattern = "/*a", .group = inner } },
		"route (no method) /*a: a group must not contain \"*name\"" },
	{ { { .pattern = "/:post", .group = inner } }, "route GET /:post: "
		"a parameter name occurs twice" },
	{ { { .pattern = "/x", .group = endless } }, "route (no method) "
		"/x/x/x/x/x/x/x/x/x: groups are nested deeper than 8" },
};
// clang-format on

START_TEST(an_invalid_table_is_refused_with_the_row)
{
	const struct prong_module m = { .routes = refused[_i].rows };
	char why[1024] = "", narrow[4];

	ck_assert_ptr_null(router_new(&m, why, sizeof(why)));
	ck_assert_str_eq(why, refused[_i].why);
	ck_assert_ptr_null(router_new(&m, narrow, sizeof(narrow)));
	ck_assert_uint_eq(strlen(narrow), sizeof(narrow) - 1);
}
END_TEST

START_TEST(a_module_without_a_table_is_refused)
{
	const struct prong_module m = { 0 };
	char why[64] = "";

	ck_assert_ptr_null(router_new(&m, why, sizeof(why)));
	ck_assert_str_eq(why, "the module has no routes");
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_invalid_table_is_refused_with_the_row, ROWS(refused) },
		{ a_module_without_a_table_is_refused, 1 },
	};

	return harness_run("router_rows", tests, ROWS(tests));
}
