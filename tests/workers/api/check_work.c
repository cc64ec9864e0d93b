/*
 * Jobs of modules on the work pool.
 * SPDX-License-Identifier: MIT
 */
#include "api/work.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/context.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "file/work_pool.h"
#include "support/fake_worker_mount.h"
#include "support/harness.h"

static struct fake_worker_mount m;
static struct prong_context *kept;
static pthread_t loop_thread;

/* What a job has seen and done. */
static struct {
	int gate[2]; /* a job that waits reads a byte of it */
	int runs, dones, drops;
	int error; /* of a call in the thread */
	bool was_in_thread;
} seen;

static void
run(void *data)
{
	(void)data;
	seen.was_in_thread = !pthread_equal(pthread_self(), loop_thread);
	__atomic_add_fetch(&seen.runs, 1, __ATOMIC_SEQ_CST);
}

static void
wait_at_gate(void *data)
{
	char byte;

	ck_assert_int_eq(read(seen.gate[0], &byte, 1), 1);
	run(data);
}

static void
misuse(void *data)
{
	(void)data;
	errno = 0;
	if (prong_text(kept, 200, "thread") == -1)
		seen.error = errno;
}

static void
finish(struct prong_context *ctx, void *data)
{
	seen.dones++;
	prong_text(ctx, 200, "done %s", (char *)data);
}

static void
finish_always(struct prong_instance *i, void *data)
{
	(void)data;
	ck_assert_ptr_eq(i, fake_worker_instance);
	seen.dones++;
}

static void
drop(void *data)
{
	ck_assert_str_eq(data, "data");
	seen.drops++;
}

/* ---- handlers ----------------------------------------------------------- */

static void
work(struct prong_context *ctx)
{
	kept = ctx;
	ck_assert_int_eq(prong_work(ctx, NULL, finish, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(prong_work(ctx, run, finish, (void *)"work"), 0);
}

static void
wait(struct prong_context *ctx)
{
	kept = ctx;
	ck_assert_int_eq(prong_work_or_drop(ctx, wait_at_gate, finish, drop,
				 (void *)"data"),
		0);
}

static void
call_from_thread(struct prong_context *ctx)
{
	kept = ctx;
	ck_assert_int_eq(prong_work(ctx, misuse, finish, (void *)"misuse"), 0);
}

static void
fill(struct prong_context *ctx)
{
	int n = 0;

	while (prong_work(ctx, wait_at_gate, finish, NULL) == 0)
		n++;
	prong_text(ctx, 503, "%s after %d", strerror(errno), n);
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/work", work),
	PRONG_ROUTE("GET", "/wait", wait),
	PRONG_ROUTE("GET", "/thread", call_from_thread),
	PRONG_ROUTE("GET", "/fill", fill),
	PRONG_ROUTES_END,
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes,
	.start = fake_worker_mount_keep };

static void
start(void)
{
	memset(&seen, 0, sizeof(seen));
	loop_thread = pthread_self();
	ck_assert_int_eq(pipe(seen.gate), 0);
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
	m.fake.worker.work = work_pool_open(m.fake.worker.loop);
	ck_assert_ptr_nonnull(m.fake.worker.work);
}

static void
stop(void)
{
	ck_assert(work_pool_close(m.fake.worker.work));
	m.fake.worker.work = NULL;
	fake_worker_mount_close(&m);
	close(seen.gate[0]);
	close(seen.gate[1]);
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

static void
open_gate(int count)
{
	while (count-- > 0)
		ck_assert_int_eq(write(seen.gate[1], "", 1), 1);
}

/* Turns until *counter has the value. */
static void
turn_until(const int *counter, int value)
{
	while (*counter != value) {
		poll(NULL, 0, 1);
		fake_worker_mount_turn(&m);
	}
}

/* ---- tests -------------------------------------------------------------- */

START_TEST(a_job_runs_in_a_thread_and_its_end_in_the_loop)
{
	start();
	ask("/work");
	turn_until(&seen.dones, 1);
	fake_worker_mount_turn(&m);
	ck_assert(seen.was_in_thread);
	ck_assert_ptr_nonnull(strstr(m.got, "done work"));
	ck_assert_uint_eq(m.fake.worker.contexts->nworks, 0);
	stop();
}
END_TEST

START_TEST(the_data_of_an_ended_request_is_dropped)
{
	struct exchange *x;

	start();
	ask("/wait");
	x = context_find(kept, __func__)->exchange;
	x->protocol->close(x, "the client has gone");
	fake_worker_mount_connect(&m);
	open_gate(1);
	turn_until(&seen.drops, 1);
	ck_assert_int_eq(seen.dones, 0);
	ck_assert_str_eq(fake_worker_mount_errors(&m), "");
	stop();
}
END_TEST

START_TEST(a_job_that_waits_is_not_run_for_an_ended_request)
{
	enum { THREADS = 2, JOBS = 5 };

	start();
	for (int i = 0; i < JOBS; i++) {
		struct exchange *x;

		ask("/wait");
		x = context_find(kept, __func__)->exchange;
		x->protocol->close(x, "the client has gone");
		fake_worker_mount_connect(&m);
	}
	open_gate(THREADS);
	turn_until(&seen.drops, JOBS);
	ck_assert_int_le(seen.runs, THREADS);
	ck_assert_int_eq(seen.dones, 0);
	stop();
}
END_TEST

START_TEST(the_number_of_jobs_is_limited)
{
	start();
	ask("/fill");
	ck_assert_ptr_nonnull(
		strstr(m.got, "Resource temporarily unavailable after 512"));
	open_gate(2);
	stop();
}
END_TEST

START_TEST(functions_of_the_api_fail_in_a_job)
{
	start();
	ask("/thread");
	turn_until(&seen.dones, 1);
	fake_worker_mount_turn(&m);
	ck_assert_int_eq(seen.error, EPERM);
	ck_assert_ptr_nonnull(strstr(m.got, "done misuse"));
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
		"called prong_text() in a thread of its own"));
	stop();
}
END_TEST

START_TEST(an_instance_has_jobs_of_its_own)
{
	start();
	ck_assert_int_eq(prong_work_always(NULL, run, finish_always, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(prong_work_always(fake_worker_instance, run,
				 finish_always, NULL),
		0);
	turn_until(&seen.dones, 1);
	ck_assert_int_eq(seen.runs, 1);
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_job_runs_in_a_thread_and_its_end_in_the_loop, 1 },
		{ the_data_of_an_ended_request_is_dropped, 1 },
		{ a_job_that_waits_is_not_run_for_an_ended_request, 1 },
		{ the_number_of_jobs_is_limited, 1 },
		{ functions_of_the_api_fail_in_a_job, 1 },
		{ an_instance_has_jobs_of_its_own, 1 },
	};

	return harness_run("work", tests, ROWS(tests));
}
