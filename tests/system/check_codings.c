/*
 * Content codings (RFC 9110 8.4, 12.5.3): which one is sent, and that caches
 * on the way are told.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

enum { LEN = 4000 };

static struct server s;

static void
age(const char *name, time_t second)
{
	const struct timespec times[2] = { { second, 0 }, { second, 0 } };
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", s.root, name);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
start(void)
{
	char text[LEN + 1];

	for (int i = 0; i < LEN; i++)
		text[i] = "a line of a text\n"[i % 17];
	text[LEN] = '\0';
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/a.js", text);
	server_text(&s, "www/made.js", text);
	server_text(&s, "www/made.js.gz", "gzipped");
	server_text(&s, "www/a.png", text);
	age("a.js", 1000000);
	age("made.js", 1000000);
	age("made.js.gz", 1000001);
	age("a.png", 1000000);
	server_start(&s, SERVER_CONF);
}

static const struct {
	const char *path, *accept, *coding, *vary;
} rows[] = {
	{ "/a.js", "", NULL, "Accept-Encoding" },
	{ "/a.js", "Accept-Encoding: gzip\r\n", "gzip", "Accept-Encoding" },
	{ "/a.js", "Accept-Encoding: gzip;q=0\r\n", NULL, "Accept-Encoding" },
	{ "/a.js", "Accept-Encoding: br;q=0.1, gzip\r\n", "gzip",
		"Accept-Encoding" },
	{ "/a.js", "Accept-Encoding: lzma\r\n", NULL, "Accept-Encoding" },
	{ "/made.js", "", NULL, "Accept-Encoding" },
	{ "/made.js", "Accept-Encoding: gzip, br, zstd\r\n", "gzip",
		"Accept-Encoding" },
	{ "/made.js.gz", "Accept-Encoding: gzip\r\n", NULL, NULL },
	{ "/a.png", "Accept-Encoding: gzip\r\n", NULL, NULL },
};

START_TEST(the_client_and_the_file_decide)
{
	struct response r;

	start();
	for (int turn = 0; turn < 2; turn++) {
		client_fetch(s.port, rows[_i].path, rows[_i].accept, &r);
		ck_assert_int_eq(r.status, 200);
		response_expect_field(&r, "Content-Encoding", rows[_i].coding);
		response_expect_field(&r, "Vary", rows[_i].vary);
		response_free(&r);
	}
	server_stop(&s);
}
END_TEST

START_TEST(a_sidecar_is_sent_as_it_is)
{
	struct response r;

	start();
	client_fetch(s.port, "/made.js", "Accept-Encoding: gzip\r\n", &r);
	ck_assert_str_eq(r.body, "gzipped");
	response_expect_field(
		&r, "Content-Type", "text/javascript; charset=utf-8");
	response_free(&r);
	client_fetch(s.port, "/made.js.gz", "", &r);
	ck_assert_str_eq(r.body, "gzipped");
	response_expect_field(&r, "Content-Type", "application/gzip");
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* ---- files that are coded by name ---------------------------------------- */

static const char by_name[] =
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	", \"sites\": [{\"routes\": ["
	"{\"path\": \"/build/*\", \"root\": \"$ROOT\","
	" \"types\": {\".unityweb\": \"application/x-unity\","
	" \"site-association\": \"application/json\"},"
	" \"encodings\": {\".wasm.br\": \"br\", \".js.gz\": \"gzip\","
	" \".data.zst\": \"zstd\", \".unityweb\": \"gzip\","
	" \"packed\": \"br\"}},"
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}";

static const struct {
	const char *path, *type, *coding;
} named[] = {
	{ "/a.svgz", "image/svg+xml", "gzip" },
	{ "/A.SVGZ", "image/svg+xml", "gzip" },
	{ "/g.wasm.br", NULL, NULL },
	{ "/build/g.wasm.br", "application/wasm", "br" },
	{ "/build/g.framework.js.gz", "text/javascript; charset=utf-8",
		"gzip" },
	{ "/build/g.data.zst", "application/octet-stream", "zstd" },
	{ "/build/g.data.unityweb", "application/x-unity", "gzip" },
	{ "/build/packed", "application/octet-stream", "br" },
	{ "/build/site-association", "application/json", NULL },
	{ "/build/a.tar.gz", "application/gzip", NULL },
	{ "/a.tar.gz", "application/gzip", NULL },
};

static const char *const accepted[] = { "", "Accept-Encoding: gzip, br\r\n",
	"Accept-Encoding: identity\r\n",
	"Accept-Encoding: br\r\nRange: bytes=0-\r\n" };

START_TEST(a_file_that_is_coded_itself_says_so_and_is_not_coded_again)
{
	char name[64];
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	snprintf(
		name, sizeof(name), "www/%s", strrchr(named[_i].path, '/') + 1);
	server_text(&s, name, "the coded bytes of the file");
	server_start(&s, by_name);
	for (size_t i = 0; i < ROWS(accepted); i++) {
		client_fetch(s.port, named[_i].path, accepted[i], &r);
		ck_assert_int_eq(r.status / 100, 2);
		ck_assert_str_eq(r.body, "the coded bytes of the file");
		response_expect_field(&r, "Content-Encoding", named[_i].coding);
		if (named[_i].type != NULL)
			ck_assert_int_eq(
				strncmp(response_field(&r, "Content-Type"),
					named[_i].type, strlen(named[_i].type)),
				0);
		response_expect_field(&r, "Vary", NULL);
		response_free(&r);
	}
	server_stop(&s);
}
END_TEST

/* What prong.json(5) says of a coded file without the plain one. */
START_TEST(a_coded_file_alone_is_sent_where_try_names_it)
{
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/only.css.gz", "coded");
	server_text(&s, "www/gone.html.gz", "coded page");
	server_start(&s, "{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
			 " " SERVER_TIMEOUTS ", \"sites\": [{\"error_pages\": "
			 "{\"404\": \"/try/gone.html.gz\"}, \"routes\": ["
			 "{\"path\": \"/try/*\", \"root\": \"$ROOT\", \"try\": "
			 "[\"$path\", \"$path.gz\"], \"encodings\": {\".gz\": "
			 "\"gzip\"}},"
			 "{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}");
	client_fetch(s.port, "/only.css", "Accept-Encoding: gzip\r\n", &r);
	ck_assert_int_eq(r.status, 404);
	ck_assert_str_eq(r.body, "coded page");
	response_expect_field(&r, "Content-Encoding", "gzip");
	response_expect_field(&r, "Content-Type", "text/html; charset=utf-8");
	response_free(&r);
	client_fetch(s.port, "/try/only.css", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "coded");
	response_expect_field(&r, "Content-Encoding", "gzip");
	response_expect_field(&r, "Content-Type", "text/css; charset=utf-8");
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(a_part_is_of_the_coded_form)
{
	struct response r;

	start();
	client_fetch(s.port, "/made.js",
		"Accept-Encoding: gzip\r\nRange: bytes=1-2\r\n", &r);
	ck_assert_int_eq(r.status, 206);
	ck_assert_str_eq(r.body, "zi");
	response_expect_field(&r, "Content-Range", "bytes 1-2/7");
	response_expect_field(&r, "Content-Encoding", "gzip");
	response_expect_field(&r, "Vary", "Accept-Encoding");
	response_free(&r);
	client_fetch(s.port, "/made.js",
		"Accept-Encoding: gzip\r\nRange: bytes=7-\r\n", &r);
	ck_assert_int_eq(r.status, 416);
	response_expect_field(&r, "Vary", "Accept-Encoding");
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(each_coding_has_a_tag_of_its_own)
{
	char identity[64], line[128];
	struct response r;

	start();
	client_fetch(s.port, "/a.js", "", &r);
	snprintf(identity, sizeof(identity), "%s", response_field(&r, "ETag"));
	response_free(&r);
	snprintf(line, sizeof(line),
		"Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", identity);
	client_fetch(s.port, "/a.js", line, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_ne(response_field(&r, "ETag"), identity);
	snprintf(line, sizeof(line),
		"Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n",
		response_field(&r, "ETag"));
	response_free(&r);
	client_fetch(s.port, "/a.js", line, &r);
	ck_assert_int_eq(r.status, 304);
	response_expect_field(&r, "Vary", "Accept-Encoding");
	response_free(&r);
	server_stop(&s);
}
END_TEST

static const char OFF[] =
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	", \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\","
	"\"precompressed\": false, \"compress\": []}]}]}";

START_TEST(codings_can_be_turned_off)
{
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/made.js", "plain");
	server_text(&s, "www/made.js.gz", "gzipped");
	server_start(&s, OFF);
	client_fetch(s.port, "/made.js", "Accept-Encoding: gzip\r\n", &r);
	ck_assert_str_eq(r.body, "plain");
	response_expect_field(&r, "Vary", NULL);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_client_and_the_file_decide, ROWS(rows) },
		{ a_sidecar_is_sent_as_it_is, 1 },
		{ a_file_that_is_coded_itself_says_so_and_is_not_coded_again,
			ROWS(named) },
		{ a_coded_file_alone_is_sent_where_try_names_it, 1 },
		{ a_part_is_of_the_coded_form, 1 },
		{ each_coding_has_a_tag_of_its_own, 1 },
		{ codings_can_be_turned_off, 1 },
	};

	return harness_run("codings", tests, ROWS(tests));
}
