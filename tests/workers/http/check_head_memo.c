/*
 * Whatever heads were read before, each is read as if it came alone.
 * SPDX-License-Identifier: MIT
 */
#include "http/head_memo.h"

#include <limits.h>
#include <stdio.h>

#include "http/http1.h"
#include "http/request.h"
#include "support/fake_worker_head.h"
#include "support/harness.h"
#include "support/request_compare.h"

#define GET    "GET /a HTTP/1.1\r\n"
#define HOST   "Host: a:1\r\n"
#define TEN(s) s s s s s s s s s s

enum kept { NOTHING, FIELDS, ALL };

// clang-format off
static const struct {
	struct span head;
	enum kept kept; /* of this head as the first one of a worker */
} rows[] = {
	{ SPAN(GET HOST "\r\n"), ALL },
	{ SPAN("HEAD /a HTTP/1.1\r\n" HOST "\r\n"), ALL },
	{ SPAN("GET /b/long%er HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("GET /bb?c=%20/d HTTP/1.1\r\n" HOST "\r\n"), ALL },
	{ SPAN("GET /a/../b%20?c HTTP/1.1\r\n" HOST "\r\n"), FIELDS },
	{ SPAN("GET /a%2fb HTTP/1.1\r\n" HOST "\r\n"), FIELDS },
	{ SPAN("GET /a HTTP/1.0\r\n" HOST "\r\n"), ALL },
	{ SPAN("GET /a HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n"),
	  ALL },
	{ SPAN(GET HOST "Connection: keep-alive\r\n\r\n"), ALL },
	{ SPAN(GET HOST "Connection: close\r\n\r\n"), ALL },
	{ SPAN(GET HOST "connection: Close\r\n\r\n"), ALL },
	{ SPAN(GET "Host: b:2\r\n\r\n"), ALL },
	{ SPAN(GET "Host: b\r\n\r\n"), ALL },
	{ SPAN(GET "Host:  a:1\r\n\r\n"), ALL },
	{ SPAN(GET HOST "X:\r\nY: \t z \r\n\r\n"), ALL },
	{ SPAN(GET HOST "Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n\r\n"),
	  ALL },
	{ SPAN(GET HOST TEN("Accept: a\r\n") TEN("X: a\r\n") TEN("Y: a\r\n")
	       "Accept: b\r\n\r\n"), ALL },
	/* These are not kept. */
	{ SPAN(GET HOST TEN("Accept: a\r\n") TEN("X: a\r\n") TEN("Y: a\r\n")
	       "Accept: b\r\nZ: a\r\n\r\n"), NOTHING },
	{ SPAN(GET HOST "X: " TEN(TEN("0123456789")) "\r\n\r\n"), NOTHING },
	{ SPAN("GET / HTTP/1.0\r\n\r\n"), NOTHING },
	{ SPAN("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("GET http://a:1/a HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("GET http://b/a HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("GET https://a:1 HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n"),
	  NOTHING },
	{ SPAN(GET HOST "Content-Length: 0\r\n\r\n"), NOTHING },
	{ SPAN("POST /a HTTP/1.1\r\n" HOST
	       "Transfer-Encoding: chunked\r\n\r\n"), NOTHING },
	{ SPAN(GET HOST "Expect: 100-continue\r\n\r\n"), NOTHING },
	{ SPAN(GET HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
	  NOTHING },
	{ SPAN(GET HOST "Authorization: Basic YTph\r\n\r\n"), NOTHING },
	/* These are refused. */
	{ SPAN(GET "\r\n"), NOTHING },
	{ SPAN(GET HOST HOST "\r\n"), NOTHING },
	{ SPAN("BREW /a HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("TRACE /a HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("GET /a HTTP/2.0\r\n" HOST "\r\n"), NOTHING },
	{ SPAN("GET /\x80 HTTP/1.1\r\n" HOST "\r\n"), NOTHING },
	{ SPAN(GET "Host: a:1\n\r\n"), NOTHING },
	{ SPAN(GET HOST "X : y\r\n\r\n"), NOTHING },
	/* These are not complete. */
	{ SPAN(GET HOST), NOTHING },
	{ SPAN(GET HOST "\r"), NOTHING },
};
// clang-format on

/* Fails the test unless the head is read as a worker's first would be. */
static void
check_read(struct http1 *h, const char *bytes, size_t len)
{
	struct request r, alone;
	struct arena a, other;
	int status, expected;
	const char *differs;

	arena_init(&a, 4096, 0);
	arena_init(&other, 4096, 0);
	expected = fake_worker_verdict(&alone, bytes, len, &other);
	status = http1_read(h, &r, bytes, len, &fake_worker_limits, &a);
	ck_assert_msg(status == expected, "%d, but alone %d: %.*s", status,
		expected, (int)len, bytes);
	differs = status == 0 ? request_compare(&r, &alone) : NULL;
	ck_assert_msg(
		differs == NULL, "%s differs: %.*s", differs, (int)len, bytes);
	arena_fini(&a);
	arena_fini(&other);
}

static void
check_span(struct http1 *h, struct span head)
{
	check_read(h, head.at, head.len);
}

START_TEST(a_head_is_kept_unless_more_follows_from_it)
{
	struct http1 h = fake_worker_http1();

	check_span(&h, rows[_i].head);
	ck_assert_int_eq(
		h.memo.fields_len != SIZE_MAX, rows[_i].kept != NOTHING);
	ck_assert_int_eq(h.memo.head_len != SIZE_MAX, rows[_i].kept == ALL);
}
END_TEST

START_TEST(a_head_after_any_other_is_read_as_alone)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http1 h = fake_worker_http1();

		/* Until others are kept instead. */
		check_span(&h, rows[i].head);
		for (int n = 0; n < 2 * HEAD_MEMO_INTERVAL; n++) {
			check_span(&h, rows[_i].head);
			check_span(&h, rows[_i].head);
			check_span(&h, rows[i].head);
		}
		for (int n = 0; n < 2 * HEAD_MEMO_INTERVAL; n++)
			check_span(&h, rows[_i].head);
	}
}
END_TEST

/* Pipelined requests. */
START_TEST(a_head_before_any_other_is_read_as_alone)
{
	char bytes[4096];

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http1 h = fake_worker_http1();
		int len = snprintf(bytes, sizeof(bytes), "%.*s%.*s",
			(int)rows[_i].head.len, rows[_i].head.at,
			(int)rows[i].head.len, rows[i].head.at);

		check_span(&h, rows[_i].head);
		check_read(&h, bytes, (size_t)len);
		check_read(&h, bytes, (size_t)len);
	}
}
END_TEST

START_TEST(a_head_that_differs_in_one_byte_is_read_as_alone)
{
	static const char head[] = "GET /a?b HTTP/1.1\r\nHost: a:1\r\n"
				   "Connection: keep-alive\r\nAccept: *\r\n"
				   "X: yz\r\n\r\n";
	struct http1 h = fake_worker_http1(), kept;
	char bytes[sizeof(head)];

	check_read(&h, head, sizeof(head) - 1);
	kept = h;
	for (size_t i = 0; i < 256 * (sizeof(head) - 1); i++) {
		memcpy(bytes, head, sizeof(head));
		bytes[i / 256] = (char)i;
		h = kept;
		check_read(&h, bytes, sizeof(head) - 1);
		check_read(&h, bytes, sizeof(head) - 1);
	}
}
END_TEST

START_TEST(a_beginning_of_a_kept_head_is_not_complete)
{
	struct http1 h = fake_worker_http1();
	struct span head = rows[0].head;

	check_span(&h, head);
	for (size_t len = 0; len < head.len; len++)
		check_read(&h, head.at, len);
}
END_TEST

START_TEST(the_limit_of_a_request_line_holds_for_known_fields)
{
	static const char x[16 * 1024 + 1] = { [0 ... 16 * 1024 - 1] = 'x' };
	static char head[sizeof(x) + 256];
	struct http1 h = fake_worker_http1();
	int most = (int)fake_worker_limits.request_line;

	check_span(&h, rows[0].head);
	for (int n = most - 20; n < most + 20; n++) {
		int len = snprintf(head, sizeof(head),
			"GET /%.*s HTTP/1.1\r\n" HOST "\r\n", n, x);

		check_read(&h, head, (size_t)len);
	}
}
END_TEST

/* Reads heads with fields that were not read before. */
static void
read_others(struct http1 *h, int count)
{
	static unsigned number;
	char head[128];

	for (; count > 0; count--) {
		int len = snprintf(head, sizeof(head),
			GET HOST "X: %08u\r\n\r\n", ++number);

		check_read(h, head, (size_t)len);
	}
}

START_TEST(a_head_that_does_not_repeat_is_dropped)
{
	struct http1 h = fake_worker_http1();

	check_span(&h, rows[0].head);
	read_others(&h, HEAD_MEMO_REVIEW - 1);
	check_span(&h, rows[0].head);
	ck_assert_uint_eq(h.memo.nothers, 0);
	read_others(&h, HEAD_MEMO_REVIEW);
	ck_assert_uint_eq(h.memo.fields_len, SIZE_MAX);
	/* Another one is kept after a while, and later each time. */
	read_others(&h, HEAD_MEMO_INTERVAL - HEAD_MEMO_REVIEW);
	ck_assert_uint_ne(h.memo.fields_len, SIZE_MAX);
	read_others(&h, 2 * HEAD_MEMO_INTERVAL - 1);
	ck_assert_uint_eq(h.memo.fields_len, SIZE_MAX);
	read_others(&h, 1);
	ck_assert_uint_ne(h.memo.fields_len, SIZE_MAX);
}
END_TEST

/* A worker may read so many heads that may not be kept. */
START_TEST(a_count_that_overflows_keeps_no_head_that_may_not_be_kept)
{
	struct http1 h = fake_worker_http1();

	h.memo.nothers = UINT_MAX;
	check_span(&h, (struct span)SPAN(GET HOST "Content-Length: 0\r\n\r\n"));
	ck_assert_uint_eq(h.memo.nothers, 0);
	ck_assert_uint_eq(h.memo.fields_len, SIZE_MAX);
}
END_TEST

START_TEST(a_target_that_repeats_is_kept_with_its_fields)
{
	struct http1 h = fake_worker_http1();

	check_span(&h, rows[0].head);
	for (int n = 0; n < HEAD_MEMO_REVIEW; n++)
		check_span(&h, rows[1].head);
	ck_assert_uint_eq(h.memo.head_len, rows[1].head.len);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_head_is_kept_unless_more_follows_from_it, ROWS(rows) },
		{ a_head_after_any_other_is_read_as_alone, ROWS(rows) },
		{ a_head_before_any_other_is_read_as_alone, ROWS(rows) },
		{ a_head_that_differs_in_one_byte_is_read_as_alone, 0 },
		{ a_beginning_of_a_kept_head_is_not_complete, 0 },
		{ the_limit_of_a_request_line_holds_for_known_fields, 0 },
		{ a_head_that_does_not_repeat_is_dropped, 0 },
		{ a_count_that_overflows_keeps_no_head_that_may_not_be_kept,
			0 },
		{ a_target_that_repeats_is_kept_with_its_fields, 0 },
	};

	return harness_run("head_memo", tests, ROWS(tests));
}
