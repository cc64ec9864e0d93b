/*
 * Patterns, and templates that contain their parts.
 * SPDX-License-Identifier: MIT
 */
#include "common/pattern.h"

#include <check.h>
#include <stdio.h>

#include "common/template.h"
#include "support/harness.h"

// clang-format off
static const struct {
	const char *pattern, *path;
	const char *parts; /* each behind a '|'; NULL: it does not fit */
} rows[] = {
	{ "/a", "/a", "" }, { "/a", "/b", NULL }, { "/a", "/a/", NULL },
	{ "/", "/", "" },
	/* A star stays in its segment. */
	{ "/*.css", "/a.css", "|a" }, { "/*.css", "/.css", "|" },
	{ "/*.css", "/a/b.css", NULL }, { "/*.css", "/a.css/", NULL },
	{ "/*.css", "/a.cssx", NULL }, { "/*.css", "/a.css.css", "|a.css" },
	{ "/a*b", "/ab", "|" }, { "/a*b", "/aab", "|a" },
	{ "/x/*/y", "/x/1/y", "|1" }, { "/x/*/y", "/x/1/2/y", NULL },
	{ "/*-*.png", "/a-b-c.png", "|a|b-c" },
	{ "/*-*.png", "/a.png", NULL }, { "/*a*b*c", "/xaybzc", "|x|y|z" },
	/* The last one is the rest. */
	{ "/x/:a/*", "/x/1/", "|1|" }, { "/x/:a/*", "/x/1/2/3", "|1|2/3" },
	{ "/x/:a/*", "/x/1", NULL },
	/* A name is a whole segment. */
	{ "/:y/:m", "/2026/11", "|2026|11" }, { "/:y/:m", "/2026/", NULL },
	{ "/:y/:m", "/2026/11/", NULL }, { "/:y/", "/2026/", "|2026" },
	{ "/a:b", "/a:b", "" }, { "/a:b", "/ac", NULL },
	/* Two stars go over slashes. */
	{ "/**.css", "/a.css", "|a" }, { "/**.css", "/a/b/c.css", "|a/b/c" },
	{ "/**.css", "/a/b.css/c", NULL }, { "/**.css", "/cs", NULL },
	{ "/a/**/z", "/a/b/c/z", "|b/c" }, { "/a/**/z", "/a/z", NULL },
	{ "/a/x**y/:z", "/a/x1/2y/3", "|1/2|3" },
	{ "/a**", "/a", "|" }, { "/a**", "/a/b", "|/b" },
	{ "/:a/**.b", "/x/y/z.b", "|x|y/z" },
	{ "/aa**aa", "/aaa", NULL }, { "/aa**aa", "/aaaa", "|" },
};

static const struct {
	const char *pattern, *wrong; /* a part of what is said, or NULL */
} bad[] = {
	{ "/a", NULL }, { "/*/*", NULL }, { "/**/x", NULL }, { "/x**", NULL },
	{ "/:a/:b", NULL }, { "/*/*/*/*/*/*/*/*/*", NULL },
	{ "/*/*/*/*/*/*/*/*/*/*", "nine" }, { "/**/**", "once" },
	{ "/a*b**", "once" }, { "/***", "once" }, { "/**/*", "the whole rest" },
	{ "/:", "begin the name" }, { "/:1", "letters" }, { "/:a-b", "letters" },
	{ "/:a/:a", "twice" },
};

static const struct {
	const char *template, *text; /* a '|' before each name */
} templates[] = {
	{ "", "" }, { "/a", "/a" }, { "/$1/$2", "/|1/|2" }, { "$12", "|12" },
	{ "$path.html", "|path.html" }, { "${a}b", "|ab" }, { "$a_1-", "|a_1-" },
	{ "$$1", "$1" }, { "a$", "a|" }, { "a$-", "a|-" }, { "${a", "|" },
};
// clang-format on

START_TEST(pattern_matches_and_finds_its_parts)
{
	struct pattern_parts parts, names;
	char text[256] = "";
	bool fits = pattern_fits(
		span_of(rows[_i].pattern), span_of(rows[_i].path), &parts);

	ck_assert_msg(fits == (rows[_i].parts != NULL), "%s %s",
		rows[_i].pattern, rows[_i].path);
	if (!fits)
		return;
	for (int i = 0; i < parts.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"|%.*s", (int)parts.all[i].value.len,
			parts.all[i].value.at);
	ck_assert_str_eq(text, rows[_i].parts);
	pattern_names(span_of(rows[_i].pattern), &names);
	ck_assert_int_eq(names.count, parts.count);
}
END_TEST

START_TEST(invalid_pattern_is_reported)
{
	const char *wrong = pattern_wrong(bad[_i].pattern);

	if (bad[_i].wrong == NULL)
		ck_assert_ptr_null(wrong);
	else
		ck_assert_msg(
			wrong != NULL && strstr(wrong, bad[_i].wrong) != NULL,
			"%s: %s", bad[_i].pattern,
			wrong == NULL ? "nothing" : wrong);
}
END_TEST

START_TEST(template_is_split_into_text_and_names)
{
	struct span rest = span_of(templates[_i].template);
	struct template_piece piece;
	char text[256] = "";

	while (template_next(&rest, &piece))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"%s%.*s", piece.kind == TEMPLATE_NAME ? "|" : "",
			(int)piece.text.len, piece.text.at);
	ck_assert_str_eq(text, templates[_i].text);
}
END_TEST

START_TEST(part_is_found_by_number_and_name)
{
	struct pattern_parts parts;

	ck_assert(pattern_fits(span_of("/:y/*"), span_of("/1/2"), &parts));
	ck_assert(span_is(*template_find(&parts, SPAN("1")), SPAN("1")));
	ck_assert(span_is(*template_find(&parts, SPAN("y")), SPAN("1")));
	ck_assert(span_is(*template_find(&parts, SPAN("2")), SPAN("2")));
	ck_assert_ptr_null(template_find(&parts, SPAN("3")));
	ck_assert_ptr_null(template_find(&parts, SPAN("0")));
	ck_assert_ptr_null(template_find(&parts, SPAN("")));
}
END_TEST

/*
 * A client that knows the pattern can cause at most the product of the lengths.
 */
START_TEST(matching_time_is_bounded)
{
	static char path[60000];
	struct pattern_parts parts;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	for (int i = 0; i < 100; i++)
		ck_assert(!pattern_fits(span_of("/*a*a*a*a*a*a*b"),
			(struct span){ path, sizeof(path) }, &parts));
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ pattern_matches_and_finds_its_parts, ROWS(rows) },
		{ invalid_pattern_is_reported, ROWS(bad) },
		{ template_is_split_into_text_and_names, ROWS(templates) },
		{ part_is_found_by_number_and_name, 0 },
		{ matching_time_is_bounded, 0 },
	};

	return harness_run("pattern", tests, ROWS(tests));
}
