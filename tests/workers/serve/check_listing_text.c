/*
 * Names in links, in text and in JSON.
 * SPDX-License-Identifier: MIT
 */
#include "serve/listing_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

static const struct {
	const char *name, *link, *text, *quoted;
} rows[] = {
	{ "a.txt", "./a.txt", ">a.txt<", "\"a.txt\"" },
	{ "a b", "./a%20b", ">a b<", "\"a b\"" },
	{ "<a>", "./%3Ca%3E", ">&lt;a&gt;<", "\"<a>\"" },
	{ "a\"&", "./a%22%26", ">a&quot;&amp;<", "\"a\\\"&\"" },
	{ "a\\b", "./a%5Cb", ">a\\b<", "\"a\\\\b\"" },
	{ "a\nb", "./a%0Ab", ">a\nb<", "\"a\\u000ab\"" },
	{ "a?b#c", "./a%3Fb%23c", ">a?b#c<", "\"a?b#c\"" },
	{ "javascript:x", "./javascript%3Ax", ">javascript:x<",
		"\"javascript:x\"" },
	{ "\xc3\xbc", "./%C3%BC", ">\xc3\xbc<", "\"\xc3\xbc\"" },
	{ "\xff", "./%FF", ">\xef\xbf\xbd<", "\"\xef\xbf\xbd\"" },
	{ "\xc3", "./%C3", ">\xef\xbf\xbd<", "\"\xef\xbf\xbd\"" },
	{ "\xc0\xaf", "./%C0%AF", ">\xef\xbf\xbd\xef\xbf\xbd<",
		"\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "./%ED%A0%80",
		">\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd<",
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static char *
print(const struct listing *l, const struct listing_form *form)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	form->start(to, l);
	for (size_t i = 0; i < l->count; i++)
		form->entry(to, l, i);
	form->end(to, l);
	fclose(to);
	return text;
}

static void
assert_has(const struct listing *l, const struct listing_form *form,
	const char *wanted)
{
	char *text = print(l, form);

	ck_assert_msg(
		strstr(text, wanted) != NULL, "no %s in\n%s", wanted, text);
	free(text);
}

START_TEST(a_name_is_encoded_for_its_context)
{
	const struct listing_entry e = { .name = rows[_i].name, .size = 1 };
	const struct listing l = {
		.path = SPAN("/"), .entries = &e, .count = 1
	};

	assert_has(&l, &listing_html, rows[_i].link);
	assert_has(&l, &listing_html, rows[_i].text);
	assert_has(&l, &listing_json, rows[_i].link);
	assert_has(&l, &listing_json, rows[_i].quoted);
}
END_TEST

START_TEST(the_trail_has_relative_links)
{
	assert_has(&(struct listing){ .path = SPAN("/") }, &listing_html,
		"<h1><a href=\"./\">/</a></h1>");
	assert_has(&(struct listing){ .path = SPAN("/a/<b/") }, &listing_html,
		"<h1><a href=\"../../\">/</a><a href=\"../\">a</a>/"
		"<a href=\"./\">&lt;b</a>/</h1>");
}
END_TEST

START_TEST(clicking_a_sorted_column_reverses_it)
{
	struct listing l = { .path = SPAN("/"), .sort = LISTING_SIZE };

	assert_has(&l, &listing_html, "?sort=size&amp;order=desc");
	assert_has(&l, &listing_html, "?sort=time&amp;order=asc");
	l.is_descending = true;
	assert_has(&l, &listing_html, "?sort=size&amp;order=asc");
}
END_TEST

START_TEST(a_truncated_listing_says_so)
{
	const struct listing l = { .path = SPAN("/"), .is_cut = true };

	assert_has(&l, &listing_html, "Only the first 0 entries are listed.");
	assert_has(&l, &listing_json, "\"complete\":false");
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_name_is_encoded_for_its_context, ROWS(rows) },
		{ the_trail_has_relative_links, 0 },
		{ clicking_a_sorted_column_reverses_it, 0 },
		{ a_truncated_listing_says_so, 0 },
	};

	return harness_run("listing_text", tests, ROWS(tests));
}
