/*
 * The Location of redirects.
 * SPDX-License-Identifier: MIT
 */
#include "serve/redirect.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/pattern.h"
#include "support/fake_worker.h"
#include "support/harness.h"

// clang-format off
static const struct {
	const char *path, *to; /* of the route */
	const char *target, *location;
} rows[] = {
	{ "/old/*", "/new/$1", "/old/", "/new/" },
	{ "/old/*", "/new/$1", "/old/a", "/new/a" },
	{ "/old/*", "/new/$1", "/old/a/b/", "/new/a/b/" },
	{ "/old/*", "/new/$1", "/old/a?b=c&d", "/new/a?b=c&d" },
	{ "/old/*", "/new/$1/end", "/old/a/b", "/new/a/b/end" },
	{ "/old/*", "https://b.example/$1", "/old/a", "https://b.example/a" },
	{ "/old/*", "/new", "/old/a/b", "/new" },
	{ "/old/*", "/$1/$1", "/old/a", "/a/a" },
	{ "/old/*", "/$$1", "/old/a", "/$1" },
	{ "/old", "/new", "/old", "/new" },
	{ "/old*", "/new$1", "/older", "/newer" },
	/* Several parts, by number and by name. */
	{ "/:y/:m/*", "/blog/$2-$y/$3", "/2026/11/a/b", "/blog/11-2026/a/b" },
	{ "/**.php", "/$1", "/a/b.php?c", "/a/b?c" },
	{ "/p/*-*.html", "/q?a=$1&b=$2", "/p/1-2%263%2b.html?c",
		"/q?a=1&b=2%263%2B&c" },
	{ "/x/:name", "/${name}s", "/x/cat", "/cats" },
	{ "/*", "https://$host$path", "/a%20b/?c=d", "https://a/a%20b/?c=d" },
	{ "/*", "https://www.$host$path", "/", "https://www.a/" },
	{ "/*", "$scheme://www.$host$path", "/x", "http://www.a/x" },
	/* As nginx: the query is added, unless a '?' ends the target. */
	{ "/*", "https://b.example/?c=d", "/?a=b", "https://b.example/?c=d&a=b" },
	{ "/*", "https://b.example/?c=d?", "/?a=b", "https://b.example/?c=d" },
	{ "/*", "https://b.example/?", "/?a=b", "https://b.example/" },
	{ "/*", "/x%20y%3Fz", "/", "/x%20y%3Fz" },
	{ "/*", "/\xc3\xa4 b", "/", "/%C3%A4%20b" },
	/* Not to a host that the client names. */
	{ "/old**", "/$1", "/old/evil.example", "/evil.example" },
	{ "/old**", "/$1", "/old/%5c/evil.example", "/%5C/evil.example" },
	{ "/old**", "//$1", "/old/a", "///a" },
	/* What was decoded is encoded again; nothing ends the line. */
	{ "/old/*", "/new/$1", "/old/a%20b%0d%0aX:%20y", "/new/a%20b%0D%0AX:%20y" },
	{ "/old/*", "/new/$1", "/old/%c3%a4%25%3f%23", "/new/%C3%A4%25%3F%23" },
	{ "/old/*", "/new/$1", "/old/%22%3c%3E", "/new/%22%3C%3E" },
	{ "/old/*", "/new/$1", "/old/a/../b", "/new/b" },
	{ "/old/*", "/new/$1", "/old/$1", "/new/$1" },
};
// clang-format on

static struct fake_worker fake;

static void
add_redirect(const char *path, const char *to, int status)
{
	struct conf_route *r = fake_worker_add_route(&fake, path);
	size_t literal = pattern_literal(span_of(path));

	r->kind = CONF_ROUTE_REDIRECT;
	r->redirect.target = to;
	r->redirect.status = status;
	r->is_prefix = strcmp(path + literal - 1, "/*") == 0;
	if (!r->is_prefix && path[literal] != '\0')
		r->pattern = r->path;
	r->path.len = literal;
}

static void
assert_redirect(const char *target, const char *status, const char *location)
{
	char head[512], start[512], field[256];
	const char *answer;

	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
		target);
	answer = fake_worker_ask(&fake, head);
	snprintf(start, sizeof(start), "HTTP/1.1 %s\r\n", status);
	ck_assert_int_eq(strncmp(answer, start, strlen(start)), 0);
	snprintf(field, sizeof(field), "\r\nLocation: %s\r\n", location);
	ck_assert_msg(strstr(answer, field) != NULL, "%s: %s", field, answer);
}

START_TEST(a_redirect_expands_its_template)
{
	fake_worker_open(&fake);
	add_redirect(rows[_i].path, rows[_i].to, 301);
	fake_worker_start(&fake);
	assert_redirect(
		rows[_i].target, "301 Moved Permanently", rows[_i].location);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_request_without_host_is_redirected_to_a_name_of_the_site)
{
	static const char *const hosts[] = { "*.example", "a.example", NULL };
	static const char *const heads[] = { "GET / HTTP/1.0\r\n\r\n",
		"HEAD / HTTP/1.0\r\n\r\n", "OPTIONS / HTTP/1.0\r\n\r\n" };

	fake_worker_open(&fake);
	if (_i == 1)
		fake.site.hosts = hosts;
	add_redirect("/*", "https://$host$path", 301);
	fake_worker_start(&fake);
	for (size_t i = 0; i < ROWS(heads); i++) {
		fake_worker_ask(&fake, heads[i]);
		ck_assert_int_eq(strncmp(fake.answer, "HTTP/1.1 301 ", 13), 0);
		ck_assert_ptr_nonnull(strstr(fake.answer,
			_i == 1 ? "\r\nLocation: https://a.example/\r\n"
				: "\r\nLocation: https://localhost/\r\n"));
	}
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_redirect_has_the_configured_status)
{
	static const char *const reasons[] = { "302 Found", "303 See Other",
		"307 Temporary Redirect", "308 Permanent Redirect" };

	fake_worker_open(&fake);
	add_redirect("/*", "/b", atoi(reasons[_i]));
	fake_worker_start(&fake);
	assert_redirect("/a", reasons[_i], "/b");
	ck_assert_ptr_null(strstr(fake.answer, "<p></p>"));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_directory_without_a_slash_redirects_to_one)
{
	char path[128];

	fake_worker_open(&fake);
	snprintf(path, sizeof(path), "%s/d \"e", fake.root);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	assert_redirect("/d%20%22e?q", "301 Moved Permanently", "/d%20%22e/?q");
	/* "//evil" would be another host. */
	assert_redirect("//d%20%22e", "301 Moved Permanently", "/d%20%22e/");
	fake_worker_close(&fake);
}
END_TEST

// clang-format off
static const struct {
	const char *path, *to, *target, *location;
} relative[] = {
	{ "/old/*", "/new/$1", "/old/a/b?c", "../../new/a/b?c" },
	{ "/old/*", "/old2/$1", "/old/a", "../old2/a" },
	{ "/old", "/new", "/old", "new" },
	{ "/a/old", "/a/b/", "/a/old", "b/" },
	{ "/a/*", "/", "/a/b", "../" },
	{ "/a", "/", "/a", "./" },
	{ "/a", "/b:c", "/a", "./b:c" },
	/* As a client resolves it that has sent dots and empty segments. */
	{ "/old/*", "/new/$1", "/old//a", "../../new/a" },
	{ "/old/*", "/new/$1", "/x/../old/./a", "../new/a" },
	{ "/old/*", "/new/$1", "http://a/old/a", "../new/a" },
	/* Other hosts stay as they are. */
	{ "/old/*", "https://b.example/$1", "/old/a", "https://b.example/a" },
	{ "/old/*", "//b.example/$1", "/old/a", "//b.example/a" },
};
// clang-format on

START_TEST(an_encoded_slash_is_data_where_the_route_takes_it)
{
	static const char head[] = "GET /doi/10.1%2fx/y HTTP/1.1\r\n"
				   "Host: a\r\n\r\n";

	fake_worker_open(&fake);
	add_redirect("/doi/:doi/*", "/d?id=$doi&rest=$2", 301);
	fake.routes[0].encoded_slashes = _i == 1;
	fake_worker_start(&fake);
	if (_i == 1) {
		assert_redirect("/doi/10.1%2fx/y", "301 Moved Permanently",
			"/d?id=10.1%2Fx&rest=y");
		/* It is no separator. */
		ck_assert_int_eq(strncmp(fake_worker_ask(&fake,
						 "GET /doi/a%2Fb HTTP/1.1\r\n"
						 "Host: a\r\n\r\n"),
					 "HTTP/1.1 400 ", 13),
			0);
	} else {
		fake_worker_ask(&fake, head);
		ck_assert_int_eq(strncmp(fake.answer, "HTTP/1.1 400 ", 13), 0);
	}
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_relative_redirect_survives_a_removed_prefix)
{
	fake_worker_open(&fake);
	add_redirect(relative[_i].path, relative[_i].to, 301);
	fake.routes[0].relative_redirects = true;
	fake_worker_start(&fake);
	assert_redirect(relative[_i].target, "301 Moved Permanently",
		relative[_i].location);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_directory_redirects_to_its_own_name)
{
	static const char *const names[] = { "docs", "a:b" };
	char path[128];

	fake_worker_open(&fake);
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", fake.root, names[i]);
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	fake_worker_add_route(&fake, "/")->relative_redirects = true;
	fake_worker_start(&fake);
	assert_redirect("/docs?q", "301 Moved Permanently", "docs/?q");
	assert_redirect("/x/../docs", "301 Moved Permanently", "docs/");
	assert_redirect("/a:b", "301 Moved Permanently", "./a:b/");
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_redirect_expands_its_template, ROWS(rows) },
		{ a_request_without_host_is_redirected_to_a_name_of_the_site,
			2 },
		{ a_redirect_has_the_configured_status, 4 },
		{ a_directory_without_a_slash_redirects_to_one, 0 },
		{ an_encoded_slash_is_data_where_the_route_takes_it, 2 },
		{ a_relative_redirect_survives_a_removed_prefix,
			ROWS(relative) },
		{ a_directory_redirects_to_its_own_name, 0 },
	};

	return harness_run("redirect", tests, ROWS(tests));
}
