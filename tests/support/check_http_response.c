/*
 * The strict reader must refuse what it was made to refuse, or the system
 * tests prove nothing.
 * SPDX-License-Identifier: MIT
 */
#include "support/http_response.h"

#include <string.h>

#include "support/harness.h"

#define OK     "HTTP/1.1 200 OK\r\n"
#define LENGTH "Content-Length: 2\r\n\r\n"

static const struct {
	const char *bytes;
	bool is_head, at_eof;
	long used; /* -1: malformed, 0: too few bytes */
	const char *body;
} rows[] = {
	{ OK LENGTH "hi", false, false, 40, "hi" },
	{ OK LENGTH "hixx", false, false, 40, "hi" },
	{ OK LENGTH "h", false, true, 0, NULL },
	{ OK LENGTH, true, false, 38, "" },
	{ OK "Content-Length: 0\r\n\r\n", false, false, 38, "" },
	{ OK "\r\nuntil the end", false, true, 32, "until the end" },
	{ OK "\r\nuntil the end", false, false, 0, NULL },
	{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false,
		false, 59, "hi" },
	{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", false, false,
		0, NULL },
	{ "HTTP/1.1 304 Not Modified\r\n" LENGTH, false, false, 48, "" },
	{ "HTTP/1.1 204 No Content\r\n\r\n", false, false, 27, "" },
	{ "HTTP/1.1 204 No Content\r\n" LENGTH, false, false, -1, NULL },
	{ "HTTP/1.1 100 Continue\r\n\r\n", false, false, 25, "" },
	{ "HTTP/1.0 200 OK\r\n" LENGTH "hi", false, false, -1, NULL },
	{ "HTTP/1.1 200\r\n" LENGTH "hi", false, false, -1, NULL },
	{ "HTTP/1.1 2000 OK\r\n" LENGTH "hi", false, false, -1, NULL },
	{ "HTTP/1.1 999 OK\r\n" LENGTH "hi", false, false, -1, NULL },
	{ "hiHTTP/1.1 200 OK\r\n" LENGTH, false, false, -1, NULL },
	{ OK "Content-Length: 2\r\n" LENGTH "hi", false, false, -1, NULL },
	{ OK "Content-Length: +2\r\n\r\nhi", false, false, -1, NULL },
	{ OK "Transfer-Encoding: chunked\r\n" LENGTH "hi", false, false, -1,
		NULL },
	{ OK "Transfer-Encoding: gzip\r\n\r\nhi", false, false, -1, NULL },
	{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n", false,
		false, -1, NULL },
	{ OK "A : b\r\n" LENGTH "hi", false, false, -1, NULL },
	{ OK "A\r\n" LENGTH "hi", false, false, -1, NULL },
	{ OK "A: b\r\n c\r\n" LENGTH "hi", false, false, -1, NULL },
	{ OK "A: b\nC: d\r\n" LENGTH "hi", false, false, -1, NULL },
	{ OK "A: b\rC: d\r\n" LENGTH "hi", false, false, -1, NULL },
	{ OK "A: \x01\r\n" LENGTH "hi", false, false, -1, NULL },
};

START_TEST(a_response_is_read_strictly)
{
	struct response r;
	long used = response_parse(&r, rows[_i].bytes, strlen(rows[_i].bytes),
		rows[_i].is_head, rows[_i].at_eof);

	ck_assert_msg(used == rows[_i].used, "%ld, not %ld (%s): %s", used,
		rows[_i].used, r.why == NULL ? "" : r.why, rows[_i].bytes);
	if (rows[_i].body != NULL) {
		ck_assert_str_eq(r.body, rows[_i].body);
		ck_assert_uint_eq(r.len, strlen(rows[_i].body));
	}
	response_free(&r);
}
END_TEST

START_TEST(a_list_holds_whole_tokens_only)
{
	const char *text = OK "Connection: x, Close ,keep-alive\r\n" LENGTH;
	struct response r;

	ck_assert_int_gt(
		response_parse(&r, text, strlen(text), true, false), 0);
	ck_assert(response_lists(&r, "connection", "close"));
	ck_assert(response_lists(&r, "Connection", "keep-alive"));
	ck_assert(!response_lists(&r, "Connection", "keep"));
	ck_assert(!response_lists(&r, "Upgrade", "x"));
	response_free(&r);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_response_is_read_strictly, ROWS(rows) },
		{ a_list_holds_whole_tokens_only, 1 },
	};

	return harness_run("http_response", tests, ROWS(tests));
}
