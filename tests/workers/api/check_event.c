/*
 * Timers and watches of modules.
 * SPDX-License-Identifier: MIT
 */
#include "api/event.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/fake_worker_mount.h"
#include "support/harness.h"

static struct fake_worker_mount m;
static struct prong_event *watch;
static int pipes[2];
static int calls;
static unsigned when_called;

static void
on_ready(struct prong_instance *i, int fd, unsigned when, void *data)
{
	(void)data;
	ck_assert_ptr_eq(i, fake_worker_instance);
	ck_assert_int_eq(fd, pipes[1]);
	when_called = when;
	calls++;
}

static void
on_context_ready(struct prong_context *ctx, int fd, unsigned when, void *data)
{
	(void)ctx;
	(void)fd;
	(void)when;
	(void)data;
	calls++;
}

static void
on_time(struct prong_instance *i, void *data)
{
	ck_assert_ptr_eq(i, fake_worker_instance);
	ck_assert_ptr_eq(data, &calls);
	calls++;
}

static void
answer(struct prong_context *ctx, void *data)
{
	prong_text(ctx, 200, "%s", (char *)data);
}

/* The commonest mistake: the descriptor is closed and still watched. */
static void
close_watched(struct prong_context *ctx)
{
	ck_assert_int_eq(pipe(pipes), 0);
	prong_defer(ctx);
	ck_assert_ptr_nonnull(prong_watch(
		ctx, pipes[0], PRONG_READABLE, on_context_ready, NULL));
	close(pipes[0]);
	close(pipes[1]);
	prong_after(ctx, 1, answer, (void *)"served");
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/close", close_watched),
	PRONG_ROUTES_END,
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes,
	.start = fake_worker_mount_keep };

static void
start(void)
{
	calls = 0;
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
}

static void
turn_until_called(int count)
{
	while (calls < count) {
		poll(NULL, 0, 1);
		fake_worker_mount_turn(&m);
	}
}

START_TEST(a_timer_of_the_instance_rings_once)
{
	start();
	ck_assert_ptr_nonnull(
		prong_after_always(fake_worker_instance, 0, on_time, &calls));
	ck_assert_ptr_null(
		prong_after_always(fake_worker_instance, -1, on_time, &calls));
	ck_assert_ptr_null(prong_after_always(NULL, 1, on_time, &calls));
	turn_until_called(1);
	for (int i = 0; i < 3; i++)
		fake_worker_mount_turn(&m);
	ck_assert_int_eq(calls, 1);
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(a_watch_changes_what_it_waits_for)
{
	start();
	ck_assert_int_eq(pipe(pipes), 0);
	watch = prong_watch_always(
		fake_worker_instance, pipes[1], PRONG_READABLE, on_ready, NULL);
	fake_worker_mount_turn(&m);
	ck_assert_int_eq(calls, 0);
	ck_assert_int_eq(prong_rewatch(watch, PRONG_WRITABLE), 0);
	turn_until_called(1);
	ck_assert_uint_eq(when_called, PRONG_WRITABLE);
	ck_assert_int_eq(prong_rewatch(watch, 0), 0);
	calls = 0;
	for (int i = 0; i < 3; i++)
		fake_worker_mount_turn(&m);
	ck_assert_int_eq(calls, 0);
	ck_assert_int_eq(prong_rewatch(watch, PRONG_WRITABLE), 0);
	turn_until_called(1);
	prong_cancel(watch);
	ck_assert_int_eq(prong_rewatch(watch, PRONG_WRITABLE), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(prong_rewatch(NULL, PRONG_WRITABLE), -1);
	fake_worker_mount_close(&m);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

static const char told[] = "was closed while it was watched";

START_TEST(a_closed_descriptor_is_told_and_harmless)
{
	start();
	fake_worker_mount_say(&m, "GET /close HTTP/1.1\r\nHost: a\r\n\r\n");
	while (m.ngot == 0) {
		poll(NULL, 0, 1);
		fake_worker_mount_turn(&m);
	}
	ck_assert_ptr_nonnull(strstr(m.got, "served"));
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m), told));
	ck_assert_int_eq(calls, 0);
	fake_worker_mount_close(&m);
}
END_TEST

/* As a module does that the worker calls just before the loop waits. */
static void
close_before_waiting(struct ev_loop *loop, ev_prepare *w, int events)
{
	(void)events;
	ev_prepare_stop(loop, w);
	if (w->data == NULL)
		prong_watch_always(fake_worker_instance, pipes[0],
			PRONG_READABLE, on_ready, NULL);
	close(pipes[0]);
	close(pipes[1]);
}

START_TEST(a_descriptor_closed_just_before_the_wait_is_told)
{
	ev_prepare closer;

	start();
	ck_assert_int_eq(pipe(pipes), 0);
	ev_prepare_init(&closer, close_before_waiting);
	closer.data = NULL;
	if (_i == 1)
		closer.data = prong_watch_always(fake_worker_instance, pipes[0],
			PRONG_READABLE, on_ready, NULL);
	ev_prepare_start(m.fake.worker.loop, &closer);
	for (int i = 0; i < 3; i++)
		fake_worker_mount_turn(&m);
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m), told));
	fake_worker_mount_close(&m);
}
END_TEST

/* The next file, such as a client's connection, gets the number. */
START_TEST(a_watch_is_not_called_for_the_next_file_of_the_number)
{
	int next[2];

	start();
	ck_assert_int_eq(pipe(pipes), 0);
	prong_watch_always(
		fake_worker_instance, pipes[1], PRONG_WRITABLE, on_ready, NULL);
	turn_until_called(1);
	calls = 0;
	ck_assert_int_eq(pipe(next), 0);
	ck_assert_int_eq(dup2(next[1], pipes[1]), pipes[1]);
	prong_watch_always(
		fake_worker_instance, pipes[1], PRONG_WRITABLE, on_ready, NULL);
	turn_until_called(2);
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m), told));
	fake_worker_mount_close(&m);
	close(pipes[0]);
	close(pipes[1]);
	close(next[0]);
	close(next[1]);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_timer_of_the_instance_rings_once, 1 },
		{ a_watch_changes_what_it_waits_for, 1 },
		{ a_closed_descriptor_is_told_and_harmless, 1 },
		{ a_descriptor_closed_just_before_the_wait_is_told, 2 },
		{ a_watch_is_not_called_for_the_next_file_of_the_number, 1 },
	};

	return harness_run("event", tests, ROWS(tests));
}
