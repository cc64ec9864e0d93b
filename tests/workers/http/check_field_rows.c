/*
 * Field lines become rows.
 * SPDX-License-Identifier: MIT
 */
#include "http/field_rows.h"

#include <stdlib.h>

#include "support/harness.h"

enum { MOST = 3 };

// clang-format off
static const struct {
	const char *lines;
	size_t count;
	const char *names[MOST], *values[MOST];
} rows[] = {
	{ "", 0, { NULL }, { NULL } },
	{ "A: b\r\n", 1, { "a" }, { "b" } },
	{ "ETag: \"X:y\"\r\nContent-Length: 6\r\n", 2,
	  { "etag", "content-length" }, { "\"X:y\"", "6" } },
	{ "X-Empty:\r\nX-Blank:  \r\nX-Tab:\t a b \t\r\n", 3,
	  { "x-empty", "x-blank", "x-tab" }, { "", "", "a b" } },
	{ "A: b\r\nno colon\r\n", 1, { "a" }, { "b" } },
	{ "A: b\r\nC: no end", 1, { "a" }, { "b" } },
	{ "Connection: close\r\nA: b\r\nKeep-Alive: timeout=1\r\nC: d\r\n", 2,
	  { "a", "c" }, { "b", "d" } },
	{ "Transfer-Encoding: chunked\r\nUpgrade: x\r\n"
	  "Proxy-Connection: close\r\nConnections: 1\r\n", 1,
	  { "connections" }, { "1" } },
};
// clang-format on

START_TEST(lines_become_rows_with_names_in_lower_case)
{
	struct span lines = span_of(rows[_i].lines);
	struct field_rows *made =
		field_rows_make(lines, malloc(field_rows_size(lines)));

	ck_assert_uint_eq(made->count, rows[_i].count);
	for (size_t i = 0; i < made->count; i++) {
		ck_assert(
			span_is(made->all[i].name, span_of(rows[_i].names[i])));
		ck_assert(span_is(
			made->all[i].value, span_of(rows[_i].values[i])));
	}
	free(made);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ lines_become_rows_with_names_in_lower_case, ROWS(rows) },
	};

	return harness_run("field_rows", tests, ROWS(tests));
}
