/*
 * Which row matches a method and a path, with which parameters, and at which
 * cost.
 * SPDX-License-Identifier: MIT
 */
#include "api/router.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/harness.h"

/* Handlers are only compared. */
#define HANDLER(name)                                                          \
	static void name(struct prong_context *ctx)                            \
	{                                                                      \
		(void)ctx;                                                     \
	}
HANDLER(handler)
HANDLER(first)
HANDLER(second)
HANDLER(third)
HANDLER(fourth)

static struct router *
make(const struct prong_route *routes)
{
	const struct prong_module m = { .routes = routes };
	char why[256] = "";
	struct router *r = router_new(&m, why, sizeof(why));

	ck_assert_msg(r != NULL, "%s", why);
	return r;
}

static void
find(const struct router *r, const char *method, const char *path,
	struct router_match *m)
{
	router_find(r, span_of(method), span_of(path), m);
}

// clang-format off
static const struct prong_route inner[] = {
	{ "GET", "", handler, .body_most = 30 },
	{ "GET", "/:post", handler, .body_most = 31 },
	{ 0 },
};
static const struct prong_route below[] = {
	{ "GET", "/", handler, .body_most = 20 },
	{ .pattern = "/posts", .group = inner },
	{ 0 },
};

/* body_most is the number that a test knows the row by. */
static const struct prong_route table[] = {
	{ "GET",    "/",               handler, .body_most = 1 },
	{ "GET",    "/notes",          handler, .body_most = 2 },
	{ "POST",   "/notes",          handler, .body_most = 3 },
	{ "GET",    "/notes/:id",      handler, .body_most = 4 },
	{ "DELETE", "/notes/:id",      handler, .body_most = 5 },
	{ "GET",    "/notes/new",      handler, .body_most = 6 },
	{ "GET",    "/notes/:id/tags", handler, .body_most = 7 },
	{ "GET",    "/files/*path",    handler, .body_most = 8 },
	{ "GET",    "/files/:x/meta",  handler, .body_most = 9 },
	{ "GET",    "/dir/",           handler, .body_most = 10 },
	{ "*",      "/any",            handler, .body_most = 11 },
	{ "GET",    "/any",            handler, .body_most = 12 },
	{ "HEAD",   "/head",           handler, .body_most = 13 },
	{ "GET",    "/head",           handler, .body_most = 14 },
	{ "OPTIONS", "/head",          handler, .body_most = 15 },
	{ "POST",   "/a/b",            handler, .body_most = 16 },
	{ "GET",    "/a/:x",           handler, .body_most = 17 },
	{ "GET",    "/:x/b/c",         handler, .body_most = 18 },
	{ "GET",    "/a/*rest",        handler, .body_most = 19 },
	{ "GET",    "/v1/items:batch", handler, .body_most = 21 },
	{ .pattern = "/users/:user", .group = below },
	{ 0 },
};

static const struct {
	const char *method, *path;
	unsigned row; /* 0: none */
	const char *params;
} finds[] = {
	{ "GET", "/", 1, "" }, { "HEAD", "/", 1, "" },
	{ "GET", "/notes", 2, "" }, { "POST", "/notes", 3, "" },
	{ "GET", "/notes/7", 4, "id=7 " }, { "DELETE", "/notes/7", 5, "id=7 " },
	{ "HEAD", "/notes/7", 4, "id=7 " },
	/* The literal takes precedence whatever the order, but only where it
	 * has the method. */
	{ "GET", "/notes/new", 6, "" }, { "DELETE", "/notes/new", 5, "id=new " },
	{ "GET", "/notes/newer", 4, "id=newer " },
	{ "GET", "/notes/ne", 4, "id=ne " },
	{ "GET", "/notes/new/tags", 7, "id=new " },
	{ "GET", "/notes/a b%2f/tags", 7, "id=a b%2f " },
	/* The rest has at least one segment, and may end in a slash. */
	{ "GET", "/files/a", 8, "path=a " }, { "GET", "/files/a/", 8, "path=a/ " },
	{ "GET", "/files/a/b/c.txt", 8, "path=a/b/c.txt " },
	{ "GET", "/files/a/meta", 9, "x=a " },
	{ "GET", "/files/a/meta/x", 8, "path=a/meta/x " },
	{ "GET", "/files/a/meta/", 8, "path=a/meta/ " },
	{ "GET", "/files/", 0, "" }, { "GET", "/files", 0, "" },
	{ "GET", "/dir/", 10, "" },
	{ "GET", "/any", 12, "" }, { "HEAD", "/any", 12, "" },
	{ "PATCH", "/any", 11, "" }, { "OPTIONS", "/any", 11, "" },
	{ "HEAD", "/head", 13, "" }, { "GET", "/head", 14, "" },
	{ "OPTIONS", "/head", 15, "" },
	/* A preferred segment without a match gives way to the next one. */
	{ "POST", "/a/b", 16, "" }, { "GET", "/a/b", 17, "x=b " },
	{ "GET", "/a/c", 17, "x=c " }, { "GET", "/a/b/c", 19, "rest=b/c " },
	{ "GET", "/z/b/c", 18, "x=z " }, { "GET", "/notes/b/c", 18, "x=notes " },
	{ "GET", "/z/b/d", 0, "" },
	{ "GET", "/v1/items:batch", 21, "" }, { "GET", "/v1/items:b", 0, "" },
	{ "GET", "/users/me/", 20, "user=me " },
	{ "GET", "/users/me/posts", 30, "user=me " },
	{ "GET", "/users/me/posts/9", 31, "user=me post=9 " },
	{ "GET", "/users//posts", 0, "" },
	{ "GET", "/nothing", 0, "" }, { "PUT", "/notes", 0, "" },
	{ "BREW", "/any", 0, "" }, { "GET", "/Notes", 0, "" },
};
// clang-format on

START_TEST(the_preferred_row_is_found_with_its_parameters)
{
	struct router *r = make(table);
	struct router_match m;
	char params[256] = "";

	find(r, finds[_i].method, finds[_i].path, &m);
	ck_assert_msg(
		(m.route == NULL ? 0 : m.route->body_most) == finds[_i].row,
		"%s %s: row %zu", finds[_i].method, finds[_i].path,
		m.route == NULL ? (size_t)0 : m.route->body_most);
	for (unsigned i = 0; i < m.nparams; i++)
		sprintf(params + strlen(params), "%.*s=%.*s ",
			(int)m.names[i].len, m.names[i].at,
			(int)m.values[i].len, m.values[i].at);
	ck_assert_str_eq(params, finds[_i].params);
	ck_assert((m.route == NULL) == (m.chain == NULL));
	router_free(r);
}
END_TEST

START_TEST(a_match_reports_the_complete_pattern)
{
	struct router *r = make(table);
	struct router_match m;

	find(r, "GET", "/users/me/posts/9", &m);
	ck_assert_str_eq(m.pattern, "/users/:user/posts/:post");
	router_free(r);
}
END_TEST

/* ---- other methods, other slashes --------------------------------------- */

// clang-format off
static const struct {
	const char *method, *path;
	bool is_known, wants_slash;
	const char *allow;
} misses[] = {
	{ "PUT", "/notes", true, false, "GET, HEAD, POST, OPTIONS" },
	{ "OPTIONS", "/notes", true, false, "GET, HEAD, POST, OPTIONS" },
	{ "PUT", "/notes/7", true, false, "GET, HEAD, DELETE, OPTIONS" },
	/* Both the literal's and the parameter's. */
	{ "PUT", "/notes/new", true, false, "GET, HEAD, DELETE, OPTIONS" },
	{ "PUT", "/a/b", true, false, "GET, HEAD, POST, OPTIONS" },
	{ "BREW", "/any", true, false,
		"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" },
	{ "PUT", "/", true, false, "GET, HEAD, OPTIONS" },
	{ "GET", "/nothing", false, false, "" },
	{ "GET", "/notes/", false, true, "" },
	{ "PUT", "/notes/7/", false, true, "" },
	{ "GET", "/dir", false, true, "" },
	{ "GET", "/dir/x", false, false, "" },
	{ "GET", "/users/me", false, true, "" },
	{ "GET", "/users/me/posts/", false, true, "" },
	/* No parameter is empty, with or without a slash. */
	{ "GET", "/files", false, false, "" },
	{ "GET", "/files/", false, false, "" },
	{ "GET", "/nothing/", false, false, "" },
};
// clang-format on

START_TEST(a_miss_reports_methods_and_missing_slash)
{
	struct router *r = make(table);
	struct router_match m;
	struct span allow;

	find(r, misses[_i].method, misses[_i].path, &m);
	ck_assert_ptr_null(m.route);
	ck_assert_msg(m.is_known == misses[_i].is_known &&
			      m.wants_slash == misses[_i].wants_slash,
		"%s %s", misses[_i].method, misses[_i].path);
	allow = router_allow(r, span_of(misses[_i].path));
	ck_assert_str_eq(allow.at, misses[_i].allow);
	ck_assert_uint_eq(allow.len, strlen(misses[_i].allow));
	router_free(r);
}
END_TEST

START_TEST(a_matching_path_needs_no_slash)
{
	const struct prong_route both[] = { { "GET", "/a", handler,
						    .body_most = 1 },
		{ "GET", "/a/", handler, .body_most = 2 }, { 0 } };
	struct router *r = make(both);
	struct router_match m;

	find(r, "GET", "/a", &m);
	ck_assert_uint_eq(m.route->body_most, 1);
	ck_assert(!m.wants_slash && !m.is_known);
	find(r, "GET", "/a/", &m);
	ck_assert_uint_eq(m.route->body_most, 2);
	ck_assert(!m.wants_slash && !m.is_known);
	router_free(r);
}
END_TEST

START_TEST(a_row_with_body_options_is_detected)
{
	const struct prong_route rows[] = { { "GET", "/a", .handler = handler },
		{ "POST", "/a", handler, .flags = PRONG_STREAM_BODY }, { 0 } };
	const struct prong_route others[] = {
		{ "GET", "/a", .handler = handler }, { 0 }
	};
	const struct prong_route limited[] = {
		{ "PUT", "/a", handler, .body_most = 9 }, { 0 }
	};
	struct router *r = make(rows);

	ck_assert(router_minds_content(r));
	router_free(r);
	r = make(limited);
	ck_assert(router_minds_content(r));
	router_free(r);
	r = make(others);
	ck_assert(!router_minds_content(r));
	router_free(r);
}
END_TEST

/* ---- chains ------------------------------------------------------------- */

START_TEST(a_chain_joins_middleware_of_module_groups_and_row)
{
	prong_handler *const of_module[] = { first, NULL };
	prong_handler *const of_group[] = { second, third, NULL };
	prong_handler *const of_row[] = { fourth, NULL };
	const struct prong_route grouped[] = {
		{ "GET", "/a", handler, .use = of_row }, { 0 }
	};
	const struct prong_route routes[] = {
		{ .pattern = "/g", .use = of_group, .group = grouped },
		{ "GET", "/b", .handler = handler }, { 0 }
	};
	const struct prong_module module = { .routes = routes,
		.use = of_module };
	prong_handler *const long_one[] = { first, second, third, fourth,
		handler, NULL };
	char why[64];
	struct router *r = router_new(&module, why, sizeof(why));
	struct router_match m;

	ck_assert_ptr_nonnull(r);
	find(r, "GET", "/g/a", &m);
	ck_assert_mem_eq(m.chain, long_one, sizeof(long_one));
	find(r, "GET", "/b", &m);
	ck_assert(m.chain[0] == first && m.chain[1] == handler &&
		  m.chain[2] == NULL);
	router_free(r);
}
END_TEST

START_TEST(a_group_may_consist_of_middleware_only)
{
	prong_handler *const use[] = { first, NULL };
	const struct prong_route grouped[] = {
		{ "GET", "/a", .handler = handler }, { 0 }
	};
	const struct prong_route routes[] = { { .use = use, .group = grouped },
		{ .pattern = "/", .group = inner }, { 0 } };
	struct router *r = make(routes);
	struct router_match m;

	find(r, "GET", "/a", &m);
	ck_assert(m.chain[0] == first && m.chain[1] == handler);
	find(r, "GET", "/x", &m);
	ck_assert_uint_eq(m.route->body_most, 31);
	find(r, "GET", "/", &m);
	ck_assert_uint_eq(m.route->body_most, 30);
	router_free(r);
}
END_TEST

/* ---- cost --------------------------------------------------------------- */

enum { TEXT = 64 };

/* So many tables' rows: a literal, a parameter below, a rest. */
static struct prong_route *
make_rows(size_t count, char (*texts)[TEXT])
{
	static const char *const forms[] = { "/r%zu/list", "/r%zu/:id/edit",
		"/api/v%zu/*rest", "/:x/%zu" };
	struct prong_route *rows = calloc(count + 1, sizeof(*rows));

	ck_assert_ptr_nonnull(rows);
	for (size_t i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(texts[i], TEXT, forms[i % ROWS(forms)], i);
#pragma GCC diagnostic pop
		rows[i] = (struct prong_route){ "GET", texts[i],
			.handler = handler };
	}
	return rows;
}

/* Returns the mean cost of paths, some of which do not match. */
static double
mean_steps(size_t count)
{
	char(*texts)[TEXT] = calloc(count, TEXT);
	struct prong_route *rows = make_rows(count, texts);
	struct router *r = make(rows);
	struct router_match m;
	double steps = 0;

	for (size_t i = 0; i < count; i++) {
		char path[TEXT];

		find(r, "GET", texts[i], &m);
		ck_assert_str_eq(m.route->pattern, rows[i].pattern);
		steps += m.steps;
		snprintf(path, sizeof(path), "/s%zu/list/%zu", i, i);
		find(r, "GET", path, &m);
		ck_assert_ptr_null(m.route);
		steps += m.steps;
	}
	router_free(r);
	free(rows);
	free(texts);
	return steps / (double)(2 * count);
}

START_TEST(ten_thousand_routes_cost_as_much_as_ten)
{
	double few = mean_steps(10), many = mean_steps(10000);

	ck_assert_msg(many < few + 2 && many < 8, "%f and %f", few, many);
}
END_TEST

/* Each of 2^10 rows has a literal or a parameter at each of ten places. */
static void
write_mixed(char *to, unsigned bits, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		to += sprintf(to, bits & 1u << i ? "/a" : "/:p%u", i);
}

START_TEST(no_edge_is_followed_twice)
{
	enum { DEPTH = 10, COUNT = 1 << DEPTH };
	static struct prong_route rows[COUNT + 1];
	static char texts[COUNT][TEXT];
	struct router_match m;
	struct router *r;

	for (unsigned i = 0; i < COUNT; i++) {
		write_mixed(texts[i], i, DEPTH);
		strcat(texts[i], "/z");
		rows[i] = (struct prong_route){ "GET", texts[i],
			.handler = handler };
	}
	r = make(rows);
	find(r, "GET", "/a/a/a/a/a/a/a/a/a/a/z", &m);
	ck_assert_str_eq(m.route->pattern, rows[COUNT - 1].pattern);
	ck_assert_uint_le(m.steps, 3 * (DEPTH + 1));
	find(r, "GET", "/a/b/a/a/a/a/a/a/a/a/z", &m);
	ck_assert_str_eq(m.route->pattern, rows[COUNT - 1 - 2].pattern);
	ck_assert_uint_le(m.steps, 3 * (DEPTH + 1));
	/* It fits all beginnings, and no end. */
	find(r, "GET", "/a/a/a/a/a/a/a/a/a/a/y", &m);
	ck_assert_ptr_null(m.route);
	ck_assert_uint_le(m.steps, 2 * 3 * 2 * COUNT);
	router_free(r);
}
END_TEST

START_TEST(the_cost_of_a_path_is_linear)
{
	const struct prong_route rows[] = { { "GET", "/*rest",
						    .handler = handler },
		{ "GET", "/a/b", .handler = handler }, { 0 } };
	static char path[8001];
	struct router *r = make(rows);
	struct router_match m;

	for (size_t i = 0; i < sizeof(path) - 1; i += 2)
		memcpy(path + i, "/a", 2);
	find(r, "GET", path, &m);
	ck_assert_str_eq(m.route->pattern, rows[0].pattern);
	ck_assert_uint_eq(m.values[0].len, sizeof(path) - 2);
	ck_assert_uint_le(m.steps, 3 * 4000);
	router_free(r);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_preferred_row_is_found_with_its_parameters, ROWS(finds) },
		{ a_match_reports_the_complete_pattern, 1 },
		{ a_miss_reports_methods_and_missing_slash, ROWS(misses) },
		{ a_matching_path_needs_no_slash, 1 },
		{ a_row_with_body_options_is_detected, 1 },
		{ a_chain_joins_middleware_of_module_groups_and_row, 1 },
		{ a_group_may_consist_of_middleware_only, 1 },
		{ ten_thousand_routes_cost_as_much_as_ten, 1 },
		{ no_edge_is_followed_twice, 1 },
		{ the_cost_of_a_path_is_linear, 1 },
	};

	return harness_run("router", tests, ROWS(tests));
}
