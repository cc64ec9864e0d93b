/*
 * Heads of parts as browsers and curl write them, and as attackers do.
 * SPDX-License-Identifier: MIT
 */
#include "api/part_head.h"

#include <stdio.h>

#include "support/harness.h"

#define D "Content-Disposition: form-data"
#define E "\r\n"

/* want is name|filename|type, with '-' for no filename; or the error. */
// clang-format off
static const struct {
	const char *lines, *want;
} rows[] = {
	{ D "; name=\"a\"" E, "a|-|" },
	{ D "; name=a" E, "a|-|" },
	{ D ";name=\"a\";filename=\"f.txt\"" E, "a|f.txt|" },
	{ D "; filename=\"f.txt\"; name=\"a\"" E, "a|f.txt|" },
	{ D "; name=\"a\"; filename=\"\"" E, "a||" },
	{ D "; name=\"\"" E, "|-|" },
	{ "content-disposition:Form-Data; NAME=a" E "content-type:  text/x " E,
		"a|-|text/x" },
	{ "X-Other: 1" E D "; name=a" E "X: 2" E, "a|-|" },
	/* names */
	{ D "; name=\"a;b, c=d\"" E, "a;b, c=d|-|" },
	{ D "; name=\"say \\\"x\\\"\"" E, "say \"x\"|-|" },
	{ D "; name=\"say %22x%22 100%\"" E, "say \"x\" 100%|-|" },
	{ D "; name=\"a\\\\b\"" E, "a\\\\b|-|" },
	{ D "; name=\"back\\\"" E, "back\\|-|" },
	{ D "; name=\"dir\\\"; filename=\"a.bin\"" E, "dir\\|a.bin|" },
	{ D "; name=\"a\\\\\" ; filename=f" E, "a\\\\|f|" },
	{ D "; name=\"a\\\"; b\"" E, "a\"; b|-|" },
	{ D "; name=\"a\\\"b\\\"\"" E, "a\"b\"|-|" },
	{ D "; name=a; filename=\"b%0D%0Ac\"" E, "a|b__c|" },
	{ D "; name=a; filename*=UTF-8''b%0Ac%7F" E, "a|b_c_|" },
	{ D "; name=\"a%0D%0Ab%0d\"" E, "a\r\nb%0d|-|" },
	{ D "; name=\"\\\"" E, "\\|-|" },
	{ D "; name=\"a\\b\"" E, "a\\b|-|" },
	{ D "; name=\"\xc3\xa9%41%0A\"" E, "\xc3\xa9%41\n|-|" },
	/* filenames without folders */
	{ D "; name=a; filename=\"/etc/passwd\"" E, "a|passwd|" },
	{ D "; name=a; filename=\"../../x\"" E, "a|x|" },
	{ D "; name=a; filename=\"C:\\dir\\f.txt\"" E, "a|f.txt|" },
	{ D "; name=a; filename=\"\\\\host\\f\"" E, "a|f|" },
	{ D "; name=a; filename=\"%22q%22.txt\"" E, "a|\"q\".txt|" },
	{ D "; name=a; filename=\"dir/\"" E, "a||" },
	{ D "; name=a; filename=\"..\"" E, "a||" },
	{ D "; name=a; filename=\"x/.\"" E, "a||" },
	{ D "; name=a; filename=\"...\"" E, "a|...|" },
	{ D "; name=a; filename=\".htaccess\"" E, "a|.htaccess|" },
	{ D "; name=a; filename*=utf-8''x%2fy; filename=f" E, "a|f|" },
	{ D "; name=a; filename=\"f\"; filename*=utf-8''x" E, "a|f|" },
	{ D "; name=a; filename*=utf-8''x" E, "a|x|" },
	{ D "; name=a; filename*=UTF-8'en'%E2%82%AC%2e.txt" E,
		"a|\xe2\x82\xac..txt|" },
	{ D "; name=a; filename*=utf-8''..%2f%2e%2E" E, "a||" },
	{ D "; name=a; filename*=iso-8859-1''x" E,
		"a filename* is malformed or not UTF-8" },
	{ D "; name=a; filename*=utf-8''%FF" E,
		"a filename* is malformed or not UTF-8" },
	{ D "; name=a; filename*=utf-8''%00" E,
		"a filename* is malformed or not UTF-8" },
	{ D "; name=a; filename*=utf-8'x" E,
		"a filename* is malformed or not UTF-8" },
	/* encodings that are none */
	{ D "; name=a" E "Content-Transfer-Encoding: binary" E, "a|-|" },
	{ D "; name=a" E "Content-Transfer-Encoding: 8BIT" E, "a|-|" },
	{ D "; name=a" E "Content-Transfer-Encoding: base64" E,
		"a part has a Content-Transfer-Encoding" },
	/* wrong */
	{ "", "a part has no Content-Disposition" },
	{ "Content-Type: text/plain" E, "a part has no Content-Disposition" },
	{ D E, "a part has no name" },
	{ D "; filename=x" E, "a part has no name" },
	{ "Content-Disposition: attachment; name=a" E,
		"a part is not form-data" },
	{ "Content-Disposition: form-datax; name=a" E,
		"a Content-Disposition is malformed" },
	{ D "; name=a; name=b" E, "a part has two names" },
	{ D "; name=a; filename=b; filename=c" E, "a part has two names" },
	{ D "; name=a" E D "; name=b" E,
		"a part has two Content-Disposition lines" },
	{ D "; name=a" E "Content-Type: a/b" E "Content-Type: a/c" E,
		"a part has two types" },
	{ D "; name=\"a" E, "a Content-Disposition is malformed" },
	{ D "; name" E, "a Content-Disposition is malformed" },
	{ D "; name=" E, "a Content-Disposition is malformed" },
	{ D "; name=\"a\"b" E, "a Content-Disposition is malformed" },
	{ D "; name=a" E " filename=x" E,
		"a line of a part's head is malformed" },
	{ D "; name=a" E "Bad Name: x" E,
		"a line of a part's head is malformed" },
	{ D "; name=a" E "NoColon" E, "a line of a part's head is malformed" },
	{ D "; name=a" E ": x" E, "a line of a part's head is malformed" },
	{ D "; name=\"a\nb\"" E, "a part's head has a control byte" },
	{ D "; name=\"a\rb\"" E, "a part's head has a control byte" },
	{ D "; name=\"a\x01\"" E, "a part's head has a control byte" },
	{ D "; name=a", "a line of a part's head has no CRLF" },
};
// clang-format on

START_TEST(a_part_head_is_parsed)
{
	struct part_head head;
	char lines[512], got[512];
	size_t len = strlen(rows[_i].lines);
	const char *why;

	memcpy(lines, rows[_i].lines, len);
	why = part_head_parse(&head, lines, len);
	if (why != NULL)
		snprintf(got, sizeof(got), "%s", why);
	else
		snprintf(got, sizeof(got), "%.*s|%.*s|%.*s", (int)head.name.len,
			head.name.at,
			head.filename.at == NULL ? 1 : (int)head.filename.len,
			head.filename.at == NULL ? "-" : head.filename.at,
			(int)head.type.len, head.type.at);
	ck_assert_str_eq(got, rows[_i].want);
}
END_TEST

START_TEST(a_nul_in_a_part_head_is_refused)
{
	char lines[] = D "; name=\"a\0b\"" E;
	struct part_head head;

	ck_assert_str_eq(part_head_parse(&head, lines, sizeof(lines) - 1),
		"a part's head has a control byte");
}
END_TEST

START_TEST(an_overlong_part_name_is_refused)
{
	char lines[512];
	struct part_head head;

	for (int n = PART_NAME_MOST; n <= PART_NAME_MOST + 1; n++) {
		int len = snprintf(
			lines, sizeof(lines), D "; name=\"%0*d\"" E, n, 1);

		ck_assert((part_head_parse(&head, lines, (size_t)len) ==
				  NULL) == (n == PART_NAME_MOST));
	}
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_part_head_is_parsed, ROWS(rows) },
		{ a_nul_in_a_part_head_is_refused, 0 },
		{ an_overlong_part_name_is_refused, 0 },
	};

	return harness_run("part_head", tests, ROWS(tests));
}
