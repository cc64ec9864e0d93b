/*
 * A generation of stub workers, from its start to its last process.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/generation.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/conn_router.h"
#include "supervise/generation_list.h"
#include "support/harness.h"
#include "support/stub.h"

static struct stub stub;
static struct generation *generation;
static bool is_ready, is_failed;
static struct error_text why;
static struct generation_list generations;
static const struct conn_router router = { .generations = &generations };

static void
on_ready(void *arg, struct generation *g)
{
	(void)arg;
	ck_assert_ptr_eq(g, generation);
	is_ready = true;
}

static void
on_failed(void *arg, struct generation *g, const struct error_text *reason)
{
	(void)arg;
	ck_assert(!is_failed);
	is_failed = true;
	why = *reason;
	generation_kill(g);
}

static void
on_gone(void *arg, struct generation *g)
{
	(void)arg;
	ck_assert_int_eq(g->state, GENERATION_GONE);
	generation_free(g);
	generation = generations.first = NULL;
}

static const struct generation_events events = { on_ready, on_failed, on_gone,
	NULL, NULL };

/* A worker, or a process that has closed descriptors (close_process.h), which
 * this process inherits. */
static void
on_child(struct stub *s, pid_t pid, int status)
{
	(void)s;
	if (generation != NULL)
		generation_reap(generation, pid, status);
}

static void
setup(void)
{
	stub_open(&stub, on_child);
	stub.env.router = &router;
	generation = generations.first = NULL;
	is_ready = is_failed = false;
}

static void
teardown(void)
{
	stub_close(&stub);
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
start(enum stub_behaviour behaviour, struct conf *conf)
{
	stub_behaviour = behaviour;
	generation = generation_new(&stub.env, &events, NULL, &stub.listeners,
		conf, (unsigned)conf->workers, 1, NULL, &why);
	generations.first = generation;
	ck_assert_msg(generation != NULL, "%s", why.text);
	ck_assert_int_eq(generation_start(generation, false, &why), 0);
}

static void
serve(enum stub_behaviour behaviour, struct conf *conf)
{
	start(behaviour, conf);
	stub_wait(&stub, is_true, &is_ready, "ready");
	ck_assert_int_eq(generation_go(generation, &why), 0);
	ck_assert_int_eq(generation->state, GENERATION_CURRENT);
}

START_TEST(a_generation_serves_and_drains)
{
	serve(STUB_SERVES, stub_conf(3));
	ck_assert_uint_eq(generation_count(generation), 3);
	ck_assert_uint_eq(generation->listeners[0]->nlistening, 3);
	generation_drain(generation, 5000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

static const struct {
	enum stub_behaviour behaviour;
	const char *why;
} failures[] = {
	{ STUB_FAILS, "no such module" },
	{ STUB_CRASHES, "signal 9" },
	{ STUB_SILENT,
		"0 of 2 workers were ready, and no further one in 50 ms" },
};

START_TEST(a_generation_that_cannot_start_says_why_and_goes)
{
	struct conf *conf = stub_conf(2);

	conf->timeouts.ready =
		failures[_i].behaviour == STUB_SILENT ? 50 : 5000;
	start(failures[_i].behaviour, conf);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert(is_failed && !is_ready);
	ck_assert_msg(
		strstr(why.text, failures[_i].why) != NULL, "%s", why.text);
}
END_TEST

/* Each that is ready gives the next one as much time again. */
START_TEST(the_time_to_become_ready_is_that_of_one_worker)
{
	struct conf *conf = stub_conf(3);

	conf->timeouts.ready = 60000;
	start(STUB_SERVES, conf);
	ev_timer_stop(stub.env.loop, &generation->deadline);
	stub_wait(&stub, is_true, &is_ready, "ready");
	ck_assert(ev_is_active(&generation->deadline));
	ck_assert_int_eq(generation_go(generation, &why), 0);
	ck_assert(!ev_is_active(&generation->deadline));
	generation_drain(generation, 5000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

START_TEST(many_workers_start_some_at_a_time)
{
	start(STUB_SERVES, stub_conf(40));
	ck_assert_uint_eq(generation->nforked, 32);
	stub_wait(&stub, is_true, &is_ready, "ready");
	ck_assert_uint_eq(generation->nforked, 40);
	ck_assert_uint_eq(generation_count(generation), 40);
	ck_assert_int_eq(generation_go(generation, &why), 0);
	generation_drain(generation, 5000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

static bool
is_replaced(void *pid)
{
	const struct proc *p = &generation->procs[0];

	return p->pid != *(pid_t *)pid && p->state == PROC_SERVING;
}

START_TEST(a_worker_that_dies_is_replaced)
{
	pid_t pid;

	serve(STUB_SERVES, stub_conf(2));
	for (int i = 0; i < 2; i++) {
		pid = generation->procs[0].pid;
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		stub_wait(&stub, is_replaced, &pid, "a replacement");
	}
	ck_assert_uint_eq(generation_count(generation), 2);
	generation_drain(generation, 5000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

/* Whether or not that one had taken too little, it takes no more. */
START_TEST(a_giver_that_was_paused_goes_on_when_a_worker_dies)
{
	struct proc *giver;
	pid_t pid;

	serve(STUB_SERVES, stub_conf(2));
	giver = &generation->procs[1];
	proc_pause(giver);
	ck_assert(giver->channel.is_paused &&
		  !ev_is_active(&giver->channel.messages));
	pid = generation->procs[0].pid;
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	stub_wait(&stub, is_replaced, &pid, "a replacement");
	ck_assert(!giver->channel.is_paused &&
		  ev_is_active(&giver->channel.messages));
	generation_drain(generation, 5000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

/* ---- an outage ---------------------------------------------------------- */

static char log_name[] = "/tmp/check_generation.XXXXXX";

static void
keep_log(void)
{
	sink_fini(&stub.sink);
	sink_init(&stub.sink, SINK_FD, mkstemp(log_name), 4096, true);
	stub.log.level = LOG_LEVEL_NOTICE;
}

static bool
log_has(void *text)
{
	static char bytes[65536];
	ssize_t n;

	sink_flush(&stub.sink);
	n = pread(stub.sink.fd, bytes, sizeof(bytes) - 1, 0);
	ck_assert_int_ge(n, 0);
	bytes[n] = '\0';
	return strstr(bytes, text) != NULL;
}

START_TEST(an_outage_is_reported_with_its_reason_and_its_end)
{
	char outage[] = "no worker can start: nothing is served; trying again "
			"in ";
	char end[] = "in which nothing was served";

	keep_log();
	serve(STUB_SERVES, stub_conf(2));
	ck_assert(generation_is_serving(generation));
	stub_behaviour = STUB_FAILS;
	kill(generation->procs[0].pid, SIGKILL);
	kill(generation->procs[1].pid, SIGKILL);
	stub_wait(&stub, log_has, outage, "the outage");
	stub_wait(&stub, log_has, (char[]){ "s: no such module" }, "its cause");
	ck_assert(!generation_is_serving(generation));
	stub_behaviour = STUB_SERVES;
	stub_wait(&stub, log_has, end, "the end of the outage");
	generation_drain(generation, 5000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, is_gone, NULL, "gone");
	unlink(log_name);
}
END_TEST

/* ---- recycling ---------------------------------------------------------- */

/* As the worker of this process would. */
static void
ask_to_retire(const struct proc *p)
{
	struct channel_message m = { .kind = CHANNEL_RECYCLE };

	ck_assert_int_eq(channel_send(p->channel.far_end, &m), 0);
}

static bool
has_no_retired(void *arg)
{
	(void)arg;
	return generation->recycled == NULL;
}

/* Stubborn workers stay until they are killed. */
START_TEST(a_worker_retires_once)
{
	pid_t pid;
	struct proc *retired;

	serve(STUB_STUBBORN, stub_conf(2));
	pid = generation->procs[0].pid;
	ask_to_retire(&generation->procs[0]);
	stub_wait(&stub, is_replaced, &pid, "a replacement");
	retired = generation->recycled;
	ck_assert_int_eq(retired->pid, pid);
	pid = generation->procs[0].pid;
	ask_to_retire(retired);
	ask_to_retire(retired);
	stub_wait(&stub, has_no_retired, NULL, "the retired one's end");
	ck_assert_int_eq(generation->procs[0].pid, pid);
	ck_assert_int_eq(generation->procs[0].state, PROC_SERVING);
	ck_assert_uint_eq(generation_count(generation), 2);
	generation_kill(generation);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

START_TEST(a_worker_that_retires_twice_at_once_is_killed_and_none_is_lost)
{
	pid_t pid;

	serve(STUB_STUBBORN, stub_conf(2));
	pid = generation->procs[0].pid;
	for (int i = 0; i < 5; i++)
		ask_to_retire(&generation->procs[0]);
	stub_wait(&stub, is_replaced, &pid, "a replacement");
	stub_wait(&stub, has_no_retired, NULL, "the retired one's end");
	ck_assert_uint_eq(generation_count(generation), 2);
	generation_kill(generation);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

/* The master hears of its end first, and reads the rest then. */
START_TEST(a_worker_that_dies_as_it_retires_is_replaced)
{
	struct proc *p;
	int status;
	pid_t pid;

	serve(STUB_SERVES, stub_conf(2));
	p = &generation->procs[0];
	pid = p->pid;
	ask_to_retire(p);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(generation_reap(generation, pid, status));
	ck_assert_ptr_null(generation->recycled);
	stub_wait(&stub, is_replaced, &pid, "a replacement");
	generation_drain(generation, 5000, CHANNEL_DRAIN_SHUTDOWN);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

static void
drain_briefly(struct generation *g)
{
	generation_drain(g, 20, CHANNEL_DRAIN_RELOAD);
}

static void (*const goodbyes[])(struct generation *) = { drain_briefly,
	generation_stop, generation_kill };

START_TEST(a_worker_that_does_not_leave_is_killed)
{
	serve(STUB_STUBBORN, stub_conf(2));
	goodbyes[_i](generation);
	stub_wait(&stub, is_gone, NULL, "gone");
}
END_TEST

START_TEST(a_generation_that_is_refused_leaves_nothing)
{
	struct conf *conf = stub_conf(1);

	conf->log.error.path = "/nothing/here/error.log";
	ck_assert_ptr_null(generation_new(&stub.env, &events, NULL,
		&stub.listeners, conf, (unsigned)conf->workers, 1, NULL, &why));
	ck_assert(strstr(why.text, "/nothing/here/error.log") != NULL);
	conf_free(conf);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ a_generation_serves_and_drains, 0 },
		{ a_generation_that_cannot_start_says_why_and_goes,
			ROWS(failures) },
		{ the_time_to_become_ready_is_that_of_one_worker, 0 },
		{ many_workers_start_some_at_a_time, 0 },
		{ a_worker_that_dies_is_replaced, 0 },
		{ an_outage_is_reported_with_its_reason_and_its_end, 0 },
		{ a_worker_retires_once, 0 },
		{ a_worker_that_retires_twice_at_once_is_killed_and_none_is_lost,
			0 },
		{ a_worker_that_dies_as_it_retires_is_replaced, 0 },
		{ a_giver_that_was_paused_goes_on_when_a_worker_dies, 0 },
		{ a_worker_that_does_not_leave_is_killed, ROWS(goodbyes) },
		{ a_generation_that_is_refused_leaves_nothing, 0 },
	};

	return harness_run_with(&fixture, "generation", tests, ROWS(tests));
}
