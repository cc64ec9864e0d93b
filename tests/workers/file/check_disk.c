/*
 * Jobs: in threads, and tried by the loop with io_uring.
 * SPDX-License-Identifier: MIT
 */
#include "file/disk.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_URING
#include <liburing.h>
#endif

#include "common/conf.h"
#include "common/sink.h"
#include "file/page_miss.h"
#include "support/harness.h"
#include "support/test_deadline.h"

enum { JOBS = 1000 };

#ifdef HAVE_URING
static const int *submit_refusal; /* what io_uring_submit() says; or NULL */

int io_uring_submit(struct io_uring *);

/* Instead of liburing's. */
int
io_uring_submit(struct io_uring *ring)
{
	int (*submit)(struct io_uring *);

	if (submit_refusal != NULL)
		return *submit_refusal;
	*(void **)&submit = dlsym(RTLD_NEXT, "io_uring_submit");
	return submit(ring);
}
#endif

static struct ev_loop *loop;
static struct disk *disk;
static struct sink sink;
static struct log out = { .to = &sink, .level = LOG_LEVEL_ERROR };
static ev_timer late;

static struct work {
	struct disk_job job;
	pthread_t by; /* the thread that ran it */
	unsigned order;
	bool was_run, is_done;
	int tries;
} works[JOBS];
static unsigned ndone;
static atomic_uint nrun, at_gate;
static atomic_bool gate_is_open;

static void
on_late(struct ev_loop *l, ev_timer *t, int revents)
{
	(void)t;
	(void)revents;
	ev_break(l, EVBREAK_ALL);
}

static void
set_up_with(enum conf_disk_mode mode, int threads)
{
	const struct conf_disk conf = { .mode = mode, .threads = threads };

	loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	sink_init(&sink, SINK_OFF, -1, 4096, true);
	ev_timer_init(&late, on_late, DEADLINE / 1e3, 0.);
	ev_timer_start(loop, &late);
	disk = disk_open(loop, &conf, &out);
	memset(works, 0, sizeof(works));
	ndone = 0;
	nrun = at_gate = 0;
	gate_is_open = false;
}

static void
tear_down(void)
{
	ck_assert(disk_close(disk));
	ev_timer_stop(loop, &late);
	ev_loop_destroy(loop);
	sink_fini(&sink);
}

/* Until so many jobs are done. */
static void
run_until(unsigned count)
{
	while (ndone < count && ev_is_active(&late))
		ev_run(loop, EVRUN_ONCE);
	ck_assert_uint_eq(ndone, count);
}

static void
run(struct disk_job *job)
{
	struct work *w = (struct work *)job;

	w->by = pthread_self();
	w->order = atomic_fetch_add(&nrun, 1);
}

/* In a thread: until the test opens the gate. */
static void
run_at_gate(struct disk_job *job)
{
	run(job);
	atomic_fetch_add(&at_gate, 1);
	while (!gate_is_open)
		sched_yield();
}

static void
done(struct disk_job *job, bool was_run)
{
	struct work *w = (struct work *)job;

	ck_assert(!w->is_done);
	w->is_done = true;
	w->was_run = was_run;
	ndone++;
}

static void
start(int i, void (*f)(struct disk_job *), bool is_urgent)
{
	works[i].job.run = f;
	works[i].job.done = done;
	works[i].job.is_urgent = is_urgent;
	disk_start(disk, &works[i].job);
}

static void
wait_for_gate(unsigned count)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (at_gate < count && deadline_left(deadline) > 0)
		sched_yield();
	ck_assert_uint_eq(at_gate, count);
}

START_TEST(blocking_needs_nothing)
{
	set_up_with(CONF_DISK_BLOCKING, 8);
	ck_assert_ptr_null(disk);
	ck_assert_str_eq(disk_way(disk), "blocking");
	tear_down();
}
END_TEST

START_TEST(jobs_are_run_by_others_and_done_by_the_loop)
{
	set_up_with(CONF_DISK_THREADS, 4);
	ck_assert_str_eq(disk_way(disk), "threads");
	for (int i = 0; i < JOBS; i++) {
		start(i, run, false);
		if (i % 100 == 0)
			ev_run(loop, EVRUN_NOWAIT);
	}
	run_until(JOBS);
	for (int i = 0; i < JOBS; i++) {
		ck_assert(works[i].was_run);
		ck_assert(!pthread_equal(works[i].by, pthread_self()));
	}
	tear_down();
}
END_TEST

START_TEST(one_job_after_the_other_wakes_the_loop)
{
	set_up_with(CONF_DISK_THREADS, 4);
	for (int i = 0; i < JOBS; i++) {
		start(i, run, false);
		run_until((unsigned)i + 1);
	}
	tear_down();
}
END_TEST

START_TEST(each_job_has_a_thread_while_there_are_some)
{
	set_up_with(CONF_DISK_THREADS, 4);
	start(0, run, false);
	run_until(1);
	for (int i = 1; i < 5; i++)
		start(i, run_at_gate, false);
	wait_for_gate(4);
	gate_is_open = true;
	run_until(5);
	tear_down();
}
END_TEST

/* Returns how many of eight jobs for device 1, which hangs, got a thread. */
static unsigned
start_hung_jobs(int threads)
{
	unsigned share = (unsigned)(threads == 1 ? 1 : threads * 3 / 4);

	set_up_with(CONF_DISK_THREADS, threads);
	disk_add_device(disk, 1);
	disk_add_device(disk, 1);
	disk_add_device(disk, 2);
	for (int i = 0; i < 8; i++) {
		works[i].job.device = 1;
		start(i, run_at_gate, i % 2 == 0);
	}
	wait_for_gate(share);
	return share;
}

START_TEST(a_device_that_hangs_leaves_threads_for_the_others)
{
	start_hung_jobs(_i == 0 ? 8 : _i == 1 ? 4 : 2);
	for (int i = 8; i < 40; i++) {
		works[i].job.device = i % 3 == 0 ? 0 : 2;
		start(i, run, false);
	}
	run_until(32);
	ck_assert_uint_eq(nrun, 32 + at_gate);
	gate_is_open = true;
	run_until(40);
	tear_down();
}
END_TEST

START_TEST(the_end_drops_what_waits_for_a_device)
{
	unsigned share = start_hung_jobs(4), nrefused = 0;

	gate_is_open = true;
	tear_down();
	ck_assert_uint_eq(ndone, 8);
	for (int i = 0; i < 8; i++)
		nrefused += !works[i].was_run;
	ck_assert_uint_le(nrefused, 8 - share);
}
END_TEST

START_TEST(one_device_has_all_threads)
{
	set_up_with(CONF_DISK_THREADS, 4);
	disk_add_device(disk, 1);
	for (int i = 0; i < 4; i++) {
		works[i].job.device = 1;
		start(i, run_at_gate, false);
	}
	wait_for_gate(4);
	gate_is_open = true;
	run_until(4);
	tear_down();
}
END_TEST

START_TEST(what_is_urgent_comes_first)
{
	set_up_with(CONF_DISK_THREADS, 1);
	start(0, run_at_gate, false);
	wait_for_gate(1);
	for (int i = 1; i < 10; i++)
		start(i, run, i >= 5);
	gate_is_open = true;
	run_until(10);
	ck_assert_uint_eq(works[5].order, 1);
	ck_assert_uint_eq(works[9].order, 5);
	ck_assert_uint_eq(works[1].order, 6);
	tear_down();
}
END_TEST

START_TEST(the_end_waits_for_what_runs_and_drops_the_rest)
{
	set_up_with(CONF_DISK_THREADS, 1);
	start(0, run, false);
	run_until(1);
	for (int i = 1; i < 10; i++)
		start(i, run, false);
	tear_down();
	ck_assert_uint_eq(ndone, 10);
}
END_TEST

START_TEST(threads_take_no_signals)
{
	sigset_t pending, usr1, before;

	set_up_with(CONF_DISK_THREADS, 2);
	start(0, run, false);
	run_until(1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, &before);
	kill(getpid(), SIGUSR1);
	sigpending(&pending);
	ck_assert(sigismember(&pending, SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	tear_down();
}
END_TEST

/* ---- tried -------------------------------------------------------------- */

static struct page_miss miss_of_first_try;

static bool
try_twice(struct disk_job *job, struct page_miss *miss)
{
	struct work *w = (struct work *)job;

	w->by = pthread_self();
	if (w->tries++ > 0)
		return true;
	if (miss_of_first_try.kind == PAGE_MISS_PATH)
		page_miss_path(
			miss, miss_of_first_try.fd, miss_of_first_try.path);
	else if (miss_of_first_try.kind == PAGE_MISS_READ)
		page_miss_read(miss, miss_of_first_try.fd, 0, 100);
	else
		page_miss_other(miss);
	return false;
}

static const struct {
	enum page_miss_kind kind;
	const char *path;
} misses[] = {
	{ PAGE_MISS_PATH, "exe" },
	{ PAGE_MISS_PATH, "no/such/file" },
	{ PAGE_MISS_PATH, "cwd/../../.." },
	{ PAGE_MISS_READ, "exe" },
	{ PAGE_MISS_READ, "." }, /* a directory can't be read */
	{ PAGE_MISS_OTHER, "" },
};

START_TEST(a_job_is_tried_again_when_what_it_missed_has_come)
{
	struct page_miss *m = &miss_of_first_try;
	bool has_ring;

	set_up_with(CONF_DISK_AUTO, 1);
	has_ring = strcmp(disk_way(disk), "threads") != 0;
	m->kind = misses[_i].kind;
	m->fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(m->fd, -1);
	if (m->kind == PAGE_MISS_READ)
		m->fd = openat(m->fd, misses[_i].path, O_RDONLY | O_CLOEXEC);
	strcpy(m->path, misses[_i].path);
	works[0].job.try = try_twice;
	start(0, run, false);
	ck_assert_uint_eq(ndone, 0);
	run_until(1);
	ck_assert(works[0].was_run);
	if (has_ring && m->kind != PAGE_MISS_OTHER) {
		ck_assert_int_eq(works[0].tries, 2);
		ck_assert(pthread_equal(works[0].by, pthread_self()));
	} else {
		ck_assert(!pthread_equal(works[0].by, pthread_self()));
	}
	tear_down();
}
END_TEST

static bool
try_for_ever(struct disk_job *job, struct page_miss *miss)
{
	((struct work *)job)->tries++;
	page_miss_path(miss, AT_FDCWD, "no/such/file");
	return false;
}

START_TEST(what_is_tried_in_vain_is_run_in_the_end)
{
	set_up_with(CONF_DISK_AUTO, 1);
	works[0].job.try = try_for_ever;
	start(0, run, false);
	run_until(1);
	ck_assert(works[0].was_run);
	ck_assert(!pthread_equal(works[0].by, pthread_self()));
	tear_down();
}
END_TEST

START_TEST(the_end_drops_what_waits_in_the_ring)
{
	set_up_with(CONF_DISK_AUTO, 1);
	for (int i = 0; i < 200; i++) {
		works[i].job.try = try_for_ever;
		start(i, run, false);
	}
	tear_down();
	ck_assert_uint_eq(ndone, 200);
}
END_TEST

/* Starts another one when it ends, as one that looks again does. */
static void
done_and_again(struct disk_job *job, bool was_run)
{
	done(job, was_run);
	if (was_run)
		start(100 + (int)((struct work *)job - works), run, false);
}

static const int modes[] = { CONF_DISK_THREADS, CONF_DISK_AUTO };

START_TEST(what_a_job_starts_at_the_end_is_dropped)
{
	set_up_with(modes[_i], 2);
	for (int i = 0; i < 20; i++) {
		works[i].job.run = run;
		works[i].job.try = try_for_ever;
		works[i].job.done = done_and_again;
		disk_start(disk, &works[i].job);
	}
	tear_down();
	for (int i = 0; i < 20; i++) {
		ck_assert(works[i].is_done);
		ck_assert_int_eq(works[100 + i].is_done, works[i].was_run);
		ck_assert(!works[100 + i].was_run);
	}
}
END_TEST

#ifdef HAVE_URING
static const int refusals[] = { -EAGAIN, -EPERM, -EBUSY, -ENOMEM, 0 };

START_TEST(what_the_ring_does_not_take_is_run_by_threads)
{
	set_up_with(CONF_DISK_AUTO, 2);
	submit_refusal = &refusals[_i];
	for (int i = 0; i < 300; i++) {
		works[i].job.try = try_for_ever;
		start(i, run, false);
	}
	run_until(300);
	for (int i = 0; i < 300; i++)
		ck_assert(works[i].was_run);
	/* The kernel takes them again: nothing old is mistaken for an answer.
	 */
	submit_refusal = NULL;
	for (int i = 300; i < 320; i++) {
		works[i].job.try = try_for_ever;
		start(i, run, false);
	}
	run_until(320);
	tear_down();
}
END_TEST
#endif

int
main(void)
{
	const struct harness_test tests[] = {
		{ blocking_needs_nothing, 0 },
		{ jobs_are_run_by_others_and_done_by_the_loop, 0 },
		{ one_job_after_the_other_wakes_the_loop, 0 },
		{ each_job_has_a_thread_while_there_are_some, 0 },
		{ a_device_that_hangs_leaves_threads_for_the_others, 3 },
		{ the_end_drops_what_waits_for_a_device, 0 },
		{ one_device_has_all_threads, 0 },
		{ what_is_urgent_comes_first, 0 },
		{ the_end_waits_for_what_runs_and_drops_the_rest, 0 },
		{ threads_take_no_signals, 0 },
		{ a_job_is_tried_again_when_what_it_missed_has_come,
			ROWS(misses) },
		{ what_is_tried_in_vain_is_run_in_the_end, 0 },
		{ the_end_drops_what_waits_in_the_ring, 0 },
		{ what_a_job_starts_at_the_end_is_dropped, ROWS(modes) },
#ifdef HAVE_URING
		{ what_the_ring_does_not_take_is_run_by_threads,
			ROWS(refusals) },
#endif
	};

	return harness_run("disk", tests, ROWS(tests));
}
