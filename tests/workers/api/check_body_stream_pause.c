/*
 * Back-pressure, handlers that begin late, and mistakes.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "conn/exchange.h"
#include "serve/serve.h"
#include "support/fake_worker_upload.h"
#include "support/harness.h"

static const char again[] = HEAD("/take") "Content-Length: 5\r\n\r\nhello";

START_TEST(a_pause_stops_reading_from_the_client)
{
	enum { LARGE = 1500000, ENOUGH = 1000000 };
	char *bytes = calloc(1, LARGE);
	size_t sent, before;

	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/slow") "Content-Length: 1500000\r\n\r\n");
	ck_assert(!fake_worker_mount_send(&m, bytes, LARGE, &sent));
	ck_assert_uint_lt(sent, ENOUGH);
	for (size_t at = sent; seen.ends == 0; at += sent) {
		before = seen.len;
		ck_assert_int_eq(prong_resume_body(seen.ctx), 0);
		fake_worker_mount_send(&m, bytes + at, LARGE - at, &sent);
		/* One run for each time. */
		ck_assert(seen.ends == 1 || seen.len > before);
		ck_assert_uint_le(seen.len - before, WORKER_INPUT);
	}
	ck_assert_uint_eq(seen.len, LARGE);
	ck_assert(has("HTTP/1.1 200 "));
	free(bytes);
	fake_upload_close();
}
END_TEST

START_TEST(the_end_is_reported_after_the_pause)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/slow") "Content-Length: 5\r\n\r\nhello");
	ck_assert_str_eq(seen.content, "hello|");
	ck_assert_uint_eq(answers(), 0);
	ck_assert_int_eq(prong_resume_body(seen.ctx), 0);
	fake_worker_mount_turn(&m);
	ck_assert_str_eq(seen.content, "hello||");
	ck_assert_uint_eq(answers(), 1);
	fake_worker_mount_say(&m, again);
	ck_assert_uint_eq(answers(), 2);
	fake_upload_close();
}
END_TEST

START_TEST(a_paused_handler_may_answer)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/slow") "Content-Length: 6\r\n\r\nhello");
	ck_assert_int_eq(prong_text(seen.ctx, 200, "enough"), 0);
	fake_worker_mount_turn(&m);
	ck_assert_uint_eq(answers(), 1);
	ck_assert_int_eq(seen.end, PRONG_ANSWERED);
	fake_worker_mount_say(&m, "!");
	fake_worker_mount_say(&m, HEAD("/take") "\r\n");
	ck_assert_uint_eq(answers(), 2);
	fake_upload_close();
}
END_TEST

START_TEST(a_disconnect_ends_a_pause)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/slow") "Content-Length: 50\r\n\r\nhello");
	fake_worker_mount_connect(&m);
	fake_worker_mount_turn(&m);
	fake_worker_mount_turn(&m);
	ck_assert_int_eq(seen.end, PRONG_CLIENT_GONE);
	fake_upload_close();
}
END_TEST

START_TEST(a_body_is_kept_until_the_handler_takes_it)
{
	size_t i = (size_t)_i;

	fake_upload_open();
	fake_worker_mount_say(&m,
		i == 0   ? HEAD("/late") "Content-Length: 5\r\n\r\nhello"
		: i == 1 ? HEAD("/late") CHUNKED "5\r\nhello\r\n0\r\n\r\n"
			 : HEAD("/late") EXPECT "Content-Length: 5\r\n\r\n");
	ck_assert_uint_eq(seen.len, 0);
	ck_assert_uint_eq(answers(), 0);
	prong_next(seen.ctx);
	fake_worker_mount_turn(&m);
	fake_worker_mount_turn(&m);
	if (i == 2) {
		ck_assert_str_eq(m.got, "HTTP/1.1 100 Continue\r\n\r\n");
		fake_worker_mount_say(&m, "hello");
	}
	ck_assert_str_eq(seen.content, "hello||");
	ck_assert(has("HTTP/1.1 200 "));
	fake_upload_close();
}
END_TEST

START_TEST(the_end_of_an_empty_body_is_reported_later)
{
	fake_upload_open();
	fake_worker_mount_say(&m, HEAD("/late") "\r\n");
	ck_assert_uint_eq(answers(), 0);
	prong_next(seen.ctx);
	ck_assert_uint_eq(seen.ends, 0);
	fake_worker_mount_turn(&m);
	ck_assert_uint_eq(seen.ends, 1);
	ck_assert_uint_eq(answers(), 1);
	fake_upload_close();
}
END_TEST

START_TEST(the_end_is_reported_once_for_a_deferred_response)
{
	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/keep") "Content-Length: 5\r\n\r\nhello");
	ck_assert_uint_eq(seen.ends, 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(prong_pause_body(seen.ctx), 0);
		ck_assert_int_eq(prong_resume_body(seen.ctx), 0);
		fake_worker_mount_turn(&m);
	}
	ck_assert_uint_eq(seen.ends, 1);
	ck_assert_uint_eq(answers(), 0);
	ck_assert_int_eq(prong_text(seen.ctx, 200, "late"), 0);
	fake_worker_mount_turn(&m);
	ck_assert_uint_eq(answers(), 1);
	fake_upload_close();
}
END_TEST

START_TEST(consumed_bytes_do_not_count_as_dropped)
{
	enum { TAKEN = 100000, LEFT = 60000 };
	char *bytes = calloc(1, TAKEN + LEFT);
	size_t sent;

	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/keep") "Content-Length: 160000\r\n\r\n");
	ck_assert(fake_worker_mount_send(&m, bytes, TAKEN, &sent));
	ck_assert_uint_eq(answers(), 1);
	ck_assert(fake_worker_mount_send(&m, bytes, LEFT, &sent));
	fake_worker_mount_say(&m, again);
	ck_assert_uint_eq(answers(), 2);
	free(bytes);
	fake_upload_close();
}
END_TEST

START_TEST(an_unwanted_body_is_dropped)
{
	fake_upload_open();
	fake_worker_mount_say(&m, HEAD("/give") "Content-Length: 5\r\n\r\nhel");
	fake_worker_mount_say(&m, "lo");
	ck_assert_uint_eq(answers(), 0);
	serve_error(seen.given, 404);
	exchange_complete(seen.given);
	fake_worker_mount_turn(&m);
	ck_assert(has("HTTP/1.1 404 "));
	fake_worker_mount_say(&m, again);
	ck_assert_uint_eq(answers(), 2);
	fake_upload_close();
}
END_TEST

/* ---- mistakes ----------------------------------------------------------- */

static void
on_body(struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	(void)ctx;
	(void)bytes;
	(void)len;
	(void)data;
}

START_TEST(wrong_pause_calls_are_logged_and_harmless)
{
	static const char *const told[] = {
		"prong_on_body(): the function is NULL",
		"prong_pause_body(): call prong_on_body() first",
		"prong_resume_body(): call prong_on_body() first",
		"prong_body(): the route has PRONG_STREAM_BODY: use "
		"prong_on_body()",
		"prong_body_form(): the route has PRONG_STREAM_BODY: use "
		"prong_on_body()",
		"prong_on_body(): it was already called",
	};
	const char *log;

	fake_upload_open();
	fake_worker_mount_say(
		&m, HEAD("/err") "Content-Length: 5\r\n\r\nhello");
	ck_assert_uint_eq(answers(), 1);
	ck_assert(has("HTTP/1.1 200 "));
	log = fake_worker_mount_errors(&m);
	for (size_t i = 0; i < ROWS(told); i++)
		ck_assert_msg(strstr(log, told[i]) != NULL, "%s", told[i]);
	fake_worker_mount_say(
		&m, HEAD("/whole") "Content-Length: 5\r\n\r\nhello");
	ck_assert_uint_eq(answers(), 2);
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
		"prong_on_body(): the route does not have PRONG_STREAM_BODY"));
	ck_assert_int_eq(prong_on_body(NULL, on_body, NULL), -1);
	ck_assert_int_eq(prong_pause_body(NULL), -1);
	fake_upload_close();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_pause_stops_reading_from_the_client, 0 },
		{ the_end_is_reported_after_the_pause, 0 },
		{ a_paused_handler_may_answer, 0 },
		{ a_disconnect_ends_a_pause, 0 },
		{ a_body_is_kept_until_the_handler_takes_it, 3 },
		{ the_end_of_an_empty_body_is_reported_later, 0 },
		{ the_end_is_reported_once_for_a_deferred_response, 0 },
		{ consumed_bytes_do_not_count_as_dropped, 0 },
		{ an_unwanted_body_is_dropped, 0 },
		{ wrong_pause_calls_are_logged_and_harmless, 0 },
	};

	return harness_run("body_stream_pause", tests, ROWS(tests));
}
