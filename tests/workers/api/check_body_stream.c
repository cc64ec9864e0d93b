/*
 * Request bodies streamed to a module, over a socketpair.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "support/fake_worker_upload.h"
#include "support/harness.h"

/* ---- bodies ------------------------------------------------------------- */

// clang-format off
static const struct {
	const char *request;
	const char *content; /* with a '|' at the end of each run */
} rows[] = {
	{ HEAD("/take") "Content-Length: 5\r\n\r\nhello", "hello||" },
	{ HEAD("/take") CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
		"hello| world||" },
	{ HEAD("/take") CHUNKED "0\r\n\r\n", "|" },
	{ HEAD("/take") "Content-Length: 0\r\n\r\n", "|" },
	{ HEAD("/take") "\r\n", "|" },
	{ HEAD("/take") EXPECT "Content-Length: 5\r\n\r\nhello", "hello||" },
};
// clang-format on

START_TEST(a_streamed_body_and_its_end_are_reported_once)
{
	fake_upload_open();
	fake_worker_mount_say(&m, rows[_i].request);
	ck_assert_str_eq(seen.content, rows[_i].content);
	ck_assert_uint_eq(seen.ends, 1);
	ck_assert_int_eq(seen.end, PRONG_ANSWERED);
	ck_assert(has("HTTP/1.1 200 OK\r\n"));
	ck_assert(!has("Connection: close"));
	ck_assert_uint_eq(answers(), 1);
	/* The connection persists. */
	fake_worker_mount_say(&m, rows[0].request);
	ck_assert_uint_eq(answers(), 2);
	ck_assert_uint_eq(seen.handled, 2);
	fake_upload_close();
}
END_TEST

/* The content without the runs' ends. */
static void
assert_content(const char *want)
{
	char text[256], *to = text;

	for (const char *p = seen.content; *p != '\0'; p++)
		if (*p != '|')
			*to++ = *p;
	*to = '\0';
	ck_assert_str_eq(text, want);
}

START_TEST(a_streamed_body_may_be_split_anywhere)
{
	static const char *const all[] = {
		HEAD("/take") "Content-Length: 11\r\n\r\nhello world",
		HEAD("/take") CHUNKED
		"5\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n",
	};
	size_t len = strlen(all[_i]), sent;

	for (size_t cut = 1; cut < len; cut++) {
		fake_upload_open();
		fake_worker_mount_send(&m, all[_i], cut, &sent);
		fake_worker_mount_send(&m, all[_i] + cut, len - cut, &sent);
		assert_content("hello world");
		ck_assert_uint_eq(seen.ends, 1);
		ck_assert_uint_eq(answers(), 1);
		fake_upload_close();
	}
}
END_TEST

START_TEST(an_expecting_client_gets_100_continue)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/take") EXPECT "Content-Length: 5\r\n\r\n");
	ck_assert_str_eq(m.got, "HTTP/1.1 100 Continue\r\n\r\n");
	fake_worker_mount_say(&m, "hello");
	ck_assert_uint_eq(answers(), 2);
	ck_assert_str_eq(seen.content, "hello||");
	fake_upload_close();
}
END_TEST

/* ---- answers before the end --------------------------------------------- */

START_TEST(a_refused_client_gets_no_100_continue)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/refuse") EXPECT "Content-Length: 5\r\n\r\n");
	ck_assert(has("HTTP/1.1 401 "));
	ck_assert(has("Connection: close\r\n"));
	ck_assert_uint_eq(answers(), 1);
	ck_assert(m.is_at_end);
	ck_assert_int_eq(seen.end, PRONG_ANSWERED);
	fake_upload_close();
}
END_TEST

START_TEST(the_rest_of_a_short_body_is_drained)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/refuse") "Content-Length: 5\r\n\r\nhe");
	ck_assert(has("HTTP/1.1 401 "));
	ck_assert(!has("Connection: close\r\n"));
	fake_worker_mount_say(
		&m, "llo" HEAD("/take") "Content-Length: 2\r\n\r\nyo");
	ck_assert_uint_eq(answers(), 2);
	ck_assert_str_eq(seen.content, "yo||");
	fake_upload_close();
}
END_TEST

START_TEST(a_long_unread_body_closes_the_connection)
{
	static const char *const all[] = {
		HEAD("/refuse") "Content-Length: 100000\r\n\r\nhello",
		HEAD("/refuse") CHUNKED "5\r\nhello\r\n",
		HEAD("/content") "Content-Length: 100000\r\n\r\nhello",
		HEAD("/content") CHUNKED "5\r\nhello\r\n",
	};

	fake_upload_open();
	fake_worker_mount_say(&m, all[_i]);
	ck_assert_uint_eq(answers(), 1);
	ck_assert(has("Connection: close\r\n"));
	ck_assert(m.is_at_end);
	ck_assert_int_eq(seen.end, PRONG_ANSWERED);
	fake_upload_close();
}
END_TEST

START_TEST(a_nearly_complete_body_is_drained)
{
	char *bytes = calloc(1, 1000000);
	size_t sent;

	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/content") "Content-Length: 60001\r\n\r\nx");
	ck_assert(has("HTTP/1.1 422 "));
	ck_assert(!has("Connection: close\r\n"));
	ck_assert(fake_worker_mount_send(&m, bytes, 60000, &sent));
	ck_assert_uint_eq(seen.len, 1);
	fake_worker_mount_say(&m, HEAD("/take") "\r\n");
	ck_assert_uint_eq(answers(), 2);
	free(bytes);
	fake_upload_close();
}
END_TEST

/* ---- limits ------------------------------------------------------------- */

START_TEST(a_length_over_the_limit_is_refused_at_once)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/small") EXPECT "Content-Length: 11\r\n\r\n");
	ck_assert(has("HTTP/1.1 413 "));
	ck_assert_uint_eq(answers(), 1);
	ck_assert_uint_eq(seen.handled, 0);
	ck_assert(m.is_at_end);
	fake_worker_mount_connect(&m);
	fake_worker_mount_say(
		&m, HEAD("/small") "Content-Length: 10\r\n\r\n0123456789");
	ck_assert(has("HTTP/1.1 200 "));
	/* A route with body_most may accept more than limits.body. */
	fake_worker_mount_connect(&m);
	fake_worker_mount_say(
		&m, HEAD("/take") "Content-Length: 1048577\r\n\r\n");
	ck_assert(has("HTTP/1.1 413 "));
	fake_worker_mount_connect(&m);
	fake_worker_mount_say(
		&m, HEAD("/large") EXPECT "Content-Length: 1048577\r\n\r\n");
	ck_assert(has("HTTP/1.1 100 "));
	fake_worker_mount_connect(&m);
	fake_worker_mount_turn(&m);
	ck_assert_int_eq(seen.end, PRONG_CLIENT_GONE);
	fake_upload_close();
}
END_TEST

START_TEST(chunks_over_the_limit_are_refused_on_arrival)
{
	fake_upload_open();
	fake_worker_mount_say(&m, HEAD("/small") CHUNKED "a\r\n0123456789\r\n");
	ck_assert_uint_eq(seen.len, 10);
	ck_assert_uint_eq(answers(), 0);
	fake_worker_mount_say(&m, "1\r\nx\r\n");
	ck_assert(has("HTTP/1.1 413 "));
	ck_assert(has("Connection: close\r\n"));
	ck_assert_uint_eq(seen.len, 10);
	ck_assert_int_eq(seen.end, PRONG_REFUSED);
	ck_assert(m.is_at_end);
	fake_upload_close();
}
END_TEST

START_TEST(malformed_chunks_end_the_request)
{
	fake_upload_open();
	fake_worker_mount_say(&m, HEAD("/take") CHUNKED "5\r\nhello\r\nx\r\n");
	ck_assert(has("HTTP/1.1 400 "));
	ck_assert_int_eq(seen.end, PRONG_REFUSED);
	ck_assert_uint_eq(seen.ends, 0);
	ck_assert(m.is_at_end);
	fake_upload_close();
}
END_TEST

START_TEST(a_disconnect_ends_the_upload)
{
	static const char all[] =
		HEAD("/take") CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
	size_t len = sizeof(all) - 1, sent;

	for (size_t cut = 1; cut < len; cut++) {
		fake_upload_open();
		fake_worker_mount_send(&m, all, cut, &sent);
		ck_assert_int_eq(seen.end, -1);
		fake_worker_mount_connect(&m);
		fake_worker_mount_turn(&m);
		ck_assert_int_eq(
			seen.end, seen.handled ? (int)PRONG_CLIENT_GONE : -1);
		ck_assert_uint_eq(seen.ends, 0);
		fake_upload_close();
	}
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_streamed_body_and_its_end_are_reported_once, ROWS(rows) },
		{ a_streamed_body_may_be_split_anywhere, 2 },
		{ an_expecting_client_gets_100_continue, 0 },
		{ a_refused_client_gets_no_100_continue, 0 },
		{ the_rest_of_a_short_body_is_drained, 0 },
		{ a_long_unread_body_closes_the_connection, 4 },
		{ a_nearly_complete_body_is_drained, 0 },
		{ a_length_over_the_limit_is_refused_at_once, 0 },
		{ chunks_over_the_limit_are_refused_on_arrival, 0 },
		{ malformed_chunks_end_the_request, 0 },
		{ a_disconnect_ends_the_upload, 0 },
	};

	return harness_run("body_stream", tests, ROWS(tests));
}
