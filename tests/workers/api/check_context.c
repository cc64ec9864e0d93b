/*
 * The end of a context: the functions that are called, and its handle.
 * SPDX-License-Identifier: MIT
 */
#include "api/context.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/instance.h"
#include "conn/exchange.h"
#include "support/fake_worker_mount.h"
#include "support/harness.h"

static struct fake_worker_mount m;
static struct prong_context *kept;
static struct prong_event *kept_event;
static char order[64];

static void
note_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)ctx;
	(void)why;
	strcat(order, data);
}

/* ---- handlers ----------------------------------------------------------- */

static void
keep(struct prong_context *ctx)
{
	kept = ctx;
	prong_text(ctx, 200, "kept");
}

static void
ok(struct prong_context *ctx)
{
	prong_text(ctx, 200, "ok");
}

static void
wait(struct prong_context *ctx)
{
	kept = ctx;
	prong_defer(ctx);
}

static void
answer(struct prong_context *ctx, void *data)
{
	prong_text(ctx, 200, "%s", (const char *)data);
}

static void
ring(struct prong_context *ctx)
{
	prong_defer(ctx);
	kept_event = prong_after(ctx, 0, answer, (void *)"rung");
}

static void
ring_later(struct prong_context *ctx)
{
	kept = ctx;
	prong_defer(ctx);
	ck_assert_ptr_ne(
		prong_after(ctx, 60000, answer, (void *)"late"), kept_event);
	prong_cancel(kept_event);
}

static void
log_request(struct prong_context *ctx)
{
	ck_assert_int_eq(prong_on_end(ctx, note_end, (void *)"middleware "), 0);
	prong_next(ctx);
}

static void
lock(struct prong_context *ctx)
{
	ck_assert_int_eq(prong_on_end(ctx, NULL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	prong_defer(ctx);
	ck_assert_int_eq(prong_on_end(ctx, note_end, (void *)"handler "), 0);
	ck_assert_int_eq(prong_on_end(ctx, note_end, (void *)"last "), 0);
	kept = ctx;
}

/* ---- many ---- */

enum { MANY = 600 };

static struct prong_context *waiting[MANY];
static unsigned nwaiting, nended;

/* The first that ends answers all others. */
static void
answer_others(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)why;
	(void)data;
	if (nended++ > 0)
		return;
	for (unsigned i = 0; i < nwaiting; i++)
		if (waiting[i] != ctx)
			ck_assert_int_eq(
				prong_text(waiting[i], 200, "over"), 0);
}

static void
wait_for_all(struct prong_context *ctx)
{
	prong_defer(ctx);
	prong_on_end(ctx, answer_others, NULL);
	waiting[nwaiting++] = ctx;
}

/* ---- time ---- */

static void
set_time(struct prong_context *ctx)
{
	ck_assert_int_eq(prong_set_time(ctx, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(prong_set_time(ctx, -1), 0);
	ck_assert_int_eq(prong_time_left(ctx), INT64_MAX);
	ck_assert_int_eq(prong_set_time(ctx, 1), 0);
	ck_assert_int_le(prong_time_left(ctx), 1);
	prong_on_end(ctx, note_end, (void *)"end ");
	prong_defer(ctx);
}

static void
wait_for_row(struct prong_context *ctx)
{
	ck_assert_int_le(prong_time_left(ctx), 1);
	kept = ctx;
	prong_defer(ctx);
}

static prong_handler *const logged[] = { log_request, NULL };

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/keep", .handler = keep },
	{ .method = "GET", .pattern = "/ok", .handler = ok },
	{ .method = "GET", .pattern = "/wait", .handler = wait },
	{ .method = "GET", .pattern = "/all", .handler = wait_for_all },
	{ .method = "GET", .pattern = "/ring", .handler = ring },
	{ .method = "GET", .pattern = "/later", .handler = ring_later },
	{ .method = "GET", .pattern = "/time", .handler = set_time },
	{ .method = "GET",
		.pattern = "/row",
		.handler = wait_for_row,
		.time_most = 1 },
	{ .method = "GET", .pattern = "/lock", .handler = lock, .use = logged },
	{ 0 },
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.start = fake_worker_mount_keep,
	.routes = routes };

static void
start(void)
{
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
	order[0] = '\0';
}

static void
ask(const char *path)
{
	char text[128];

	snprintf(
		text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
	m.ngot = 0;
	fake_worker_mount_say(&m, text);
}

/* ---- handles ------------------------------------------------------------ */

START_TEST(a_kept_context_is_stale_after_any_number_of_requests)
{
	struct prong_context *old;

	start();
	ask("/keep");
	old = kept;
	for (int i = 0; i < 1000; i++)
		ask("/ok");
	ask("/wait");
	fake_worker_mount_errors(&m);
	ck_assert_int_eq(prong_text(old, 200, "secret"), -1);
	ck_assert_int_eq(errno, ESTALE);
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
		"prong_text() was called for a request that has ended"));
	ck_assert_uint_eq(m.ngot, 0);
	ck_assert_int_eq(prong_text(kept, 200, "mine"), 0);
	fake_worker_mount_turn(&m);
	ck_assert_ptr_nonnull(strstr(m.got, "mine"));
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(a_rung_timer_is_not_the_timer_of_another_request)
{
	start();
	ask("/ring");
	ck_assert_ptr_nonnull(strstr(m.got, "rung"));
	for (int i = 0; i < 200; i++) {
		ask("/ok");
		prong_cancel(kept_event);
	}
	ask("/later");
	ck_assert_int_eq(prong_text(kept, 200, "%d", m.is_at_end), 0);
	fake_worker_mount_turn(&m);
	ck_assert_str_eq(fake_worker_mount_errors(&m), "");
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(an_answer_for_a_client_that_has_gone_is_cancelled_once)
{
	struct exchange *x;

	start();
	ask("/wait");
	x = context_find(kept, __func__)->exchange;
	x->protocol->close(x, "the client has gone");
	fake_worker_mount_connect(&m);
	for (int i = 0; i < 300; i++)
		ask("/ok");
	ck_assert_int_eq(prong_text(kept, 200, "late"), -1);
	ck_assert_int_eq(errno, ECANCELED);
	ck_assert_str_eq(fake_worker_mount_errors(&m), "");
	ck_assert_int_eq(prong_text(kept, 200, "late"), -1);
	ck_assert_int_eq(errno, ESTALE);
	fake_worker_mount_close(&m);
}
END_TEST

/* ---- prong_on_end() ----------------------------------------------------- */

START_TEST(all_end_functions_are_called_the_last_one_first)
{
	start();
	ask("/lock");
	ck_assert_str_eq(order, "");
	ck_assert_int_eq(prong_text(kept, 200, "done"), 0);
	fake_worker_mount_turn(&m);
	ck_assert_str_eq(order, "last handler middleware ");
	ck_assert_ptr_nonnull(strstr(m.got, "done"));
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(all_end_functions_are_called_when_the_client_goes)
{
	start();
	ask("/lock");
	fake_worker_mount_connect(&m);
	for (int i = 0; i < 3; i++)
		fake_worker_mount_turn(&m);
	ck_assert_str_eq(order, "last handler middleware ");
	fake_worker_mount_close(&m);
}
END_TEST

/* More contexts end than the pool keeps. */
START_TEST(an_end_function_may_end_all_other_contexts)
{
	static const char get[] = "GET /all HTTP/1.1\r\nHost: a\r\n\r\n";
	int fds[MANY];

	fake_worker_mount_open(&m);
	m.fake.conf.limits.connections = 2 * MANY;
	fake_worker_mount_start(&m, &module);
	for (int i = 0; i < MANY; i++) {
		fds[i] = fake_worker_connect(&m.fake, 0);
		ck_assert_int_eq(
			send(fds[i], get, sizeof(get) - 1, 0), sizeof(get) - 1);
		fake_worker_turn(&m.fake);
	}
	ck_assert_uint_eq(nwaiting, MANY);
	context_force_end_all(fake_worker_instance);
	ck_assert_uint_eq(nended, MANY);
	ck_assert_uint_eq(fake_worker_instance->nlive, 0);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	fake_worker_mount_close(&m);
}
END_TEST

/* ---- time --------------------------------------------------------------- */

static const char *const timed[] = { "/time", "/row" };

START_TEST(a_request_may_have_a_time_of_its_own)
{
	start();
	ask(timed[_i]);
	while (m.ngot == 0)
		fake_worker_mount_turn(&m);
	ck_assert_ptr_nonnull(strstr(m.got, " 504 "));
	ck_assert_ptr_nonnull(
		strstr(fake_worker_mount_errors(&m), "did not answer in time"));
	ck_assert_str_eq(order, _i == 0 ? "end " : "");
	if (_i == 1) {
		ck_assert_int_eq(prong_text(kept, 200, "late"), -1);
		ck_assert_int_eq(errno, ECANCELED);
	}
	fake_worker_mount_close(&m);
}
END_TEST

/* ---- threads ------------------------------------------------------------ */

static void *
answer_from_thread(void *arg)
{
	int *error = arg;

	errno = 0;
	if (prong_text(kept, 200, "thread") == -1)
		*error = errno;
	return NULL;
}

START_TEST(a_call_in_another_thread_fails_and_is_logged)
{
	pthread_t thread;
	int error = 0;

	start();
	ask("/wait");
	ck_assert_int_eq(
		pthread_create(&thread, NULL, answer_from_thread, &error), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(error, EPERM);
	fake_worker_mount_turn(&m);
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
		"called prong_text() in a thread of its own"));
	ck_assert_uint_eq(m.ngot, 0);
	ck_assert_int_eq(prong_text(kept, 200, "loop"), 0);
	fake_worker_mount_turn(&m);
	ck_assert_ptr_nonnull(strstr(m.got, "loop"));
	fake_worker_mount_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_kept_context_is_stale_after_any_number_of_requests, 1 },
		{ a_rung_timer_is_not_the_timer_of_another_request, 1 },
		{ an_answer_for_a_client_that_has_gone_is_cancelled_once, 1 },
		{ all_end_functions_are_called_the_last_one_first, 1 },
		{ an_end_function_may_end_all_other_contexts, 0 },
		{ all_end_functions_are_called_when_the_client_goes, 1 },
		{ a_request_may_have_a_time_of_its_own, ROWS(timed) },
		{ a_call_in_another_thread_fails_and_is_logged, 1 },
	};

	return harness_run("context", tests, ROWS(tests));
}
