/*
 * Files over HTTP: bytes, paths, fields (RFC 9110 6.6.1, 8, 9.3).
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

/* Every test that needs no file of its own works on these. */
static struct server s;

static void
make_files(void)
{
	char outside[128], link[128];

	server_init(&s);
	server_text(&s, "www/index.html", "<p>home</p>\n");
	server_text(&s, "www/hello.txt", "0123456789");
	server_text(&s, "www/docs/index.html", "<p>docs</p>\n");
	server_text(&s, "www/bare/a.txt", "a\n");
	server_text(&s, "www/.secret", "secret\n");
	server_text(&s, "www/.git/config", "secret\n");
	server_text(&s, "www/.well-known/here", "well known\n");
	server_text(&s, "www/a b+c%d.txt", "percent\n");
	server_text(&s, "www/caf\xc3\xa9.txt", "cafe\n");
	server_text(&s, "outside.txt", "outside\n");
	snprintf(outside, sizeof(outside), "%s/outside.txt", s.dir);
	snprintf(link, sizeof(link), "%s/leak.txt", s.root);
	ck_assert_int_eq(symlink(outside, link), 0);
	snprintf(link, sizeof(link), "%s/inside.txt", s.root);
	ck_assert_int_eq(symlink("hello.txt", link), 0);
}

static void
start(void)
{
	make_files();
	server_start(&s, SERVER_CONF);
}

/* ---- bytes -------------------------------------------------------------- */

static const char copying[] =
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	", \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\","
	" \"large_files\": \"copy\"}]}]}";

/* In memory beside the head, in memory alone, on the disk. */
static const struct {
	size_t size;
	const char *conf;
} files[] = {
	{ 0, SERVER_CONF },
	{ 1, SERVER_CONF },
	{ 1024, SERVER_CONF },
	{ 65536, SERVER_CONF },
	{ 300 * 1024, SERVER_CONF },
	{ 5 << 20, SERVER_CONF },
	{ 1024, copying },
	{ 100 * 1024, copying },
	{ 5 << 20, copying },
};

static void
assert_body(const struct response *r, const char *bytes, size_t len)
{
	char length[32];

	ck_assert_int_eq(r->status, 200);
	ck_assert_uint_eq(r->len, len);
	ck_assert(memcmp(r->body, bytes, len) == 0);
	snprintf(length, sizeof(length), "%zu", len);
	response_expect_field(r, "Content-Length", length);
}

START_TEST(a_file_arrives_byte_for_byte)
{
	char *bytes = server_pattern(files[_i].size), length[32];
	struct client c;
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "x");
	server_file(&s, "www/file.bin", bytes, files[_i].size);
	server_start(&s, files[_i].conf);
	client_open(&c, s.port);
	for (int turn = 0; turn < 3; turn++) {
		client_get(&c, "/file.bin", &r);
		assert_body(&r, bytes, files[_i].size);
		response_free(&r);
	}
	client_say(&c, "HEAD /file.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	client_recv_head(&c, &r);
	ck_assert_int_eq(r.status, 200);
	snprintf(length, sizeof(length), "%zu", files[_i].size);
	response_expect_field(&r, "Content-Length", length);
	response_free(&r);
	client_get(&c, "/file.bin", &r);
	assert_body(&r, bytes, files[_i].size);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
	free(bytes);
}
END_TEST

START_TEST(a_changed_file_is_served_as_it_is_now)
{
	struct response r;
	int64_t deadline;

	start();
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_str_eq(r.body, "0123456789");
	response_free(&r);
	server_text(&s, "www/hello.txt", "new content");
	deadline = deadline_in(DEADLINE);
	client_fetch(s.port, "/hello.txt", "", &r);
	while (strcmp(r.body, "0123456789") == 0) {
		response_free(&r);
		ck_assert(server_tick(&s, deadline));
		client_fetch(s.port, "/hello.txt", "", &r);
	}
	ck_assert_str_eq(r.body, "new content");
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* ---- paths -------------------------------------------------------------- */

static const struct {
	const char *path;
	int status;
	const char *body;     /* or NULL */
	const char *location; /* or NULL */
} paths[] = {
	{ "/", 200, "<p>home</p>\n", NULL },
	{ "/?q=1", 200, "<p>home</p>\n", NULL },
	{ "/index.html", 200, "<p>home</p>\n", NULL },
	{ "/docs/", 200, "<p>docs</p>\n", NULL },
	{ "/docs", 301, NULL, "/docs/" },
	{ "/docs?a=b&c=/d", 301, NULL, "/docs/?a=b&c=/d" },
	{ "//docs", 301, NULL, "/docs/" },
	{ "/nothing", 404, NULL, NULL },
	{ "/nothing/", 404, NULL, NULL },
	{ "/hello.txt/", 404, NULL, NULL },
	{ "/bare/", 403, NULL, NULL },
	{ "/.secret", 404, NULL, NULL },
	{ "/%2esecret", 404, NULL, NULL },
	{ "/.git/config", 404, NULL, NULL },
	{ "/.git/nothing", 404, NULL, NULL },
	{ "/.well-known/here", 200, "well known\n", NULL },
	{ "/leak.txt", 404, NULL, NULL },
	{ "/inside.txt", 200, "0123456789", NULL },
	{ "/a%20b+c%25d.txt", 200, "percent\n", NULL },
	{ "/caf%C3%A9.txt", 200, "cafe\n", NULL },
	{ "/caf%c3%a9.txt", 200, "cafe\n", NULL },
	{ "/%68ello.txt", 200, "0123456789", NULL },
	{ "/docs/../hello.txt", 200, "0123456789", NULL },
	{ "/docs/./../hello.txt", 200, "0123456789", NULL },
};

START_TEST(a_path_leads_where_it_says)
{
	struct response r;

	start();
	client_fetch(s.port, paths[_i].path, "", &r);
	ck_assert_msg(r.status == paths[_i].status, "%s: %d, not %d",
		paths[_i].path, r.status, paths[_i].status);
	if (paths[_i].body != NULL)
		ck_assert_str_eq(r.body, paths[_i].body);
	if (paths[_i].location != NULL)
		response_expect_field(&r, "Location", paths[_i].location);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* A path that climbs, or hides what it is: an error, and never the file. */
static const char *const climbing[] = {
	"/../outside.txt",
	"/docs/../../outside.txt",
	"/%2e%2e/outside.txt",
	"/..%2foutside.txt",
	"/docs/..%2f..%2foutside.txt",
	"/%00hello.txt",
	"/hello.txt%00",
	"/%zz",
	"/%4",
	"/%",
};

START_TEST(a_path_cannot_leave_the_root)
{
	struct response r;

	start();
	client_fetch(s.port, climbing[_i], "", &r);
	ck_assert_msg(r.status == 400 || r.status == 404, "%s: %d",
		climbing[_i], r.status);
	ck_assert_ptr_null(strstr(r.body, "outside\n"));
	ck_assert_ptr_null(strstr(r.body, "0123456789"));
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* As root, every file can be read: the server runs as another user then. */
START_TEST(a_file_that_may_not_be_read_is_forbidden)
{
	char path[128];
	struct response r;

	make_files();
	s.program.as_nobody = getuid() == 0;
	snprintf(path, sizeof(path), "%s/hello.txt", s.root);
	ck_assert_int_eq(chmod(path, 0), 0);
	server_start(&s, SERVER_CONF);
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 403);
	response_free(&r);
	ck_assert(
		server_log_has(&s, "/www/hello.txt: Permission denied", 5000));
	server_stop(&s);
}
END_TEST

static const struct {
	const char *head;
	int status;
} methods[] = {
	{ "POST /hello.txt HTTP/1.1\r\nContent-Length: 0\r\n", 405 },
	{ "PUT /hello.txt HTTP/1.1\r\nContent-Length: 1\r\n", 405 },
	{ "DELETE /hello.txt HTTP/1.1\r\n", 405 },
};

START_TEST(a_method_that_a_file_lacks_names_those_it_has)
{
	struct client c;
	struct response r;

	start();
	client_open(&c, s.port);
	client_say(&c, methods[_i].head);
	client_say(&c, "Host: a\r\n\r\n");
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, methods[_i].status);
	ck_assert_msg(response_lists(&r, "Allow", "GET") &&
			      response_lists(&r, "Allow", "HEAD"),
		"%s", r.head);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- fields ------------------------------------------------------------- */

static const struct {
	const char *path, *type;
} types[] = {
	{ "/index.html", "text/html; charset=utf-8" },
	{ "/hello.txt", "text/plain; charset=utf-8" },
	{ "/.well-known/here", "application/octet-stream" },
};

START_TEST(a_file_says_what_it_is)
{
	struct response r;

	start();
	client_fetch(s.port, types[_i].path, "", &r);
	response_expect_field(&r, "Content-Type", types[_i].type);
	response_expect_field(&r, "Accept-Ranges", "bytes");
	response_free(&r);
	server_stop(&s);
}
END_TEST

static time_t
read_date(const char *text)
{
	struct tm tm = { 0 };
	const char *end;

	ck_assert_ptr_nonnull(text);
	end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	ck_assert_msg(end != NULL && *end == '\0', "a date: %s", text);
	return timegm(&tm);
}

START_TEST(a_file_says_when_it_was_modified_and_what_time_it_is)
{
	struct response r;
	char path[128];
	struct stat st;
	time_t date, before;

	start();
	before = time(NULL);
	client_fetch(s.port, "/hello.txt", "", &r);
	snprintf(path, sizeof(path), "%s/hello.txt", s.root);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(
		read_date(response_field(&r, "Last-Modified")), st.st_mtime);
	date = read_date(response_field(&r, "Date"));
	ck_assert_int_ge(date, before - 2);
	ck_assert_int_le(date, time(NULL) + 2);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_file_arrives_byte_for_byte, ROWS(files) },
		{ a_changed_file_is_served_as_it_is_now, 1 },
		{ a_path_leads_where_it_says, ROWS(paths) },
		{ a_path_cannot_leave_the_root, ROWS(climbing) },
		{ a_file_that_may_not_be_read_is_forbidden, 1 },
		{ a_method_that_a_file_lacks_names_those_it_has,
			ROWS(methods) },
		{ a_file_says_what_it_is, ROWS(types) },
		{ a_file_says_when_it_was_modified_and_what_time_it_is, 1 },
	};

	return harness_run("serves_files", tests, ROWS(tests));
}
