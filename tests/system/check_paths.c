/*
 * What a path of a request becomes: patterns, redirects with parts, what is
 * tried, answers without a file, and which files are served at all.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

// clang-format off
static const char conf[] =
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
	SERVER_TIMEOUTS ", \"sites\": [{"
	" \"error_pages\": {\"404\": \"/404.html\", \"403\": \"/none.html\","
	"  \"410\": \"/moved/page.html\", \"5xx\": \"/still.html\"},"
	" \"headers\": {\"set\": {\"X-Site\": \"1\"}},"
	" \"routes\": ["
	"  {\"path\": \"/clean/*\", \"root\": \"$DIR/www\","
	"   \"try\": [\"$path\", \"$path.html\", \"$path/\", \"=410\"]},"
	"  {\"path\": \"/app/*\", \"root\": \"$DIR/www\","
	"   \"try\": [\"$path\", \"/index.html\"]},"
	"  {\"path\": \"/list/*\", \"root\": \"$DIR/www\", \"listing\": true,"
	"   \"try\": [\"$path\", \"$path/\"]},"
	"  {\"path\": \"/user/:name\", \"root\": \"$DIR/www\","
	"   \"try\": [\"/u/$name.txt\"], \"fallback\": \"/about.html\"},"
	"  {\"path\": \"/short/*\", \"root\": \"$DIR/www\","
	"   \"try\": [\"/short\", \"$path\", \"=404\"]},"
	"  {\"path\": \"/file-dir/*\", \"root\": \"$DIR/www\","
	"   \"try\": [\"/about.html/\", \"=404\"]},"
	"  {\"path\": \"/dir-dir/*\", \"root\": \"$DIR/www\","
	"   \"try\": [\"/d/\", \"=404\"]},"
	"  {\"path\": \"/dir-file/*\", \"root\": \"$DIR/www\","
	"   \"try\": [\"/d\", \"=404\"]},"
	"  {\"path\": \"/:y/:m/*.asp\", \"redirect\": \"/$y-$m?n=$3\"},"
	"  {\"path\": \"/**.php\", \"return\": 403},"
	"  {\"path\": \"/health\", \"return\": 200, \"text\": \"ok\\n\"},"
	"  {\"path\": \"/empty\", \"return\": 204},"
	"  {\"path\": \"/gone\", \"return\": 410},"
	"  {\"path\": \"/repair/*\", \"return\": 503},"
	"  {\"path\": \"/moved/*\", \"redirect\": \"/\"},"
	"  {\"path\": \"/down\", \"return\": 503, \"text\": \"{}\","
	"   \"content_type\": \"application/json\","
	"   \"headers\": {\"set\": {\"Retry-After\": \"60\"}}},"
	"  {\"path\": \"/kept/*\", \"root\": \"$DIR/other\", \"keep_prefix\": true},"
	"  {\"path\": \"/**.css\", \"root\": \"$DIR/www\","
	"   \"cache_control\": \"max-age=9\"},"
	"  {\"path\": \"/dot/*\", \"root\": \"$DIR/www\", \"dotfiles\": true,"
	"   \"listing\": true},"
	"  {\"path\": \"/still/*\", \"root\": \"$DIR/www\","
	"   \"symlinks\": \"never\", \"error_pages\": {\"404\": \"/still.html\"}},"
	"  {\"path\": \"/bare/*\", \"root\": \"$DIR/www\", \"headers\":"
	"   {\"remove\": [\"ETag\", \"Last-Modified\", \"Accept-Ranges\"]}},"
	"  {\"path\": \"/types/*\", \"root\": \"$DIR/www\","
	"   \"types\": {\"*\": \"text/x-any\", \".CSS\": \"text/x-css\"},"
	"   \"cache_control\": \"public\", \"cache_control_types\":"
	"    {\"text/html\": \"no-cache\", \"text/*\": \"max-age=60\"}},"
	"  {\"path\": \"/*\", \"root\": \"$DIR/www\"}]}]}";

static const struct row {
	const char *path;
	int status;
	const char *body;          /* or NULL */
	const char *field, *value; /* or NULL: value NULL: it is not there */
} rows[] = {
	/* Candidates, as nginx's try_files has them. */
	{ "/clean/about.html", 200, "about\n", NULL, NULL },
	{ "/clean/about", 200, "about\n", "Content-Type",
		"text/html; charset=utf-8" },
	{ "/clean/d", 301, NULL, "Location", "/clean/d/" },
	{ "/clean/d?q", 301, NULL, "Location", "/clean/d/?q" },
	{ "/clean/d/", 200, "d\n", NULL, NULL },
	{ "/clean/", 200, "index\n", NULL, NULL },
	{ "/clean/hollow/", 410, NULL, "X-Site", "1" },
	{ "/clean/none", 410, NULL, "Content-Type", "text/html; charset=utf-8" },
	{ "/app/a/b", 200, "index\n", NULL, NULL },
	{ "/app/", 200, "index\n", NULL, NULL },
	{ "/app/d", 200, "index\n", NULL, NULL },
	{ "/app/d/", 200, "index\n", NULL, NULL },
	{ "/list/hollow", 301, NULL, "Location", "/list/hollow/" },
	{ "/list/hollow/", 200, NULL, "Vary", "Accept" },
	{ "/user/ann", 200, "ann\n", NULL, NULL },
	{ "/user/bob", 200, "about\n", NULL, NULL },
	{ "/user/", 404, "404\n", NULL, NULL },
	{ "/short/long", 404, "404\n", NULL, NULL },
	{ "/short/a.css", 200, "a\n", NULL, NULL },
	{ "/file-dir/", 404, NULL, NULL, NULL },
	/* nginx redirects to the directory; here it answers. */
	{ "/dir-dir/", 200, "d\n", NULL, NULL },
	{ "/dir-file/", 404, NULL, NULL, NULL },
	/* Parts of a path. */
	{ "/2026/11/a%26b+c.asp", 301, NULL, "Location",
		"/2026-11?n=a%26b%2Bc" },
	{ "/2026/11/a.asp?d", 301, NULL, "Location", "/2026-11?n=a&d" },
	{ "/%C3%A4/%0d%0a%20/x.asp", 301, NULL, "Location",
		"/%C3%A4-%0D%0A%20?n=x" },
	{ "/d/a.css", 200, "da\n", "Cache-Control", "max-age=9" },
	{ "/none.css", 404, "404\n", "Cache-Control", NULL },
	/* Answers without a file; a page that leads nowhere, or elsewhere. */
	{ "/x/y.php", 403, NULL, "Content-Type", "text/html; charset=utf-8" },
	{ "/health", 200, "ok\n", "Content-Type", "text/plain; charset=utf-8" },
	{ "/health", 200, "ok\n", "X-Site", "1" },
	{ "/health/", 404, NULL, NULL, NULL },
	{ "/empty", 204, "", "Content-Length", NULL },
	{ "/gone", 410, NULL, "Location", NULL },
	{ "/down", 503, "{}", "Content-Type", "application/json" },
	{ "/down", 503, "{}", "Retry-After", "60" },
	{ "/repair/x", 503, "still\n", "Content-Type", "text/html; charset=utf-8" },
	/* Which files. */
	{ "/kept/k.txt", 200, "kept\n", NULL, NULL },
	{ "/kept/other/k.txt", 404, NULL, NULL, NULL },
	{ "/dot/.git/config", 200, "secret\n", NULL, NULL },
	{ "/.git/config", 404, "404\n", NULL, NULL },
	{ "/.well-known/x", 200, "known\n", NULL, NULL },
	{ "/d/.well-known/x", 404, NULL, NULL, NULL },
	{ "/inside", 200, "about\n", NULL, NULL },
	{ "/still/inside", 404, "still\n", "X-Site", "1" },
	{ "/still/about.html", 200, "about\n", NULL, NULL },
	{ "/still/.git/config", 404, "still\n", NULL, NULL },
	{ "/outside", 404, "404\n", NULL, NULL },
	{ "/loop", 404, "404\n", NULL, NULL },
	{ "/fifo", 403, NULL, NULL, NULL },
	{ "/socket", 403, NULL, NULL, NULL },
	{ "/ABOUT.html", 404, NULL, NULL, NULL },
	{ "/about.html.", 404, NULL, NULL, NULL },
	{ "/about.html%20", 404, NULL, NULL, NULL },
	{ "/about.html::$DATA", 404, NULL, NULL, NULL },
	{ "/about.html/", 404, NULL, NULL, NULL },
	{ "/about.html/x", 404, NULL, NULL, NULL },
	{ "/d", 301, NULL, "Location", "/d/" },
	{ "/hollow/", 403, NULL, NULL, NULL },
	/* What a head says. */
	{ "/bare/about.html", 200, "about\n", "ETag", NULL },
	{ "/bare/about.html", 200, "about\n", "Last-Modified", NULL },
	{ "/bare/about.html", 200, "about\n", "Accept-Ranges", NULL },
	{ "/types/unknown", 200, NULL, "Content-Type", "text/x-any" },
	{ "/types/a.css", 200, NULL, "Content-Type", "text/x-css" },
	{ "/types/a.css", 200, NULL, "Cache-Control", "max-age=60" },
	{ "/types/about.html", 200, NULL, "Cache-Control", "no-cache" },
	{ "/types/image.png", 200, NULL, "Cache-Control", "public" },
	{ "/types/none", 404, NULL, "Cache-Control", NULL },
};
// clang-format on

static struct server s;

static void
make_special_files(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[256];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(path, sizeof(path), "%s/www/fifo", s.dir);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/www/socket",
		s.dir);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/www/inside", s.dir);
	ck_assert_int_eq(symlink("about.html", path), 0);
	snprintf(path, sizeof(path), "%s/www/outside", s.dir);
	ck_assert_int_eq(symlink("../other/kept/k.txt", path), 0);
	snprintf(path, sizeof(path), "%s/www/loop", s.dir);
	ck_assert_int_eq(symlink("loop", path), 0);
	snprintf(path, sizeof(path), "%s/www/hollow", s.dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
start(void)
{
	server_init(&s);
	server_text(&s, "www/index.html", "index\n");
	server_text(&s, "www/404.html", "404\n");
	server_text(&s, "www/still.html", "still\n");
	server_text(&s, "www/about.html", "about\n");
	server_text(&s, "www/a.css", "a\n");
	server_text(&s, "www/image.png", "png\n");
	server_text(&s, "www/unknown", "unknown\n");
	server_text(&s, "www/d/index.html", "d\n");
	server_text(&s, "www/d/a.css", "da\n");
	server_text(&s, "www/d/.well-known/x", "not known\n");
	server_text(&s, "www/u/ann.txt", "ann\n");
	server_text(&s, "www/.git/config", "secret\n");
	server_text(&s, "www/.well-known/x", "known\n");
	server_text(&s, "other/kept/k.txt", "kept\n");
	make_special_files();
	server_start(&s, conf);
}

static void
assert_row(struct client *c, const struct row *row)
{
	char text[512];
	struct response r;
	const char *value;

	snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n",
		row->path);
	client_say(c, text);
	client_recv(c, &r);
	ck_assert_msg(r.status == row->status, "%s: %d", row->path, r.status);
	ck_assert_msg(row->body == NULL || strcmp(r.body, row->body) == 0,
		"%s: %s", row->path, r.body);
	if (row->field != NULL) {
		value = response_field(&r, row->field);
		ck_assert_msg((value == NULL) == (row->value == NULL) &&
				      (value == NULL ||
					      strcmp(value, row->value) == 0),
			"%s: %s", row->path, r.head);
	}
	response_free(&r);
}

START_TEST(a_path_becomes_what_its_route_says)
{
	struct client c;

	start();
	client_open(&c, s.port);
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_row(&c, &rows[i]);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* A name may be longer than the kernel takes it (NAME_MAX, PATH_MAX). */
START_TEST(a_name_that_is_too_long_is_not_there)
{
	static const int lengths[] = { 255, 256, 1000, 4095, 4096, 7000 };
	char path[8000];
	struct row row = { path, 404, "404\n", NULL, NULL };
	struct response r;
	struct client c;
	char text[8192];

	start();
	client_open(&c, s.port);
	for (size_t i = 0; i < ROWS(lengths); i++) {
		memset(path, 'a', sizeof(path));
		path[0] = '/';
		path[lengths[i] + 1] = '\0';
		snprintf(text, sizeof(text),
			"GET %s HTTP/1.1\r\nHost: a\r\n\r\n", row.path);
		client_say(&c, text);
		client_recv(&c, &r);
		ck_assert_int_eq(r.status, row.status);
		ck_assert_str_eq(r.body, row.body);
		response_free(&r);
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* Without "Accept-Ranges" there is no part; without a tag nothing matches. */
START_TEST(what_is_not_told_is_not_compared)
{
	struct response r;

	start();
	client_fetch(s.port, "/bare/about.html", "Range: bytes=0-1\r\n", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_fetch(s.port, "/bare/about.html",
		"If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT\r\n", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_fetch(s.port, "/bare/about.html", "If-Match: \"a\"\r\n", &r);
	ck_assert_int_eq(r.status, 412);
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(a_status_of_the_configuration_answers_every_method)
{
	struct response r;

	start();
	client_ask(s.port,
		"POST /down HTTP/1.1\r\nHost: a\r\nContent-Length: "
		"3\r\n\r\nabc",
		&r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_eq(r.body, "{}");
	response_free(&r);
	client_ask(s.port, "DELETE /gone HTTP/1.1\r\nHost: a\r\n\r\n", &r);
	ck_assert_int_eq(r.status, 410);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_path_becomes_what_its_route_says, 0 },
		{ a_name_that_is_too_long_is_not_there, 0 },
		{ what_is_not_told_is_not_compared, 0 },
		{ a_status_of_the_configuration_answers_every_method, 0 },
	};

	return harness_run("paths", tests, ROWS(tests));
}
