/*
 * Parses heads: which are refused with which status, in one piece and in
 * several.
 * SPDX-License-Identifier: MIT
 */
#include "http/http1.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/octet.h"
#include "http/request.h"
#include "support/fake_worker_head.h"
#include "support/harness.h"

#define LINE "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define ROW(s)                                                                 \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

/* http1_parse() alone. */
static int
parse(struct request *r, struct span head)
{
	static struct http1 h;

	http1_init(&h);
	return http1_parse(&h, r, head.at, head.len, &fake_worker_limits);
}

// clang-format off
#define BAD(text) { { text, sizeof(text) - 1 }, 400 }
static const struct {
	struct span head;
	int status;
} refused[] = {
	/* RFC 9112 2.2: CRLF ends a line. */
	BAD("GET / HTTP/1.1\nHost: a\r\n\r\n"),
	BAD(LINE "Host: a\n\r\n"),
	BAD(LINE "Host: a\r\n\n"),
	BAD(LINE "Host: a\n\n"),
	BAD("GET / HTTP/1.1\n\n"),
	BAD("GET / HTTP/1.1\rHost: a\r\n\r\n"),
	BAD("GET / HTTP/1.1\r\rHost: a\r\n\r\n"),
	BAD("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
	BAD(LINE "Host: a\rb\r\n\r\n"),
	BAD(LINE "Host: a\r\r\n\r\n"),
	BAD(LINE HOST "X: a\rY: b\r\n\r\n"),
	BAD(LINE HOST "X: a\nY: b\r\n\r\n"),
	BAD(LINE HOST "X: a\n\nGET /b HTTP/1.1\r\n\r\n"),
	BAD(LINE HOST "X: a value of more than 24 bytes\rY: b\r\n\r\n"),
	BAD(LINE HOST "X: a value of more than 24 bytes\nY: b\r\n\r\n"),
	BAD(LINE HOST "X: a value of more than 24 bytes\r\r\n\r\n"),
	BAD(LINE HOST "\rX: a\r\n\r\n"),
	BAD(LINE HOST "\r\r\n\r\n"),
	/* 5.2: no folded lines. */
	BAD(LINE "Host: a\r\n b\r\n\r\n"),
	BAD(LINE "Host: a\r\n\tb\r\n\r\n"),
	BAD(LINE "Host:\r\n a\r\n\r\n"),
	BAD(LINE "Host: a\r\n \r\n\r\n"),
	BAD(LINE HOST "X: a value of more than 24 bytes\r\n and more\r\n\r\n"),
	BAD(LINE HOST "X: a value of more than 24 bytes\r\n \r\n\r\n"),
	BAD(LINE HOST "X:                              \r\n y\r\n\r\n"),
	BAD(LINE " Host: a\r\n\r\n"),
	BAD(LINE "\tHost: a\r\n\r\n"),
	/* 5.1: no space before the colon. */
	BAD(LINE "Host : a\r\n\r\n"),
	BAD(LINE "Host\t: a\r\n\r\n"),
	BAD(LINE HOST "Content-Length : 3\r\n\r\n"),
	BAD(LINE HOST "X Y: a\r\n\r\n"),
	BAD(LINE HOST ": a\r\n\r\n"),
	BAD(LINE HOST "X\r\n\r\n"),
	BAD(LINE HOST "X\r\nY: a\r\n\r\n"),
	BAD(LINE HOST "X\xc3\xa4: a\r\n\r\n"),
	BAD(LINE HOST "X\0: a\r\n\r\n"),
	BAD(LINE HOST "\0: a\r\n\r\n"),
	/* 3: one space on each side of the target. */
	BAD("GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET /\tHTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET  / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET /  HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1.1 \r\n" HOST "\r\n"),
	BAD("GET / HTTP/1.1\t\r\n" HOST "\r\n"),
	BAD(" GET / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("\tGET / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET /a b HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET / \r\n" HOST "\r\n"),
	BAD("GET /\r\n" HOST "\r\n"),
	BAD("GET\r\n" HOST "\r\n"),
	BAD("GET \r\n" HOST "\r\n"),
	BAD("GET HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET  HTTP/1.1\r\n" HOST "\r\n"),
	BAD("/ HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET /\x0b HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET /\x7f HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET /\0 HTTP/1.1\r\n" HOST "\r\n"),
	BAD("G\0T / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GE(T / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("GET: / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("G\xcb" "T / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"),
	BAD("BREW  / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("BREW /  HTTP/1.1\r\n" HOST "\r\n"),
	BAD("BREW /\r\n" HOST "\r\n"),
	BAD("BREW /\nX: HTTP/1.1\r\n\r\n"),
	BAD("BREW / HTTP/1.1\nX: HTTP/1.1\r\n\r\n"),
	BAD("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" HOST "\r\n"),
	/* 2.3: the version. */
	BAD("GET / http/1.1\r\n" HOST "\r\n"),
	BAD("GET / Http/1.1\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1\r\n" HOST "\r\n"),
	BAD("GET / HTTP/11\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1.\r\n" HOST "\r\n"),
	BAD("GET / HTTP/.1\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1.10\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1.01\r\n" HOST "\r\n"),
	BAD("GET / HTTP/01.1\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1.1.1\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1,1\r\n" HOST "\r\n"),
	BAD("GET / HTTP/1.x\r\n" HOST "\r\n"),
	BAD("GET / HTTP/+1.1\r\n" HOST "\r\n"),
	BAD("GET / HTTP /1.1\r\n" HOST "\r\n"),
	BAD("GET / HTTPS/1.1\r\n" HOST "\r\n"),
	BAD("GET / ICE/1.0\r\n" HOST "\r\n"),
	BAD("GET / FTP/1.1\r\n" HOST "\r\n"),
	{ ROW("GET / HTTP/2.0\r\n" HOST "\r\n"), 505 },
	{ ROW("GET / HTTP/2.1\r\n" HOST "\r\n"), 505 },
	{ ROW("GET / HTTP/3.0\r\n" HOST "\r\n"), 505 },
	{ ROW("GET / HTTP/0.9\r\n" HOST "\r\n"), 505 },
	{ ROW("GET / HTTP/9.9\r\n" HOST "\r\n"), 505 },
	/* A client with prior knowledge of HTTP/2 (RFC 9113 3.4). */
	{ ROW("PRI * HTTP/2.0\r\n\r\n"), 505 },
	{ ROW("BREW / HTTP/2.0\r\n" HOST "\r\n"), 505 },
	/* A method that is not implemented (RFC 9110 9.1). */
	{ ROW("BREW / HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ ROW("get / HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ ROW("GETS / HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ ROW("GE / HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ ROW("PROPFIND / HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ ROW("M-SEARCH / HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ ROW("!#$%&'*+-.^_`|~09az / HTTP/1.1\r\n" HOST "\r\n"), 501 },
};

/* What is between the request line and the rest of a good head. */
static const struct {
	struct span head;
	struct span target;
	int minor, nfields;
	struct span last; /* value of the last field */
} accepted[] = {
	{ ROW(LINE HOST "\r\n"), ROW("/"), 1, 1, ROW("a") },
	{ ROW("GET / HTTP/1.0\r\n\r\n"), ROW("/"), 0, 0, ROW("") },
	/* RFC 9110 2.5: served as our highest minor version. */
	{ ROW("GET / HTTP/1.9\r\nHost: a\r\n\r\n"), ROW("/"), 1, 1, ROW("a") },
	{ ROW(LINE "Host:a\r\n\r\n"), ROW("/"), 1, 1, ROW("a") },
	{ ROW(LINE "Host: \t a \t \r\n\r\n"), ROW("/"), 1, 1, ROW("a") },
	{ ROW(LINE HOST "X:\r\n\r\n"), ROW("/"), 1, 2, ROW("") },
	{ ROW(LINE HOST "X: \t \r\n\r\n"), ROW("/"), 1, 2, ROW("") },
	{ ROW(LINE HOST "X:                              \r\n\r\n"), ROW("/"),
	  1, 2, ROW("") },
	{ ROW(LINE HOST "X:\tnot  so\tshort, and with tabs\t\r\n\r\n"),
	  ROW("/"), 1, 2, ROW("not  so\tshort, and with tabs") },
	{ ROW(LINE HOST "!#$%&'*+-.^_`|~09az: ::\r\n\r\n"), ROW("/"), 1, 2,
	  ROW("::") },
	{ ROW(LINE HOST "X: \xe4\xc3\xa4\xff\x80\r\n\r\n"), ROW("/"), 1, 2,
	  ROW("\xe4\xc3\xa4\xff\x80") },
	{ ROW("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), ROW("*"), 1, 1, ROW("a") },
	{ ROW("GET http://a/b?c HTTP/1.1\r\n" HOST "\r\n"), ROW("http://a/b?c"),
	  1, 1, ROW("a") },
	{ ROW("DELETE /a//b/../%41?b=/?c HTTP/1.1\r\n" HOST "\r\n"),
	  ROW("/a//b/../%41?b=/?c"), 1, 1, ROW("a") },
};
// clang-format on

START_TEST(a_malformed_head_is_refused)
{
	struct request r;

	ck_assert_msg(parse(&r, refused[_i].head) == refused[_i].status,
		"%d, not %d: %s", parse(&r, refused[_i].head),
		refused[_i].status, refused[_i].head.at);
}
END_TEST

START_TEST(a_split_malformed_head_gets_the_same_status)
{
	fake_worker_check_pieces(refused[_i].head, refused[_i].status);
}
END_TEST

START_TEST(a_valid_head_is_split_into_tokens)
{
	struct request r;
	struct span head = accepted[_i].head;

	ck_assert_msg(parse(&r, head) == 0, "%d: %s", parse(&r, head), head.at);
	ck_assert_uint_eq(r.head_len, head.len);
	ck_assert_int_eq(r.minor, accepted[_i].minor);
	ck_assert(span_is(request_span(&r, r.target), accepted[_i].target));
	ck_assert_int_eq((int)r.nfields, accepted[_i].nfields);
	if (r.nfields > 0)
		ck_assert(
			span_is(request_span(&r, r.fields[r.nfields - 1].value),
				accepted[_i].last));
}
END_TEST

START_TEST(a_part_of_a_valid_head_is_not_refused)
{
	fake_worker_check_pieces(accepted[_i].head, 0);
}
END_TEST

/* ---- single bytes ------------------------------------------------------- */

START_TEST(a_field_value_with_a_control_byte_is_refused)
{
	char head[128];
	struct request r;
	int expected = _i == '\t' || (_i >= ' ' && _i != 0x7f) ? 0 : 400;
	int len = snprintf(head, sizeof(head), LINE HOST "X: x?x\r\n\r\n");

	head[len - 6] = (char)_i;
	ck_assert_int_eq(
		parse(&r, (struct span){ head, (size_t)len }), expected);
	fake_worker_check_pieces((struct span){ head, (size_t)len }, expected);
}
END_TEST

/* http-parser reads the values of these names in ways of their own. */
static const char *const value_names[] = { "X", "Connection", "Upgrade",
	"Transfer-Encoding", "Proxy-Connection" };

static void
check_byte(const char *name, int size, int c)
{
	int expected = c == '\t' || (c >= ' ' && c != 0x7f) ? 0 : 400;
	char head[256], was, *p;
	struct request r;
	int len = snprintf(head, sizeof(head), LINE HOST "%s: %.*s\r\n\r\n",
		name, size,
		"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNO");

	for (int i = 0; i < size; i++) {
		p = head + len - 4 - size + i;
		was = *p;
		*p = (char)c;
		ck_assert_msg(parse(&r, (struct span){ head, (size_t)len }) ==
				      expected,
			"byte %d at %d of %d of %s", c, i, size, name);
		*p = was;
	}
}

START_TEST(a_control_byte_at_any_offset_of_a_value_is_refused)
{
	for (size_t i = 0; i < ROWS(value_names); i++)
		for (int size = 1; size <= 50; size += 7)
			check_byte(value_names[i], size, _i);
}
END_TEST

START_TEST(a_field_name_that_is_not_a_token_is_refused)
{
	char head[128];
	struct request r;
	int len = snprintf(head, sizeof(head), LINE HOST "x?x: x\r\n\r\n");
	int expected = _i != ':' && octet_is_tchar((char)_i) ? 0 : 400;

	head[len - 9] = (char)_i;
	/* A colon there ends the name, which is fine. */
	if (_i == ':')
		expected = 0;
	ck_assert_int_eq(
		parse(&r, (struct span){ head, (size_t)len }), expected);
}
END_TEST

/* ---- limits ------------------------------------------------------------- */

enum limited { LIMIT_LINE, LIMIT_FIELD, LIMIT_HEAD, LIMIT_FIELDS };

static const int over[] = { 414, 431, 431, 431 };

/* Makes a head in which the limited part has exactly n bytes or fields. */
static struct span
head_with(enum limited what, size_t n)
{
	static char head[64 * 1024];
	static const char x[32 * 1024 + 1] = { [0 ... 32 * 1024 - 1] = 'x' };
	int len = 0;

	if (what == LIMIT_LINE) {
		len = sprintf(head, "GET /%.*s HTTP/1.1\r\n" HOST "\r\n",
			(int)(n - strlen("GET / HTTP/1.1")), x);
	} else if (what == LIMIT_FIELD) {
		len = sprintf(head, LINE HOST "X:%.*s\r\n\r\n", (int)n - 2, x);
	} else if (what == LIMIT_FIELDS) {
		len = sprintf(head, LINE HOST);
		for (size_t i = 1; i < n; i++)
			len += sprintf(head + len, "X: y\r\n");
		len += sprintf(head + len, "\r\n");
	} else {
		len = sprintf(head, LINE HOST "X: %.*s\r\n", 6000, x);
		len += sprintf(
			head + len, "Y:%.*s\r\n\r\n", (int)n - len - 6, x);
	}
	return (struct span){ head, (size_t)len };
}

static size_t
limit_of(enum limited what)
{
	const int64_t limits[] = { fake_worker_limits.request_line,
		fake_worker_limits.field, 12000, fake_worker_limits.fields };

	return (size_t)limits[what];
}

static int
parse_limited(struct span head)
{
	struct conf_limits limits = fake_worker_limits;
	struct http1 h = fake_worker_http1();
	struct request r;

	limits.head = 12000;

	return http1_parse(&h, &r, head.at, head.len, &limits);
}

START_TEST(a_head_at_its_limit_is_accepted)
{
	struct span head = head_with(_i, limit_of(_i));

	ck_assert_int_eq(parse_limited(head), 0);
}
END_TEST

START_TEST(a_head_one_byte_over_its_limit_is_refused)
{
	struct span head = head_with(_i, limit_of(_i) + 1);

	ck_assert_int_eq(parse_limited(head), over[_i]);
	ck_assert_int_eq(
		parse_limited(head_with(_i, limit_of(_i) * 2)), over[_i]);
}
END_TEST

START_TEST(an_oversized_head_is_refused_before_it_is_complete)
{
	struct conf_limits limits = fake_worker_limits;
	struct span head = head_with(_i, limit_of(_i) + 100);
	int seen = 0;

	limits.head = 12000;
	for (size_t len = 0; len < head.len; len++) {
		const char *rule;
		int status = http1_check_partial(head.at, len, &limits, &rule);

		ck_assert(status == 0 || status == over[_i]);
		seen |= status;
	}
	/* Fields are counted when they are all there. */
	ck_assert_int_eq(seen, _i == LIMIT_FIELDS ? 0 : over[_i]);
}
END_TEST

START_TEST(the_field_table_bounds_any_configured_limit)
{
	struct conf_limits limits = fake_worker_limits;
	struct span head = head_with(LIMIT_FIELDS, REQUEST_FIELDS);
	struct http1 h = fake_worker_http1();
	struct request r;

	limits.fields = 10000;
	ck_assert_int_eq(http1_parse(&h, &r, head.at, head.len, &limits), 0);
	head = head_with(LIMIT_FIELDS, REQUEST_FIELDS + 1);
	ck_assert_int_eq(http1_parse(&h, &r, head.at, head.len, &limits), 431);
}
END_TEST

/* ---- the end of a head -------------------------------------------------- */

START_TEST(the_end_of_a_head_is_found_across_reads)
{
	static const struct span head = { LINE HOST "\r\n", 27 };

	for (size_t first = 0; first < head.len; first++) {
		uint32_t scanned = 0;

		ck_assert(!http1_is_whole(head.at, first, &scanned));
		ck_assert_uint_eq(scanned, first);
		ck_assert(http1_is_whole(head.at, head.len, &scanned));
	}
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_malformed_head_is_refused, ROWS(refused) },
		{ a_split_malformed_head_gets_the_same_status, ROWS(refused) },
		{ a_valid_head_is_split_into_tokens, ROWS(accepted) },
		{ a_part_of_a_valid_head_is_not_refused, ROWS(accepted) },
		{ a_field_value_with_a_control_byte_is_refused, 256 },
		{ a_control_byte_at_any_offset_of_a_value_is_refused, 256 },
		{ a_field_name_that_is_not_a_token_is_refused, 256 },
		{ a_head_at_its_limit_is_accepted, ROWS(over) },
		{ a_head_one_byte_over_its_limit_is_refused, ROWS(over) },
		{ an_oversized_head_is_refused_before_it_is_complete,
			ROWS(over) },
		{ the_field_table_bounds_any_configured_limit, 0 },
		{ the_end_of_a_head_is_found_across_reads, 0 },
	};

	return harness_run("http1", tests, ROWS(tests));
}
