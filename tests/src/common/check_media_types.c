/*
 * SPDX-License-Identifier: MIT
 */
#include "common/media_types.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/harness.h"

#define UNKNOWN "application/octet-stream"

struct row {
	const char *name, *type;
};

static struct arena arena;

static void
open_arena(void)
{
	arena_init(&arena, 4096, 0);
}

static void
close_arena(void)
{
	arena_fini(&arena);
}

/* Returns the types of a mime.types file with this text. */
static struct media_types *
types_of(const char *text)
{
	char path[] = "/tmp/prong-types-XXXXXX";
	struct media_types *types;
	FILE *file = fdopen(mkstemp(path), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	types = media_types_new(&arena, path);
	unlink(path);
	return types;
}

// clang-format off
static const struct row built_in[] = {
	{ "index.html",     "text/html; charset=utf-8" },
	{ "INDEX.HTM",      "text/html; charset=utf-8" },
	{ "a.css",          "text/css; charset=utf-8" },
	{ "a.js",           "text/javascript; charset=utf-8" },
	{ "a.min.mjs",      "text/javascript; charset=utf-8" },
	{ "a.js.map",       "application/json" },
	{ "a.json",         "application/json" },
	{ "a.xml",          "application/xml; charset=utf-8" },
	{ "a.svg",          "image/svg+xml; charset=utf-8" },
	{ "a.txt",          "text/plain; charset=utf-8" },
	{ "a.wasm",         "application/wasm" },
	{ "a.webmanifest",  "application/manifest+json" },
	{ "a.woff2",        "font/woff2" },
	{ "a.png",          "image/png" },
	{ "a.JPeG",         "image/jpeg" },
	{ "favicon.ico",    "image/vnd.microsoft.icon" },
	{ "a.avif",         "image/avif" },
	{ "a.webp",         "image/webp" },
	{ "a.pdf",          "application/pdf" },
	{ "a.mp4",          "video/mp4" },
	{ "a.ts",           "video/mp2t" },
	{ "a.tar.gz",       "application/gzip" },
	{ "a.zst",          "application/zstd" },
	{ "a.7z",           "application/x-7z-compressed" },
	{ "a.ics",          "text/calendar; charset=utf-8" },
	{ "a.atom",         "application/atom+xml" },
	{ ".a.css",         "text/css; charset=utf-8" },
	{ "dir.css/a.gif",  "image/gif" },
	{ "Makefile",       UNKNOWN },
	{ "",               UNKNOWN },
	{ ".",              UNKNOWN },
	{ ".html",          UNKNOWN },
	{ "dir/.html",      UNKNOWN },
	{ "html",           UNKNOWN },
	{ "a.",             UNKNOWN },
	{ "a.html.",        UNKNOWN },
	{ "dir.html/file",  UNKNOWN },
	{ "a.nosuchthing",  UNKNOWN },
	{ "a.htmlx",        UNKNOWN },
	{ "a.ht",           UNKNOWN },
};

static const struct row with_system[] = {
	/* the built-in type wins */
	{ "a.js",     "text/javascript; charset=utf-8" },
	{ "a.ts",     "video/mp2t" },
	{ "a.png",    "image/x-operator" },               /* theirs wins */
	{ "a.foo",    "text/x-foo; charset=utf-8" },
	{ "a.BAR",    "text/x-foo; charset=utf-8" },
	{ "a.dup",    "application/x-first" },
	{ "a.crlf",   "application/x-crlf" },
	{ "a.hidden", UNKNOWN },
	{ "a.bad",    UNKNOWN },
	{ "a.last",   "application/x-last" },
	{ "a.css",    "text/css; charset=utf-8" },        /* built-in only */
};
// clang-format on

static const char system_text[] = "# a comment\n"
				  "\n"
				  "application/x-javascript js\n"
				  "text/vnd.trolltech.linguist ts\n"
				  "image/x-operator\tPNG\n"
				  "text/x-foo  foo\tbar # hidden\n"
				  "application/x-nothing\n"
				  "application/x-first dup\n"
				  "application/x-second dup\n"
				  "application/x-crlf crlf\r\n"
				  "notatype bad\n"
				  "x/ bad\n"
				  "x/\x01y bad\n"
				  "application/x-last last"; /* no newline */

START_TEST(builtin_table_has_common_types)
{
	ck_assert_str_eq(media_types_find(media_types_new(&arena, NULL),
				 built_in[_i].name),
		built_in[_i].type);
}
END_TEST

START_TEST(system_file_adds_types)
{
	ck_assert_str_eq(
		media_types_find(types_of(system_text), with_system[_i].name),
		with_system[_i].type);
}
END_TEST

START_TEST(missing_system_file_is_ignored)
{
	struct media_types *types = media_types_new(&arena, "/nonexistent/x");

	ck_assert_str_eq(media_types_find(types, "a.png"), "image/png");
}
END_TEST

START_TEST(directory_as_system_file_is_ignored)
{
	struct media_types *types = media_types_new(&arena, "/");

	ck_assert_str_eq(media_types_find(types, "a.png"), "image/png");
}
END_TEST

START_TEST(every_one_of_many_extensions_is_found)
{
	char *text, *at, name[16], want[32];
	struct media_types *types;
	enum { MANY = 3000 };

	text = at = malloc(MANY * 32);
	for (int i = 0; i < MANY; i++)
		at += sprintf(at, "x/t%d e%d\n", i, i);
	types = types_of(text);
	free(text);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "a.e%d", i);
		snprintf(want, sizeof(want), "x/t%d", i);
		ck_assert_str_eq(media_types_find(types, name), want);
	}
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = open_arena,
		.teardown = close_arena };
	const struct harness_test tests[] = {
		{ builtin_table_has_common_types, ROWS(built_in) },
		{ system_file_adds_types, ROWS(with_system) },
		{ missing_system_file_is_ignored, 0 },
		{ directory_as_system_file_is_ignored, 0 },
		{ every_one_of_many_extensions_is_found, 0 },
	};

	return harness_run_with(&fixture, "media_types", tests, ROWS(tests));
}
