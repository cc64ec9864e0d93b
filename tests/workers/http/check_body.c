/*
 * Decodes valid and invalid bodies, split at every offset.
 * SPDX-License-Identifier: MIT
 */
#include "http/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

#define DATA "5\r\nhello\r\n"
#define LAST "0\r\n\r\n"

// clang-format off
static const struct {
	const char *bytes, *content;
	size_t rest; /* bytes behind the body */
} good[] = {
	{ LAST, "", 0 },
	{ "000\r\n\r\n", "", 0 },
	{ DATA LAST, "hello", 0 },
	{ DATA DATA LAST, "hellohello", 0 },
	{ DATA LAST "GET / HTTP/1.1\r\n", "hello", 16 },
	{ DATA LAST LAST, "hello", 5 },
	{ "00005\r\nhello\r\n" LAST, "hello", 0 },
	{ "000000000000005\r\nhello\r\n" LAST, "hello", 0 },
	{ "a\r\n0123456789\r\nA\r\n0123456789\r\n" LAST, "01234567890123456789",
	  0 },
	{ "10\r\n0123456789abcdef\r\n" LAST, "0123456789abcdef", 0 },
	{ "4\r\n\r\n\r\n\r\n" LAST, "\r\n\r\n", 0 },
	/* RFC 9112 7.1.1: extensions mean nothing to us. */
	{ "5;a\r\nhello\r\n" LAST, "hello", 0 },
	{ "5;a=b\r\nhello\r\n" LAST, "hello", 0 },
	{ "5;a;b=c;d=\"e\"\r\nhello\r\n" LAST, "hello", 0 },
	{ "5 ; a = b\t;\tc\r\nhello\r\n" LAST, "hello", 0 },
	{ "5;a=\"\"\r\nhello\r\n" LAST, "hello", 0 },
	{ "5;a=\"b \\\" \\\\ ;\t\xc3\xa4\"\r\nhello\r\n" LAST, "hello", 0 },
	{ DATA "0;a=b\r\n\r\n", "hello", 0 },
	/* 7.1.2: trailers are read and dropped. */
	{ DATA "0\r\nX: y\r\n\r\n", "hello", 0 },
	{ DATA "0\r\nX:\r\nContent-Length: 3\r\nZ: \t\xff \r\n\r\nx", "hello",
	  1 },
};

static const char *const bad[] = {
	"\r\n", "x\r\n", "g\r\n", " 5\r\nhello\r\n", "\t5\r\n", "-5\r\n",
	"+5\r\n", "0x5\r\nhello\r\n", "5h\r\n", ";a\r\n", "\n",
	/* RFC 9112 2.2: CRLF ends a line. */
	"5\nhello\r\n", "5\rhello\r\n", "5\r\r\nhello", "5\r\nhello\n",
	"5\r\nhello\r0", "5\r\nhello\r\r", "5\r\nhello5\r\n", "5\r\nhell\r\n\r\n",
	"5\r\nhello \r\n", DATA "\r\n", DATA "0\n", DATA "0\r\n\n",
	DATA "0\r\nX: y\n", DATA "0\r\n\rX", DATA "0\r\nX: y\rZ: z",
	/* Sizes beyond any sensible body. */
	"0000000000000005\r\n", "1000000000000000\r\n",
	"10000000000000000\r\n", "ffffffffffffffff\r\n",
	"fffffffffffffffffffffffff\r\n",
	/* Extensions. */
	"5 \r\n", "5\t\r\n", "5 x\r\n", "5;\r\n", "5; \r\n", "5;;\r\n",
	"5;=b\r\n", "5;a=\r\n", "5;a= \r\n", "5;a b\r\n", "5;a=b c\r\n",
	"5;a=b \r\n", "5;a \r\n", "5;a=\"b\r\n", "5;a=\"b\"c\r\n",
	"5;a=\"\\\r\n", "5;a=\"\x01\"\r\n", "5;a\n", "5;a=b\n", "5;a=\"b\"\n",
	"5;a\x01\r\n", "5;\xc3\xa4\r\n", "5;a=\"\x7f\"\r\n",
	/* Trailers. */
	DATA "0\r\n X: y\r\n\r\n", DATA "0\r\nX : y\r\n\r\n",
	DATA "0\r\nX\r\n\r\n", DATA "0\r\n: y\r\n\r\n",
	DATA "0\r\nX: \x01\r\n\r\n", DATA "0\r\nX: y\r\n z\r\n\r\n",
	DATA "0\r\nX: \x7f\r\n\r\n", DATA "0\r\nX\xc3\xa4: y\r\n\r\n",
};
// clang-format on

struct taken {
	int status;
	size_t used, content_len;
	char content[256];
};

/* A piece in memory of its own size. */
static void
take(struct body *b, struct taken *t, const char *bytes, size_t len)
{
	char *piece = malloc(len + (len == 0));
	size_t at = 0, used;

	ck_assert_ptr_nonnull(piece);
	if (len > 0)
		memcpy(piece, bytes, len);
	while (at < len && t->status == 0 && !body_is_done(b)) {
		struct span content = { NULL, 0 };

		t->status = body_take(b, piece + at, len - at, &used, &content);
		if (t->status != 0)
			break;
		ck_assert_uint_gt(used, 0);
		if (content.len > 0)
			memcpy(t->content + t->content_len, content.at,
				content.len);
		t->content_len += content.len;
		at += used;
	}
	t->used += at;
	free(piece);
}

static struct taken
take_chunked(struct body *b, const char *bytes, size_t first, size_t step)
{
	struct taken t = { 0 };
	size_t len = strlen(bytes), n;

	body_start_chunked(b);
	take(b, &t, bytes, first);
	for (size_t at = first; at < len; at += n) {
		n = len - at < step ? len - at : step;
		take(b, &t, bytes + at, n);
	}
	return t;
}

static void
assert_good(int i, size_t first, size_t step)
{
	struct body b;
	struct taken t = take_chunked(&b, good[i].bytes, first, step);

	ck_assert_msg(t.status == 0, "cut at %zu: %s", first, good[i].bytes);
	ck_assert(body_is_done(&b));
	ck_assert_uint_eq(t.used, strlen(good[i].bytes) - good[i].rest);
	ck_assert_uint_eq(t.content_len, strlen(good[i].content));
	ck_assert_mem_eq(t.content, good[i].content, t.content_len);
	ck_assert_uint_eq(b.received, t.content_len);
}

START_TEST(split_input_decodes_to_the_same_content)
{
	size_t len = strlen(good[_i].bytes);

	for (size_t first = 0; first <= len; first++)
		for (size_t step = 1; step <= len; step++)
			assert_good(_i, first, step);
}
END_TEST

START_TEST(a_truncated_body_is_not_done)
{
	size_t end = strlen(good[_i].bytes) - good[_i].rest;
	char bytes[256];
	struct body b;

	for (size_t len = 0; len < end; len++) {
		snprintf(
			bytes, sizeof(bytes), "%.*s", (int)len, good[_i].bytes);
		ck_assert_int_eq(take_chunked(&b, bytes, 0, 256).status, 0);
		ck_assert(!body_is_done(&b));
	}
}
END_TEST

START_TEST(a_malformed_body_is_refused_however_it_is_split)
{
	size_t len = strlen(bad[_i]);
	struct body b;

	for (size_t first = 0; first <= len; first++)
		for (size_t step = 1; step <= len; step++)
			ck_assert_msg(
				take_chunked(&b, bad[_i], first, step).status ==
					400,
				"cut at %zu: %s", first, bad[_i]);
}
END_TEST

START_TEST(a_nul_in_the_framing_is_refused)
{
	static const struct span rows[] = { { "\0", 1 }, { "5\0\r\n", 4 },
		{ "5;a\0\r\n", 6 }, { "5;a=\"\0\"\r\n", 9 },
		{ "0\r\nX\0: y\r\n\r\n", 12 }, { "0\r\nX: \0\r\n\r\n", 11 } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct taken t = { 0 };
		struct body b;

		body_start_chunked(&b);
		take(&b, &t, rows[i].at, rows[i].len);
		ck_assert_msg(t.status == 400, "row %zu", i);
	}
}
END_TEST

START_TEST(a_content_length_counts_bytes)
{
	static const char bytes[] = "hello and more";

	for (size_t first = 0; first <= sizeof(bytes); first++) {
		struct taken t = { 0 };
		struct body b;

		body_start_length(&b, 5);
		ck_assert(!body_is_done(&b));
		take(&b, &t, bytes, first);
		take(&b, &t, bytes + first, sizeof(bytes) - first);
		ck_assert(t.status == 0 && body_is_done(&b));
		ck_assert_uint_eq(t.used, 5);
		ck_assert_mem_eq(t.content, "hello", 5);
	}
}
END_TEST

START_TEST(a_body_of_length_zero_is_done_at_once)
{
	struct body b;

	body_start_length(&b, 0);
	ck_assert(body_is_done(&b));
	ck_assert_uint_eq(b.received, 0);
}
END_TEST

START_TEST(the_largest_chunk_size_does_not_wrap)
{
	struct taken t = { 0 };
	struct body b;

	body_start_chunked(&b);
	take(&b, &t, "fffffffffffffff\r\nx", 18);
	ck_assert_int_eq(t.status, 0);
	ck_assert_uint_eq(b.left, 0xffffffffffffffeu);
	body_start_length(&b, UINT64_MAX);
	take(&b, &t, "x", 1);
	ck_assert_uint_eq(b.left, UINT64_MAX - 1);
}
END_TEST

/* repeat over and over; the first status that is not 0. */
static int
take_endless(const char *start, const char *repeat, size_t most)
{
	struct taken t = { 0 };
	struct body b;

	body_start_chunked(&b);
	take(&b, &t, start, strlen(start));
	for (size_t n = 0; n < most && t.status == 0; n += strlen(repeat)) {
		t.content_len = 0;
		take(&b, &t, repeat, strlen(repeat));
	}
	return t.status;
}

START_TEST(excessive_extensions_and_trailers_are_refused)
{
	enum { MOST = 20 * 1024 };

	ck_assert_int_eq(take_endless("5;a", "b", MOST), 431);
	ck_assert_int_eq(take_endless("5;a=\"", "b", MOST), 431);
	ck_assert_int_eq(take_endless("5 ", " ", MOST), 431);
	ck_assert_int_eq(
		take_endless("", "1;abcdefgh\r\nx\r\n", 3 * MOST), 431);
	ck_assert_int_eq(take_endless("0\r\n", "X: y\r\n", MOST), 431);
	ck_assert_int_eq(take_endless("0\r\nX: ", "y", MOST), 431);
	ck_assert_int_eq(take_endless("0\r\n", "X: y\r\n", MOST / 2), 0);
	/* Content is not overhead, however small its chunks are. */
	ck_assert_int_eq(take_endless("", "1\r\nx\r\n", 10 * MOST), 0);
}
END_TEST

// clang-format off
static const struct {
	int64_t length;
	size_t runs[3];
	int taken, ended; /* what the last run and the end return */
} framed[] = {
	{ 5, { 5 }, 0, 0 },
	{ 5, { 2, 0, 3 }, 0, 0 },
	{ 5, { 4 }, 0, 400 },
	{ 5, { 5, 0, 1 }, 400, 0 },
	{ 0, { 0 }, 0, 0 },
	{ 0, { 0, 0, 1 }, 400, 0 },
	{ -1, { 0 }, 0, 0 },
	{ -1, { 7, 8, 9 }, 0, 0 },
};
// clang-format on

START_TEST(framed_content_is_as_long_as_it_was_said_to_be)
{
	struct body b;
	int taken = 0;

	body_start_framed(&b, framed[_i].length);
	for (size_t i = 0; i < ROWS(framed[_i].runs); i++)
		taken = body_take_framed(&b, framed[_i].runs[i]);
	ck_assert_int_eq(taken, framed[_i].taken);
	ck_assert(!body_is_done(&b));
	ck_assert_int_eq(body_end_framed(&b), framed[_i].ended);
	ck_assert(body_is_done(&b));
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ framed_content_is_as_long_as_it_was_said_to_be,
			ROWS(framed) },
		{ split_input_decodes_to_the_same_content, ROWS(good) },
		{ a_truncated_body_is_not_done, ROWS(good) },
		{ a_malformed_body_is_refused_however_it_is_split, ROWS(bad) },
		{ a_nul_in_the_framing_is_refused, 0 },
		{ a_content_length_counts_bytes, 0 },
		{ a_body_of_length_zero_is_done_at_once, 0 },
		{ the_largest_chunk_size_does_not_wrap, 0 },
		{ excessive_extensions_and_trailers_are_refused, 0 },
	};

	return harness_run("body", tests, ROWS(tests));
}
