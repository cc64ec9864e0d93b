/*
 * The watchdog's ticks at times that the test makes up, over stub workers
 * whose heartbeats the test writes.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/watchdog.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "supervise/recycle.h"
#include "support/harness.h"
#include "support/stub.h"

enum { WORKERS = 8, TICK = 1000, WARN = 2000, KILL = 3000, DAY = 86400000 };

static struct stub stub;
static struct generation *generation;
static struct watchdog watchdog;
static bool is_ready;
static int64_t now;

static void
on_ready(void *arg, struct generation *g)
{
	(void)arg;
	(void)g;
	is_ready = true;
}

static void
on_failed(void *arg, struct generation *g, const struct error_text *why)
{
	(void)arg;
	(void)g;
	ck_abort_msg("%s", why->text);
}

static void
on_gone(void *arg, struct generation *g)
{
	(void)arg;
	generation_free(g);
	generation = NULL;
}

static const struct generation_events events = { on_ready, on_failed, on_gone,
	NULL, NULL };

static void
on_child(struct stub *s, pid_t pid, int status)
{
	(void)s;
	if (generation != NULL)
		generation_reap(generation, pid, status);
}

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

static bool
is_gone(void *arg)
{
	(void)arg;
	return generation == NULL;
}

static void
beat(uint64_t value)
{
	for (unsigned i = 0; i < WORKERS; i++)
		generation->procs[i].slot->heartbeat = value;
}

static void
look(int64_t after)
{
	now += after;
	watchdog_look(&watchdog, now);
}

static void
setup(void)
{
	struct conf *conf = stub_conf(WORKERS);
	struct error_text why;

	conf->watchdog = (struct conf_watchdog){ .warn = WARN, .kill = KILL };
	stub_open(&stub, on_child);
	is_ready = false;
	generation = generation_new(&stub.env, &events, NULL, &stub.listeners,
		conf, WORKERS, 1, NULL, &why);
	ck_assert(generation != NULL);
	ck_assert_int_eq(generation_start(generation, false, &why), 0);
	stub_wait(&stub, is_true, &is_ready, "ready");
	ck_assert_int_eq(generation_go(generation, &why), 0);
	now = 1000000;
	watchdog = (struct watchdog){ .last = now, .generations = &generation };
	beat(1);
	look(TICK);
}

static void
teardown(void)
{
	generation_kill(generation);
	stub_wait(&stub, is_gone, NULL, "gone");
	stub_close(&stub);
}

static void
assert_health(enum proc_health health)
{
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_int_eq(generation->procs[i].health, health);
}

START_TEST(a_worker_that_beats_is_well)
{
	for (uint64_t i = 0; i < 10; i++) {
		beat(2 + i);
		look(TICK);
		assert_health(PROC_WELL);
	}
}
END_TEST

START_TEST(a_worker_that_does_not_beat_is_aborted)
{
	assert_health(PROC_WELL);
	look(TICK);
	assert_health(PROC_WELL);
	look(TICK);
	assert_health(PROC_STALLED);
	look(TICK);
	assert_health(PROC_ABORTED);
}
END_TEST

/* What a worker wrote is nothing to compute with. */
static const uint64_t values[] = { 2, 999999, 1000000000, INT64_MAX,
	(uint64_t)INT64_MAX + 1, UINT64_MAX };

START_TEST(any_heartbeat_that_stays_is_a_stall)
{
	beat(values[_i]);
	look(TICK);
	assert_health(PROC_WELL);
	beat(0);
	look(TICK);
	for (int i = 0; i < KILL / TICK; i++)
		look(TICK);
	assert_health(PROC_ABORTED);
}
END_TEST

/* Stopped, frozen, asleep; or the clock jumped.  libev makes up for a tick that
 * was late by one that comes at once. */
static const int64_t gaps[] = { 2900, 3100, 10000, 70000, DAY };

START_TEST(no_worker_is_aborted_for_a_time_in_which_the_master_did_not_run)
{
	look(gaps[_i]);
	look(0);
	look(0);
	assert_health(PROC_WELL);
	/* The workers go on later than the master. */
	look(TICK);
	for (unsigned i = 0; i < WORKERS; i++)
		ck_assert_int_ne(generation->procs[i].health, PROC_ABORTED);
	beat(2);
	look(TICK);
	assert_health(PROC_WELL);
}
END_TEST

START_TEST(no_worker_is_aborted_by_one_freeze_after_another)
{
	for (int i = 0; i < 20; i++) {
		look(5000);
		look(0);
		look(TICK);
	}
	assert_health(PROC_WELL);
}
END_TEST

START_TEST(a_worker_that_stalls_after_a_freeze_is_aborted)
{
	look(DAY);
	look(0);
	for (int i = 0; i < KILL / TICK; i++)
		look(TICK);
	assert_health(PROC_ABORTED);
}
END_TEST

START_TEST(a_worker_that_stalled_before_a_freeze_is_not_well_by_it)
{
	look(TICK);
	look(TICK);
	assert_health(PROC_STALLED);
	look(DAY);
	look(0);
	assert_health(PROC_STALLED);
	beat(2);
	look(TICK);
	assert_health(PROC_WELL);
}
END_TEST

START_TEST(a_retired_worker_that_stalls_is_aborted)
{
	recycle_ask(&generation->procs[0]);
	look(KILL);
	for (int i = 0; i < KILL / TICK; i++)
		look(TICK);
	ck_assert_int_eq(generation->recycled->health, PROC_ABORTED);
}
END_TEST

static bool
has_died(pid_t pid, int flags)
{
	siginfo_t info = { .si_pid = 0 };

	ck_assert_int_eq(
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | flags), 0);
	return info.si_pid == pid;
}

/* A stopped process takes no SIGABRT. */
START_TEST(an_aborted_worker_has_a_moment_to_die_before_it_is_killed)
{
	pid_t pid = generation->procs[0].pid;
	siginfo_t info;

	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(
		waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), 0);
	for (int i = 0; i < KILL / TICK; i++)
		look(TICK);
	look(0);
	look(100);
	ck_assert(!has_died(pid, WNOHANG));
	look(TICK);
	ck_assert(has_died(pid, 0));
}
END_TEST

static bool
has_one_worker(void *arg)
{
	(void)arg;
	return generation_count(generation) == 1;
}

/* While another worker of its generation still drains. */
START_TEST(a_worker_that_has_exited_does_not_stall)
{
	const struct proc *exited = &generation->procs[0];
	struct proc *left = &generation->procs[1];

	ck_assert_int_eq(kill(left->pid, SIGSTOP), 0);
	generation_drain(generation, 60000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, has_one_worker, NULL, "one is left");
	for (int i = 0; i < 2 * KILL / TICK; i++) {
		left->slot->heartbeat++;
		look(TICK);
	}
	ck_assert_int_eq(exited->state, PROC_NONE);
	ck_assert_int_eq(exited->health, PROC_WELL);
	ck_assert_int_eq(left->health, PROC_WELL);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ a_worker_that_beats_is_well, 0 },
		{ a_worker_that_does_not_beat_is_aborted, 0 },
		{ any_heartbeat_that_stays_is_a_stall, ROWS(values) },
		{ no_worker_is_aborted_for_a_time_in_which_the_master_did_not_run,
			ROWS(gaps) },
		{ no_worker_is_aborted_by_one_freeze_after_another, 0 },
		{ a_worker_that_stalls_after_a_freeze_is_aborted, 0 },
		{ a_worker_that_stalled_before_a_freeze_is_not_well_by_it, 0 },
		{ a_retired_worker_that_stalls_is_aborted, 0 },
		{ an_aborted_worker_has_a_moment_to_die_before_it_is_killed,
			0 },
		{ a_worker_that_has_exited_does_not_stall, 0 },
	};

	return harness_run_with(&fixture, "watchdog", tests, ROWS(tests));
}
