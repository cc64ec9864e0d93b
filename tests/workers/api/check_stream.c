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
static int errors[2];

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

/* To HEAD the head is all, and with it the context is over. */
START_TEST(a_deferred_stream_for_head_completes)
{
	struct exchange *x;

	fake_worker_module_open(&m, &module);
	handler = defer;
	x = fake_worker_module_begin(
		&m, "HEAD /api/x HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(prong_sse(deferred), 0);
	ck_assert_uint_eq(m.instance.nlive, 0);
	ck_assert_ptr_nonnull(strstr(fake_worker_end(&m.fake, x),
		"\r\nContent-Type: text/event-stream"));
	fake_worker_module_close(&m);
}
END_TEST

static void
misuse(struct prong_context *ctx)
{
	errors[0] = prong_write(ctx, "x", 1) == -1 ? errno : 0;
	prong_stream(ctx, 200, "text/plain");
	errors[1] = prong_write(ctx, NULL, 1) == -1 ? errno : 0;
	prong_finish(ctx);
}

START_TEST(a_wrong_stream_call_fails_and_is_logged)
{
	ask(misuse);
	ck_assert_int_eq(errors[0], EINVAL);
	ck_assert_int_eq(errors[1], EINVAL);
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
		{ a_deferred_stream_for_head_completes, 0 },
		{ a_wrong_stream_call_fails_and_is_logged, 0 },
	};

	return harness_run("stream", tests, ROWS(tests));
}
