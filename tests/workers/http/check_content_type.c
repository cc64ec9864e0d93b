/*
 * Valid media types with their parameters, and invalid ones.
 * SPDX-License-Identifier: MIT
 */
#include "http/content_type.h"

#include <stdio.h>

#include "http/parameter.h"
#include "support/harness.h"

#define SEVENTY                                                                \
	"01234567890123456789012345678901234567890123456789012345678901234567" \
	"89"

/* want: type|charset|boundary; NULL: it is none. */
// clang-format off
static const struct {
	const char *value, *want;
} rows[] = {
	{ "text/html", "text/html||" },
	{ "Text/HTML;Charset=utf-8", "Text/HTML|utf-8|" },
	{ "text/html; charset=\"utf-8\"", "text/html|utf-8|" },
	{ "text/html ; charset=utf-8 ;", "text/html|utf-8|" },
	{ "text/html;;;charset=x", "text/html|x|" },
	{ "application/vnd.x+json", "application/vnd.x+json||" },
	{ "multipart/form-data; boundary=x", "multipart/form-data||x" },
	{ "multipart/form-data; boundary=\"a b'()+_,-./:=?\"",
		"multipart/form-data||a b'()+_,-./:=?" },
	{ "multipart/form-data; BOUNDARY=" SEVENTY,
		"multipart/form-data||" SEVENTY },
	{ "text/html; x=\"\\\"; boundary=no\"; boundary=yes",
		"text/html||yes" },
	{ "text/html; x=\"\"", "text/html||" },
	/* none */
	{ "", NULL },
	{ "text", NULL },
	{ "text/", NULL },
	{ "/html", NULL },
	{ "text /html", NULL },
	{ "text/html charset=utf-8", NULL },
	{ "text/html, text/plain", NULL },
	{ "text/html; charset", NULL },
	{ "text/html; charset=", NULL },
	{ "text/html; charset=\"\"", NULL },
	{ "text/html; charset =utf-8", NULL },
	{ "text/html; charset= utf-8", NULL },
	{ "text/html; charset=\"utf-8", NULL },
	{ "text/html; charset=\"utf-8\\", NULL },
	{ "text/html; charset=\"utf-8\"x", NULL },
	{ "text/html; charset=a; charset=b", NULL },
	{ "multipart/form-data; boundary=a; boundary=b", NULL },
	{ "multipart/form-data; boundary=\"a;b\"", NULL },
	{ "multipart/form-data; boundary=\"a \"", NULL },
	{ "multipart/form-data; boundary=\"\"", NULL },
	{ "multipart/form-data; boundary=\"a\\b\"", NULL },
	{ "multipart/form-data; boundary=" SEVENTY "0", NULL },
};
// clang-format on

START_TEST(a_content_type_is_parsed)
{
	struct content_type t;
	char got[256] = "";
	bool is = content_type_parse(span_of(rows[_i].value), &t);

	ck_assert_int_eq(is, rows[_i].want != NULL);
	if (!is)
		return;
	snprintf(got, sizeof(got), "%.*s|%.*s|%.*s", (int)t.type.len, t.type.at,
		(int)t.charset.len, t.charset.at, (int)t.boundary.len,
		t.boundary.at);
	ck_assert_str_eq(got, rows[_i].want);
}
END_TEST

START_TEST(json_is_recognised_by_type_or_suffix)
{
	static const struct {
		const char *value;
		bool is;
	} types[] = {
		{ "application/json", true },
		{ "Application/JSON; charset=utf-8", true },
		{ "application/merge-patch+json", true },
		{ "application/x+JSON", true },
		{ "application/jsonx", false },
		{ "application/json+x", false },
		{ "text/json", false },
		{ "text/plain", false },
	};
	struct content_type t;

	for (size_t i = 0; i < ROWS(types); i++) {
		ck_assert(content_type_parse(span_of(types[i].value), &t));
		ck_assert_msg(content_type_is_json(&t) == types[i].is, "%s",
			types[i].value);
	}
}
END_TEST

START_TEST(a_media_type_is_compared_without_case)
{
	struct content_type t;

	ck_assert(content_type_parse(SPAN("TEXT/plain; charset=x"), &t));
	ck_assert(content_type_is(&t, SPAN("text/PLAIN")));
	ck_assert(!content_type_is(&t, SPAN("text/plain2")));
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_content_type_is_parsed, ROWS(rows) },
		{ json_is_recognised_by_type_or_suffix, 0 },
		{ a_media_type_is_compared_without_case, 0 },
	};

	return harness_run("content_type", tests, ROWS(tests));
}
