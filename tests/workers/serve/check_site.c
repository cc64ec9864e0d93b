/*
 * Which site a host name selects, and which route a path selects.
 * SPDX-License-Identifier: MIT
 */
#include "serve/site.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/slot.h"
#include "serve/site_host.h"
#include "support/fake_worker.h"
#include "support/harness.h"

static const struct heritage alone; /* without a master */
static struct slot slot;

/* ---- hosts -------------------------------------------------------------- */

static const char *const no_hosts[] = { NULL };
static const char *const exact_hosts[] = { "example.com", "www.example.com",
	NULL };
static const char *const wild_hosts[] = { "*.example.com", "*.org", NULL };
static const char *const deep_hosts[] = { "a.b.example.com", "*.b.example.com",
	NULL };

static const char *const open_hosts[] = { "www.*", "www.example.*", "mail.*",
	NULL };
static const char *const long_hosts[] = { "www.example.co.*", NULL };

static const struct conf_site sites[] = {
	{ .hosts = no_hosts },
	{ .hosts = exact_hosts },
	{ .hosts = wild_hosts },
	{ .hosts = deep_hosts },
	{ .hosts = open_hosts },
	{ .hosts = long_hosts },
};

// clang-format off
static const struct {
	const char *host;
	size_t site;
} hosts[] = {
	{ "example.com", 1 }, { "EXAMPLE.Com", 1 }, { "example.com.", 1 },
	{ "www.example.com", 1 }, { "WWW.example.com.", 1 },
	/* The exact name before the wildcard, the longer one before others. */
	{ "ftp.example.com", 2 }, { "a.www.example.com", 2 },
	{ "b.example.com", 2 }, { "a.b.example.com", 3 },
	{ "c.b.example.com", 3 }, { "d.c.b.example.com", 3 },
	{ "x.a.b.example.com", 3 }, { "a.org", 2 }, { "a.b.org", 2 },
	/* The beginning after the end, the longer one before others. */
	{ "www.example.net", 4 }, { "www.net", 4 }, { "www.example.co.uk", 5 },
	{ "www.example.co", 4 }, { "www.org", 2 }, { "mail.example.com", 2 },
	{ "mail.a.b.c.net", 4 }, { "mail", 0 }, { "xmail.net", 0 },
	{ "www.", 0 }, { "WWW.x.", 4 },
	/* "*.org" is not "org". */
	{ "org", 0 }, { "com", 0 }, { "", 0 }, { ".", 0 }, { "..", 0 },
	{ "xexample.com", 0 }, { "example.com.evil", 0 }, { "[::1]", 0 },
	{ ".example.com", 2 },
};

struct route_row {
	const char *path;
	bool is_prefix;
};

static const struct route_row route_rows[] = {
	{ "/assets/", true }, { "/", true }, { "/a", false }, { "/a", true },
	{ "/assets/img/", true }, { "/assets/img/logo.png", false },
	{ "/b/", false }, { "/ab", true }, { "/c", false },
	{ "/img-*.png", false }, { "/assets/**.css", false },
	{ "/assets/:kind/in/*", false }, { "/**.css", false },
};

static const struct {
	const char *path;
	int route; /* index of route_rows */
	const char *rest;
} paths[] = {
	{ "/", 1, "" }, { "/x", 1, "x" }, { "/x/y", 1, "x/y" },
	{ "/assets/", 0, "" }, { "/assets/x", 0, "x" },
	{ "/assets/a/b.c", 0, "a/b.c" }, { "/assets/img", 0, "img" },
	{ "/assets/img/", 4, "" }, { "/assets/img/x", 4, "x" },
	{ "/assets/img/logo.png", 5, "logo.png" },
	{ "/assets/img/logo.pngx", 4, "logo.pngx" },
	{ "/a", 2, "a" }, { "/a/b", 3, "b" }, { "/ax", 3, "x" },
	{ "/ab", 7, "" }, { "/abc", 7, "c" }, { "/ab/c", 7, "c" },
	/* An exact route is for its path alone. */
	{ "/b/", 6, "" }, { "/b/c", 1, "b/c" }, { "/b", 1, "b" },
	{ "/c", 8, "c" }, { "/c/", 1, "c/" }, { "/A", 1, "A" },
	/* The longest beginning, then a pattern before the prefix. */
	{ "/img-1.png", 9, "img-1.png" }, { "/img-.pn", 1, "img-.pn" },
	{ "/assets/a/b.css", 10, "a/b.css" }, { "/x/y.css", 12, "x/y.css" },
	{ "/assets/a/in/b", 11, "a/in/b" }, { "/assets/img/x.css", 4, "x.css" },
	{ "/a/x.css", 3, "x.css" },
};
// clang-format on

START_TEST(a_host_name_selects_its_site)
{
	struct serve_state serve = { 0 };
	struct worker w = { .serve = &serve, .slot = &slot };
	struct conf conf = { .sites = sites, .nsites = ROWS(sites) };
	struct site_table table;
	char why[64];

	w.heritage = &alone;
	w.conf = &conf;
	ck_assert_int_eq(site_table_init(&table, &w, why, sizeof(why)), 0);
	for (size_t i = 0; i < ROWS(hosts); i++)
		ck_assert_msg(site_find(&table, span_of(hosts[i].host)) ==
				      &table.sites[hosts[i].site],
			"%s", hosts[i].host);
	site_table_fini(&table);
}
END_TEST

START_TEST(an_overlong_host_selects_the_first_site)
{
	static char name[1000];
	struct serve_state serve = { 0 };
	struct worker w = { .serve = &serve, .slot = &slot };
	struct conf conf = { .sites = sites, .nsites = ROWS(sites) };
	struct site_table table;
	char why[64];

	w.heritage = &alone;
	w.conf = &conf;
	memset(name, 'a', sizeof(name));
	memcpy(name + sizeof(name) - 4, ".org", 4);
	ck_assert_int_eq(site_table_init(&table, &w, why, sizeof(why)), 0);
	ck_assert_ptr_eq(site_find(&table, (struct span){ name, sizeof(name) }),
		&table.sites[0]);
	ck_assert_ptr_eq(site_find(&table, (struct span){ name + 745, 255 }),
		&table.sites[2]);
	site_table_fini(&table);
}
END_TEST

static struct conf_route
route_of(const struct route_row *row)
{
	struct span path = span_of(row->path);
	struct conf_route r = { .path = path,
		.is_prefix = row->is_prefix,
		.kind = CONF_ROUTE_REDIRECT };

	r.path.len = pattern_literal(path);
	if (r.path.len < path.len)
		r.pattern = path;
	return r;
}

/* A table with these routes, in this order; they are redirects. */
static void
make_routes(struct worker *w, struct conf *conf, struct conf_site *site,
	const struct route_row *rows, size_t n)
{
	struct conf_route *routes = calloc(n, sizeof(*routes));
	char why[64];

	ck_assert_ptr_nonnull(routes);
	for (size_t i = 0; i < n; i++)
		routes[i] = route_of(&rows[i]);
	*site = (struct conf_site){
		.hosts = no_hosts, .routes = routes, .nroutes = n
	};
	*conf = (struct conf){ .sites = site, .nsites = 1 };
	*w->serve = (struct serve_state){ 0 };
	w->heritage = &alone;
	w->conf = conf;
	ck_assert_int_eq(
		site_table_init(&w->serve->sites, w, why, sizeof(why)), 0);
}

START_TEST(a_path_selects_the_most_specific_route)
{
	struct serve_state serve;
	struct worker w = { .serve = &serve, .slot = &slot };
	struct conf conf;
	struct conf_site site;

	make_routes(&w, &conf, &site, route_rows, ROWS(route_rows));
	for (size_t i = 0; i < ROWS(paths); i++) {
		struct span path = span_of(paths[i].path), rest;
		const struct route *r =
			route_find(&w.serve->sites.sites[0], path);

		ck_assert_msg(
			r != NULL && r->conf == &site.routes[paths[i].route],
			"%s", paths[i].path);
		rest = route_rest(r, path);
		ck_assert_msg(span_is(rest, span_of(paths[i].rest)), "%s: %.*s",
			paths[i].path, (int)rest.len, rest.at);
	}
	site_table_fini(&w.serve->sites);
	free((void *)(uintptr_t)site.routes);
}
END_TEST

START_TEST(a_path_without_a_matching_route_selects_none)
{
	static const struct route_row rows[] = { { "/b/", true },
		{ "/d", false } };
	static const char *const none[] = { "/", "/a", "/b", "/c", "/d/", "/dd",
		"/e" };
	struct serve_state serve;
	struct worker w = { .serve = &serve, .slot = &slot };
	struct conf conf;
	struct conf_site site;

	make_routes(&w, &conf, &site, rows, ROWS(rows));
	for (size_t i = 0; i < ROWS(none); i++)
		ck_assert_ptr_null(
			route_find(&w.serve->sites.sites[0], span_of(none[i])));
	site_table_fini(&w.serve->sites);
	free((void *)(uintptr_t)site.routes);
}
END_TEST

/* The longest that fits; of two the same length the exact one. */
static const struct conf_route *
find_slowly(const struct conf_site *site, struct span path)
{
	const struct conf_route *best = NULL;

	for (size_t i = 0; i < site->nroutes; i++) {
		const struct conf_route *r = &site->routes[i];

		if (path.len < r->path.len ||
			memcmp(path.at, r->path.at, r->path.len) != 0 ||
			(!r->is_prefix && path.len != r->path.len))
			continue;
		if (best == NULL || r->path.len > best->path.len ||
			(r->path.len == best->path.len && !r->is_prefix))
			best = r;
	}
	return best;
}

START_TEST(the_search_agrees_with_a_linear_scan_of_500_routes)
{
	enum { ROUTES = 500 };
	static char texts[ROUTES][32];
	static struct route_row rows[ROUTES];
	struct serve_state serve;
	struct worker w = { .serve = &serve, .slot = &slot };
	struct conf conf;
	struct conf_site site;
	char path[40];

	/* Names of three letters at most: many are beginnings of others. */
	for (unsigned i = 0; i < ROUTES; i++) {
		sprintf(texts[i], "/%o", i * 7919 % 512);
		rows[i] = (struct route_row){ texts[i], i % 3 > 0 };
	}
	make_routes(&w, &conf, &site, rows, ROUTES);
	for (unsigned i = 0; i < 5000; i++) {
		const struct route *r;
		const struct conf_route *expected;

		sprintf(path, "/%o", i);
		r = route_find(&w.serve->sites.sites[0], span_of(path));
		expected = find_slowly(&site, span_of(path));
		ck_assert_msg(
			(r == NULL ? NULL : r->conf) == expected, "%s", path);
	}
	site_table_fini(&w.serve->sites);
	free((void *)(uintptr_t)site.routes);
}
END_TEST

START_TEST(a_missing_root_is_reported)
{
	static const struct conf_route route = { .path = { "/", 1 },
		.is_prefix = true,
		.files.root = "/nowhere/at/all" };
	static const struct conf_site site = { .routes = &route, .nroutes = 1 };
	struct conf conf = { .sites = &site, .nsites = 1 };
	struct serve_state serve = { 0 };
	struct worker w = { .heritage = &alone,
		.conf = &conf,
		.serve = &serve,
		.slot = &slot };
	char why[128] = "";

	ck_assert_int_eq(
		site_table_init(&w.serve->sites, &w, why, sizeof(why)), -1);
	ck_assert_str_eq(why,
		"cannot open root /nowhere/at/all: No such file or "
		"directory; this user must be able to enter "
		"it");
	site_table_fini(&w.serve->sites);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_host_name_selects_its_site, 0 },
		{ an_overlong_host_selects_the_first_site, 0 },
		{ a_path_selects_the_most_specific_route, 0 },
		{ a_path_without_a_matching_route_selects_none, 0 },
		{ the_search_agrees_with_a_linear_scan_of_500_routes, 0 },
		{ a_missing_root_is_reported, 0 },
	};

	return harness_run("site", tests, ROWS(tests));
}
