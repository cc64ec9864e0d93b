/*
 * One worker's process, played by a stub.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/proc.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "support/harness.h"
#include "support/stub_proc.h"

/* So many calls fail first; in a child none does. */
static unsigned sends_to_fail;
static int send_error = EPERM;

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (sends_to_fail > 0) {
		sends_to_fail--;
		errno = send_error;
		return -1;
	}
	return syscall(SYS_sendmsg, fd, msg, flags);
}

static void
start(enum stub_behaviour behaviour)
{
	struct heritage h = { .logs.error = -1 };
	struct error_text why;

	stub_behaviour = behaviour;
	ck_assert_int_eq(proc_fork(&proc, &h, &why), 0);
}

static bool
is_ready(void *arg)
{
	(void)arg;
	return proc.state == PROC_READY;
}

static bool
is_gone(void *arg)
{
	(void)arg;
	return proc.state == PROC_NONE;
}

static void
tell(enum channel_kind kind)
{
	struct channel_message m = { .kind = kind };

	proc_tell(&proc, &m);
}

START_TEST(a_worker_lives_from_fork_to_drain)
{
	start(STUB_SERVES);
	ck_assert_int_eq(proc.state, PROC_STARTING);
	stub_wait(&stub, is_ready, NULL, "ready");
	tell(CHANNEL_GO);
	ck_assert_int_eq(proc.state, PROC_SERVING);
	tell(CHANNEL_DRAIN);
	ck_assert_int_eq(proc.state, PROC_LEAVING);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_str_eq(how.text, "exit status 0");
	ck_assert_uint_eq(messages, 1);
}
END_TEST

static const struct {
	enum stub_behaviour behaviour;
	const char *how;
} ends[] = {
	{ STUB_FAILS, "no such module" },
	{ STUB_CRASHES,
		"signal 9 while serving GET /\\x1b; not sent by the master: "
		"out of memory? see dmesg, and oom_kill in memory.events of "
		"the cgroup" },
};

START_TEST(an_end_says_why)
{
	start(ends[_i].behaviour);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_str_eq(how.text, ends[_i].how);
}
END_TEST

START_TEST(the_timer_ends_a_worker_that_says_nothing)
{
	start(STUB_SILENT);
	proc_start_timer(&proc, 0.01);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_str_eq(how.text, "signal 9");
}
END_TEST

START_TEST(what_a_worker_counted_survives_it)
{
	start(STUB_CRASHES);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_uint_eq(
		scoreboard_past(&stub.scoreboard)->totals.requests, 1);
	ck_assert_uint_eq(scoreboard_past(&stub.scoreboard)->totals.workers, 1);
}
END_TEST

static int
only_heritage_is_open(const struct heritage *h)
{
	struct channel_message m = { .kind = CHANNEL_READY };

	for (int fd = STDERR_FILENO + 1; fd < 256; fd++)
		if (fd != h->channel && fd != h->logs.access[0] &&
			fcntl(fd, F_GETFD) != -1)
			return 1;
	if (fcntl(h->logs.access[0], F_GETFD) == -1)
		return 2;
	channel_send(h->channel, &m);
	return 0;
}

START_TEST(a_worker_has_the_descriptors_of_its_heritage_and_no_others)
{
	int kept = open("/dev/null", O_WRONLY);
	int other = fcntl(kept, F_DUPFD, 100);
	struct heritage h = {
		.logs.error = -1, .logs.access = &kept, .logs.naccess = 1
	};
	struct error_text why;

	stub.env.worker = only_heritage_is_open;
	ck_assert_int_eq(proc_fork(&proc, &h, &why), 0);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_str_eq(how.text, "exit status 0");
	close(kept);
	close(other);
}
END_TEST

static const struct {
	unsigned failures;
	double least, most;
} back_offs[] = {
	{ 0, 0, 0 },
	{ 1, 0.05, 0.1 },
	{ 2, 0.1, 0.2 },
	{ 5, 0.8, 1.6 },
	{ 8, 5, 10 },
	{ 1000000, 5, 10 },
};

/* It is stopped, so it reads none of them. */
START_TEST(connections_on_their_way_to_a_dead_worker_are_its_successors)
{
	enum { MANY = 5 };
	struct channel_message m = { .kind = CHANNEL_CONN, .nfds = 1 };
	siginfo_t info;
	int pipe_ends[2];
	char byte;

	start(STUB_SERVES);
	stub_wait(&stub, is_ready, NULL, "ready");
	tell(CHANNEL_GO);
	ck_assert_int_eq(kill(proc.pid, SIGSTOP), 0);
	ck_assert_int_eq(
		waitid(P_PID, (id_t)proc.pid, &info, WSTOPPED | WNOWAIT), 0);
	ck_assert_int_eq(pipe(pipe_ends), 0);
	m.fds[0] = pipe_ends[1];
	for (int i = 0; i < MANY; i++) {
		snprintf(m.text, sizeof(m.text), "%d", i);
		proc_pass(&proc, &m);
	}
	close(pipe_ends[1]);
	proc_kill(&proc);
	stub_wait(&stub, is_gone, NULL, "gone");
	for (int i = 0; i < MANY; i++) {
		ck_assert(send_queue_take(&proc.channel.send_queue, &m));
		ck_assert_int_eq(m.kind, CHANNEL_CONN);
		ck_assert_int_eq(m.nfds, 1);
		ck_assert_int_eq(m.text[0], '0' + i);
		ck_assert_int_eq(write(m.fds[0], m.text, 1), 1);
		ck_assert_int_eq(read(pipe_ends[0], &byte, 1), 1);
		ck_assert_int_eq(byte, m.text[0]);
		close(m.fds[0]);
	}
	ck_assert(!send_queue_take(&proc.channel.send_queue, &m));
	/* No other process holds the pipe. */
	ck_assert_int_eq(read(pipe_ends[0], &byte, 1), 0);
	close(pipe_ends[0]);
	proc_fini(&proc);
}
END_TEST

static void
limit_fds(rlim_t most)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = most;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* The worker passes a connection on, and says another thing behind it; the
 * master has no descriptor left. */
static void
say_without_room(void)
{
	struct channel_message m = {
		.kind = CHANNEL_CONN, .nfds = 1, .len = 1
	};
	int top;

	start(STUB_SERVES);
	stub_wait(&stub, is_ready, NULL, "ready");
	tell(CHANNEL_GO);
	ck_assert_uint_eq(messages, 1);
	m.fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(channel_send(proc.channel.far_end, &m), 0);
	close(m.fds[0]);
	m = (struct channel_message){ .kind = CHANNEL_RECYCLE };
	ck_assert_int_eq(channel_send(proc.channel.far_end, &m), 0);
	top = dup(STDERR_FILENO);
	close(top);
	limit_fds((rlim_t)top);
}

static bool
has_failed_to_read(void *arg)
{
	(void)arg;
	return proc.channel.failed_recvs > 1;
}

static bool
has_messages(void *arg)
{
	return messages >= *(unsigned *)arg;
}

static void
end_worker(void)
{
	tell(CHANNEL_STOP);
	stub_wait(&stub, is_gone, NULL, "gone");
	proc_fini(&proc);
}

START_TEST(a_message_waits_until_the_master_has_descriptors)
{
	say_without_room();
	stub_wait(&stub, has_failed_to_read, NULL, "failed");
	ck_assert_uint_eq(messages, 1);
	limit_fds(256);
	stub_wait(&stub, has_messages, &(unsigned){ 2 }, "both");
	end_worker();
}
END_TEST

START_TEST(a_master_that_stays_short_reads_on_behind_the_message)
{
	say_without_room();
	stub_wait(&stub, has_messages, &(unsigned){ 2 }, "the second");
	ck_assert(ev_is_active(&proc.channel.messages));
	limit_fds(256);
	end_worker();
	ck_assert_uint_eq(messages, 2);
}
END_TEST

static bool
has_sent_all(void *arg)
{
	(void)arg;
	return proc.channel.send_queue.first == NULL;
}

START_TEST(an_order_that_cannot_be_sent_is_sent_again)
{
	start(STUB_SERVES);
	stub_wait(&stub, is_ready, NULL, "ready");
	sends_to_fail = CHANNEL_ATTEMPTS / 2;
	tell(CHANNEL_GO);
	ck_assert(!has_sent_all(NULL));
	stub_wait(&stub, has_sent_all, NULL, "sent");
	ck_assert_uint_eq(sends_to_fail, 0);
	end_worker();
	ck_assert_str_eq(how.text, "exit status 0");
}
END_TEST

/* The channel has room meanwhile: without a pause the loop would only turn. */
START_TEST(too_many_descriptors_in_flight_are_waited_for)
{
	int64_t began;

	start(STUB_SERVES);
	stub_wait(&stub, is_ready, NULL, "ready");
	send_error = ETOOMANYREFS;
	sends_to_fail = 2;
	began = clock_now_ms();
	tell(CHANNEL_GO);
	stub_wait(&stub, has_sent_all, NULL, "sent");
	ck_assert_int_ge(
		clock_now_ms() - began, (int64_t)(CHANNEL_PAUSE * 1000) / 2);
	end_worker();
	ck_assert_str_eq(how.text, "exit status 0");
}
END_TEST

START_TEST(a_worker_that_cannot_be_told_to_serve_is_killed)
{
	start(STUB_SERVES);
	stub_wait(&stub, is_ready, NULL, "ready");
	sends_to_fail = 1000;
	tell(CHANNEL_GO);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_str_eq(how.text, "signal 9");
	proc_fini(&proc);
}
END_TEST

START_TEST(a_back_off_doubles_up_to_ten_seconds)
{
	double delay = proc_back_off(back_offs[_i].failures);

	ck_assert(delay >= back_offs[_i].least);
	ck_assert(delay <= back_offs[_i].most);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = stub_proc_open,
		.teardown = stub_proc_close };
	const struct harness_test tests[] = {
		{ a_worker_lives_from_fork_to_drain, 0 },
		{ an_end_says_why, ROWS(ends) },
		{ the_timer_ends_a_worker_that_says_nothing, 0 },
		{ what_a_worker_counted_survives_it, 0 },
		{ a_worker_has_the_descriptors_of_its_heritage_and_no_others,
			0 },
		{ connections_on_their_way_to_a_dead_worker_are_its_successors,
			0 },
		{ a_message_waits_until_the_master_has_descriptors, 0 },
		{ a_master_that_stays_short_reads_on_behind_the_message, 0 },
		{ an_order_that_cannot_be_sent_is_sent_again, 0 },
		{ too_many_descriptors_in_flight_are_waited_for, 0 },
		{ a_worker_that_cannot_be_told_to_serve_is_killed, 0 },
		{ a_back_off_doubles_up_to_ten_seconds, ROWS(back_offs) },
	};

	return harness_run_with(&fixture, "proc", tests, ROWS(tests));
}
