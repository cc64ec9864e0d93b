/*
 * libev finds this program's epoll_ctl(2), which refuses what it is told to.
 * SPDX-License-Identifier: MIT
 */
#include "file/retry_io.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file/loop_wake.h"
#include "support/harness.h"
#include "support/test_deadline.h"

static int refused = -1; /* descriptor */
static unsigned refusals;

int
epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	if (fd != refused || op == EPOLL_CTL_DEL)
		return (int)syscall(SYS_epoll_ctl, epoll, op, fd, event);
	refusals++;
	errno = ENOSPC;
	return -1;
}

static struct ev_loop *loop;
static struct retry_io watch;
static int ends[2];
static unsigned calls;
static int got; /* events */

static void
on_io(struct retry_io *r, int revents)
{
	char byte;

	ck_assert_ptr_eq(r, &watch);
	calls++;
	got |= revents;
	if (revents & EV_READ)
		ck_assert_int_ge(read(r->io.fd, &byte, 1), 0);
}

static void
set_up(void)
{
	loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	ck_assert_ptr_nonnull(loop);
	ck_assert_int_eq(pipe(ends), 0);
	refused = ends[0];
	retry_io_init(&watch, loop, on_io, ends[0], EV_READ, NULL);
	retry_io_start(&watch);
}

static void
tear_down(void)
{
	retry_io_stop(&watch);
	ev_loop_destroy(loop);
	close(ends[0]);
	close(ends[1]);
}

static void
on_late(struct ev_loop *l, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(l, EVBREAK_ALL);
}

static void
run_until_called(unsigned count)
{
	int64_t deadline = deadline_in(DEADLINE);
	ev_timer tick;

	/* libev hands a refusal out after it has waited. */
	ev_timer_init(&tick, on_late, 0.05, 0.05);
	ev_timer_start(loop, &tick);
	while (calls < count && deadline_left(deadline) > 0)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &tick);
	ck_assert_uint_ge(calls, count);
}

START_TEST(a_refused_descriptor_is_still_heard)
{
	set_up();
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_int_eq(write(ends[1], "x", 1), 1);
		run_until_called(i);
		ck_assert(retry_io_is_active(&watch));
	}
	ck_assert_uint_ge(refusals, 1);
	ck_assert_int_eq(got, EV_READ);
	tear_down();
}
END_TEST

START_TEST(epoll_watches_it_again_when_it_can)
{
	set_up();
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	run_until_called(1);
	refused = -1;
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	run_until_called(2);
	while (!ev_is_active(&watch.io))
		ev_run(loop, EVRUN_ONCE);
	ck_assert(!ev_is_active(&watch.again));
	tear_down();
}
END_TEST

START_TEST(a_refused_descriptor_costs_no_busy_loop)
{
	int64_t until = deadline_in(500);

	set_up();
	while (deadline_left(until) > 0)
		ev_run(loop, EVRUN_ONCE);
	ck_assert_uint_eq(calls, 0);
	ck_assert_uint_le(refusals, 20);
	tear_down();
}
END_TEST

START_TEST(a_descriptor_closed_under_the_watch_is_an_error)
{
	set_up();
	close(ends[0]);
	run_until_called(1);
	ck_assert_int_eq(got, EV_ERROR);
	ck_assert(!retry_io_is_active(&watch));
	tear_down();
}
END_TEST

static unsigned wakes;

static void
on_wake(void *arg)
{
	(void)arg;
	wakes++;
	ev_break(loop, EVBREAK_ALL);
}

START_TEST(a_loop_is_woken_though_epoll_refuses)
{
	struct loop_wake w;
	ev_timer late;

	loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	ck_assert_int_eq(loop_wake_open(&w, loop, on_wake, NULL), 0);
	refused = _i == 0 ? -1 : w.event.io.fd;
	loop_wake_send(&w);
	loop_wake_send(&w);
	ev_timer_init(&late, on_late, DEADLINE / 1e3, 0.);
	ev_timer_start(loop, &late);
	if (_i == 1) { /* what libev has refused waits for the next event */
		ev_run(loop, EVRUN_NOWAIT);
		ev_run(loop, EVRUN_NOWAIT);
	}
	if (wakes == 0)
		ev_run(loop, 0);
	ck_assert_uint_eq(wakes, 1);
	loop_wake_soon(&w);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(wakes, 2);
	loop_wake_close(&w);
	ev_timer_stop(loop, &late);
	ev_loop_destroy(loop);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_refused_descriptor_is_still_heard, 0 },
		{ epoll_watches_it_again_when_it_can, 0 },
		{ a_refused_descriptor_costs_no_busy_loop, 0 },
		{ a_descriptor_closed_under_the_watch_is_an_error, 0 },
		{ a_loop_is_woken_though_epoll_refuses, 2 },
	};

	return harness_run("retry_io", tests, ROWS(tests));
}
