/*
 * Streams as the exchange sees them; the system tests have the rest.
 * SPDX-License-Identifier: MIT
 */
#include "api/stream.h"

#include <errno.h>
#include <string.h>

#include "api/context.h"
#include "conn/exchange.h"
#include "support/fake_worker_module.h"
#include "support/harness.h"

#define GET "GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n"

static struct fake_worker_module m;
static prong_handler *handler; /* of this test */
static int errors[3];

static void
handle(struct prong_context *ctx)
{
	handler(ctx);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/*rest", .handler = handle }, { 0 }
};
static const struct prong_module module = { .name = "test", .routes = routes };

static const char *
ask(prong_handler *f)
{
	fake_worker_module_open(&m, &module);
	handler = f;
	return fake_worker_module_ask(&m, GET);
}

static void
write_parts(struct prong_context *ctx)
{
	prong_stream(ctx, 201, "text/plain");
	prong_write(ctx, "one", 3);
	prong_write(ctx, "", 0);
	prong_write(ctx, "twelve bytes", 12);
	prong_finish(ctx);
}

START_TEST(each_write_is_a_chunk)
{
	const char *answer = ask(write_parts);

	ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 201 Created\r\n"));
	ck_assert_ptr_nonnull(strstr(
		answer, "\r\n\r\n3\r\none\r\nc\r\ntwelve bytes\r\n0\r\n\r\n"));
	fake_worker_module_close(&m);
}
END_TEST

static void
open_sse(struct prong_context *ctx)
{
	prong_set_field(ctx, "cache-control", "no-cache");
	prong_sse(ctx);
}

START_TEST(fields_of_the_module_are_kept)
{
	const char *answer = ask(open_sse);

	ck_assert_ptr_nonnull(
		strstr(answer, "\r\ncache-control: no-cache\r\n"));
	ck_assert_ptr_null(strstr(answer, "no-store"));
	ck_assert_ptr_nonnull(strstr(answer, "\r\nX-Accel-Buffering: no\r\n"));
	fake_worker_module_close(&m);
}
END_TEST

static void
begin(struct prong_context *ctx)
{
	prong_stream(ctx, 200, NULL);
	prong_write(ctx, "x", 1);
}

START_TEST(a_disconnect_frees_the_context)
{
	fake_worker_module_open(&m, &module);
	handler = begin;
	exchange_free(fake_worker_module_begin(&m, GET));
	ck_assert_uint_eq(m.instance.nlive, 0);
	ck_assert_uint_eq(m.fake.worker.contexts->free.count, 1);
	fake_worker_module_close(&m);
}
END_TEST

static struct prong_context *deferred;

static void
defer(struct prong_context *ctx)
{
	deferred = ctx;
	prong_defer(ctx);
}

/* The head is the whole response.  The module need not know that: it writes and
 * finishes, and the context ends when the head is sent. */
START_TEST(a_deferred_stream_for_head_completes)
{
	struct exchange *x;

	fake_worker_module_open(&m, &module);
	handler = defer;
	x = fake_worker_module_begin(
		&m, "HEAD /api/x HTTP/1.1\r\nHost: a\r\n\r\n");
	if (_i == 0)
		ck_assert_int_eq(prong_sse(deferred), 0);
	else
		ck_assert_int_eq(prong_stream(deferred, 200, NULL), 0);
	ck_assert_int_eq(prong_write(deferred, "text", 4), 0);
	if (_i == 0)
		ck_assert_int_eq(
			prong_sse_send(deferred, NULL, NULL, "text"), 0);
	if (_i < 2)
		ck_assert_int_eq(prong_finish(deferred), 0);
	ck_assert_str_eq(fake_worker_module_log(&m), "");
	x->handler->on_sent(x);
	ck_assert_uint_eq(m.instance.nlive, 0);
	ck_assert_ptr_null(x->handler);
	ck_assert_ptr_nonnull(
		strstr(fake_worker_end(&m.fake, x), "\r\nContent-Type: "));
	ck_assert_str_eq(m.fake.answer + m.fake.answer_len - 4, "\r\n\r\n");
	fake_worker_module_close(&m);
}
END_TEST

static int ended;

static void
on_end_again(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)why;
	(void)data;
	ended++;
	ck_assert_int_eq(prong_on_end(ctx, on_end_again, NULL), -1);
	ck_assert_int_eq(prong_defer(ctx), -1);
	prong_after(ctx, 1, NULL, NULL);
}

static void
defer_with_end(struct prong_context *ctx)
{
	prong_on_end(ctx, on_end_again, NULL);
	defer(ctx);
}

START_TEST(an_end_function_is_called_once)
{
	struct exchange *x;

	fake_worker_module_open(&m, &module);
	handler = defer_with_end;
	ended = 0;
	x = fake_worker_module_begin(&m, GET);
	if (_i == 0)
		exchange_abandon(x, EXCHANGE_LATE);
	else
		prong_empty(deferred, 204);
	ck_assert_ptr_null(x->handler);
	ck_assert_int_eq(ended, 1);
	ck_assert_uint_eq(m.instance.nlive, 0);
	fake_worker_end(&m.fake, x);
	ck_assert_int_eq(ended, 1);
	fake_worker_module_close(&m);
}
END_TEST

/* Volatile: the compiler warns of the length. */
static const volatile size_t below_zero = (size_t)-1;

static void
misuse(struct prong_context *ctx)
{
	errors[0] = prong_write(ctx, "x", 1) == -1 ? errno : 0;
	prong_stream(ctx, 200, "text/plain");
	errors[1] = prong_write(ctx, NULL, 1) == -1 ? errno : 0;
	errors[2] = prong_write(ctx, "x", below_zero) == -1 ? errno : 0;
	prong_finish(ctx);
}

START_TEST(a_wrong_stream_call_fails_and_is_logged)
{
	ask(misuse);
	ck_assert_int_eq(errors[0], EINVAL);
	ck_assert_int_eq(errors[1], EINVAL);
	ck_assert_int_eq(errors[2], EINVAL);
	ck_assert_str_ne(fake_worker_module_log(&m), "");
	ck_assert_ptr_nonnull(strstr(m.log,
		"module test: prong_write(): call prong_stream() first"));
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_write_is_a_chunk, 0 },
		{ fields_of_the_module_are_kept, 0 },
		{ a_disconnect_frees_the_context, 0 },
		{ a_deferred_stream_for_head_completes, 3 },
		{ an_end_function_is_called_once, 2 },
		{ a_wrong_stream_call_fails_and_is_logged, 0 },
	};

	return harness_run("stream", tests, ROWS(tests));
}
