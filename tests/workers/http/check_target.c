/*
 * Request targets: decoding and normalising of paths.
 * SPDX-License-Identifier: MIT
 */
#include "http/target.h"

#include <stdio.h>

#include "http/request.h"
#include "support/harness.h"

enum { DEPTH = 8 };

// clang-format off
static const struct {
	const char *raw, *path;
} good[] = {
	{ "/", "/" }, { "/a", "/a" }, { "/a/", "/a/" }, { "/a/b.c", "/a/b.c" },
	/* RFC 3986 6.2.2.1: percent-encoding, once. */
	{ "/%41%7a", "/Az" }, { "/a%20b", "/a b" }, { "/%25", "/%" },
	{ "/%2541", "/%41" }, { "/%c3%A4", "/\xc3\xa4" }, { "/%3F%23", "/?#" },
	{ "/%5c", "/\\" }, { "/%0a", "/\n" }, { "/%ff", "/\xff" },
	/* 5.2.4: dot segments, also encoded ones. */
	{ "/.", "/" }, { "/./", "/" }, { "/..", "/" }, { "/../", "/" },
	{ "/../..", "/" }, { "/../../a", "/a" }, { "/a/.", "/a/" },
	{ "/a/./", "/a/" }, { "/a/..", "/" }, { "/a/../", "/" },
	{ "/a/b/..", "/a/" }, { "/a/b/../", "/a/" }, { "/a/b/../c", "/a/c" },
	{ "/a/b/../../c", "/c" }, { "/a/../../../c", "/c" },
	{ "/a/./b/./c", "/a/b/c" }, { "/%2e", "/" }, { "/%2E%2e", "/" },
	{ "/a/.%2e/b", "/b" }, { "/a/%2e./b", "/b" }, { "/a/%2e/b", "/a/b" },
	/* Not dot segments. */
	{ "/...", "/..." }, { "/.a", "/.a" }, { "/..a", "/..a" },
	{ "/a.", "/a." }, { "/a..", "/a.." }, { "/a../b", "/a../b" },
	{ "/%252e%252e/a", "/%2e%2e/a" },
	/* Slashes in a row are one. */
	{ "//", "/" }, { "///", "/" }, { "//a", "/a" }, { "/a//b", "/a/b" },
	{ "/a//", "/a/" }, { "/a///b//", "/a/b/" }, { "/a//../b", "/b" },
	{ "//..//a", "/a" }, { "/a/b//..", "/a/" },
};

static const struct {
	const char *raw;
	int status;
} bad[] = {
	{ "/%", 400 }, { "/%4", 400 }, { "/%4g", 400 }, { "/%g4", 400 },
	{ "/%%41", 400 }, { "/%/41", 400 }, { "/%4/1", 400 }, { "/% 41", 400 },
	{ "/a%", 400 }, { "/%00", 400 }, { "/a%00b", 400 },

	{ "/%/../a", 400 }, { "/1/2/3/4/5/6/7/8/9", 414 },
	{ "/1/2/3/4/5/6/7/8/%39", 414 }, { "/1/2/3/4/5/6/7/8/9/../..", 414 },
};
// clang-format on

static struct arena arena;

static void
set_up(void)
{
	arena_init(&arena, 4096, 0);
}

static void
tear_down(void)
{
	arena_fini(&arena);
}

START_TEST(a_path_is_decoded_and_normalised)
{
	struct span path;

	set_up();
	ck_assert_int_eq(
		path_decode(span_of(good[_i].raw), DEPTH, &arena, &path), 0);
	ck_assert_msg(span_is(path, span_of(good[_i].path)), "%s: %.*s",
		good[_i].raw, (int)path.len, path.at);
	tear_down();
}
END_TEST

START_TEST(a_malformed_path_is_refused)
{
	struct span path;
	int status;

	set_up();
	status = path_decode(span_of(bad[_i].raw), DEPTH, &arena, &path);
	ck_assert_msg(status == bad[_i].status, "%d: %s", status, bad[_i].raw);
	tear_down();
}
END_TEST

START_TEST(a_normalised_path_is_not_copied)
{
	struct span path, raw = SPAN("/assets/site.css");

	set_up();
	ck_assert_int_eq(path_decode(raw, DEPTH, &arena, &path), 0);
	ck_assert_ptr_eq(path.at, raw.at);
	ck_assert_uint_eq(arena.total, 0);
	tear_down();
}
END_TEST

START_TEST(only_segments_that_remain_count_towards_the_depth)
{
	struct span path;

	set_up();
	ck_assert_int_eq(
		path_decode(SPAN("/1/2/3/4/5/6/7/8"), DEPTH, &arena, &path), 0);
	ck_assert_int_eq(path_decode(SPAN("/1/2/3/4/./././././5/6/7/%38"),
				 DEPTH, &arena, &path),
		0);
	tear_down();
}
END_TEST

/* Bytes that need no encoding in a path or a query. */
#define PLAIN                                                                  \
	"!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_"             \
	"abcdefghijklmnopqrstuvwxyz|~"

/* The verdict on text with its 'x' replaced by c. */
static int
check_byte(const char *text, int c)
{
	static const struct conf_limits limits = { .path_depth = DEPTH };
	char target[16];
	struct request r = { .head = target,
		.method = METHOD_GET,
		.target = { 0, (uint16_t)strlen(text) } };

	memcpy(target, text, strlen(text) + 1);
	*strchr(target, 'x') = (char)c;
	return target_check(&r, &limits, &arena);
}

START_TEST(a_byte_outside_the_uri_grammar_is_refused)
{
	bool in_path = _i != 0 && strchr(PLAIN, _i) != NULL;
	bool in_query = in_path || (_i != 0 && strchr("?%\\`{}", _i) != NULL);

	set_up();
	/* '?' begins the query, and "%/" is not a valid escape. */
	ck_assert_int_eq(
		check_byte("/axb", _i), in_path || _i == '?' ? 0 : 400);
	ck_assert_int_eq(check_byte("/?axb", _i), in_query ? 0 : 400);
	tear_down();
}
END_TEST

START_TEST(an_encoded_slash_separates_nothing)
{
	static const struct {
		const char *raw;
		struct span path;
	} rows[] = {
		{ "/a%2Fb/c", SPAN("/a\0b/c") },
		{ "/..%2f../c", SPAN("/..\0../c") },
		{ "/a/%2f", SPAN("/a/\0") },
		{ "/a%252Fb", SPAN("/a%2Fb") },
	};
	struct span path;

	for (size_t i = 0; i < ROWS(rows); i++) {
		ck_assert_int_eq(
			path_decode(span_of(rows[i].raw), DEPTH, &arena, &path),
			0);
		ck_assert(span_is(path, rows[i].path));
	}
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_path_is_decoded_and_normalised, ROWS(good) },
		{ a_malformed_path_is_refused, ROWS(bad) },
		{ an_encoded_slash_separates_nothing, 0 },
		{ a_normalised_path_is_not_copied, 0 },
		{ only_segments_that_remain_count_towards_the_depth, 0 },
		{ a_byte_outside_the_uri_grammar_is_refused, 256 },
	};

	return harness_run("target", tests, ROWS(tests));
}
