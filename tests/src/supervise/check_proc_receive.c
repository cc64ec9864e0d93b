/*
 * Messages that a worker may not send.
 * SPDX-License-Identifier: MIT
 */
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/proc.h"
#include "supervise/proc_receive.h"
#include "support/harness.h"
#include "support/stub_proc.h"
#include "support/test_deadline.h"

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
serve(void)
{
	struct channel_message go = { .kind = CHANNEL_GO };
	struct heritage h = { .logs.error = -1 };
	struct error_text why;

	stub_behaviour = STUB_SERVES;
	ck_assert_int_eq(proc_fork(&proc, &h, &why), 0);
	stub_wait(&stub, is_ready, NULL, "ready");
	proc_tell(&proc, &go);
	ck_assert_uint_eq(messages, 1);
}

#define KILLED "SIGKILL of the master: it "

struct head {
	uint16_t version;
	uint8_t kind, nfds;
	uint32_t len;
};

#define HEAD(kind, nfds, len)                                                  \
	{                                                                      \
		CHANNEL_VERSION, kind, nfds, len                               \
	}

/* What a worker may not say; as it could say it to the socket. */
static const struct {
	struct head head;
	size_t len; /* that is sent, with the head; 0: as the head says */
	int nfds;   /* of /dev/null, the same */
	const char *what;
} offences[] = {
	{ HEAD(CHANNEL_READY, 0, 0), 0, 0, "sent READY behind READY" },
	{ HEAD(CHANNEL_FAILED, 0, 0), 0, 0, "sent FAILED behind READY" },
	{ HEAD(CHANNEL_GO, 0, 0), 0, 0,
		"sent GO, which only the master sends" },
	{ HEAD(CHANNEL_RECYCLE, 0, 1), 0, 0,
		"sent RECYCLE with 1 bytes of text" },
	{ HEAD(CHANNEL_RECYCLE, 1, 0), 0, 0,
		"sent RECYCLE with 1 descriptors" },
	{ HEAD(CHANNEL_CONN, 1, 1), 0, 0,
		"sent CONN with a descriptor that is not a connection" },
	{ HEAD(CHANNEL_CONN, 0, 1), 0, 0, "sent CONN with 0 descriptors" },
	{ HEAD(0, 0, 0), 0, 0, "sent a malformed message" },
	{ HEAD(CHANNEL_KINDS, CHANNEL_FDS, 0), 0, 0,
		"sent a malformed message" },
	{ HEAD(UINT8_MAX, 1, 0), 0, 0, "sent a malformed message" },
	{ { 1, CHANNEL_RECYCLE, 0, 0 }, 0, 0, "sent a malformed message" },
	{ HEAD(CHANNEL_RECYCLE, 0, 0), 1, 0, "sent a malformed message" },
	{ HEAD(CHANNEL_CONN, 1, 9), 8, 0, "sent a malformed message" },
	{ HEAD(CHANNEL_CONN, 1, 1), 0, 2, "sent a malformed message" },
	{ HEAD(CHANNEL_CONN, CHANNEL_FDS + 1, 1), 0, 0,
		"sent a malformed message" },
	{ HEAD(CHANNEL_CONN, 200, 1), 0, 0, "sent a malformed message" },
	{ HEAD(CHANNEL_CONN, 1, CHANNEL_TEXT), 0, 0,
		"sent a malformed message" },
};

static void
send_raw(int to, struct head head, size_t len, int nfds)
{
	static char bytes[sizeof(head) + CHANNEL_TEXT];
	static char control[CMSG_SPACE(253 * sizeof(int))]
		__attribute__((aligned(8)));
	struct iovec iov = { bytes, len > 0 ? len : sizeof(head) + head.len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct cmsghdr *c;

	memcpy(bytes, &head, sizeof(head));
	if (nfds == 0)
		nfds = head.nfds;
	if (nfds > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		for (int i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(c) + (size_t)i * sizeof(int), &fd,
				sizeof(fd));
	}
	ck_assert_int_eq(sendmsg(to, &msg, 0), (ssize_t)iov.iov_len);
	close(fd);
}

static int
count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* Another process closes them. */
static void
wait_for_fds(int expected)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (count_fds() != expected && deadline_left(deadline) > 0)
		sched_yield();
	ck_assert_int_eq(count_fds(), expected);
}

START_TEST(a_worker_that_sends_what_it_may_not_is_killed)
{
	int before = count_fds();

	serve();
	for (int i = 0; i < 3; i++)
		send_raw(proc.channel.far_end, offences[_i].head,
			offences[_i].len, offences[_i].nfds);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_msg(
		strncmp(how.text, KILLED, strlen(KILLED)) == 0, "%s", how.text);
	ck_assert_str_eq(how.text + strlen(KILLED), offences[_i].what);
	ck_assert_uint_eq(messages, 1);
	proc_fini(&proc);
	wait_for_fds(before);
}
END_TEST

/* The watchdog asks for it, in case epoll refused the channel. */
START_TEST(a_worker_whose_message_was_refused_is_not_watched_again)
{
	serve();
	send_raw(proc.channel.far_end, (struct head)HEAD(CHANNEL_GO, 0, 0), 0,
		0);
	proc_receive(&proc);
	proc_watch_again(&proc);
	ck_assert(!ev_is_active(&proc.channel.messages));
	stub_wait(&stub, is_gone, NULL, "gone");
	proc_fini(&proc);
}
END_TEST

static void
send_nothing(int fd)
{
	ck_assert_int_eq(send(fd, "", 0, 0), 0);
}

static void
shut_down(int fd)
{
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
}

static void (*const ends[])(int fd) = { send_nothing, shut_down };

/* recvmsg(2) returns 0, as at EOF. */
START_TEST(a_worker_that_sends_an_empty_message_is_killed)
{
	int before = count_fds();

	serve();
	ends[_i](proc.channel.far_end);
	stub_wait(&stub, is_gone, NULL, "gone");
	ck_assert_str_eq(how.text, KILLED "sent an empty message");
	proc_fini(&proc);
	wait_for_fds(before);
}
END_TEST

/* Its last messages are read when it was reaped: then its pid is another's. */
START_TEST(what_a_dead_worker_may_not_have_said_kills_no_process)
{
	int status;
	pid_t pid;

	serve();
	send_raw(proc.channel.far_end, (struct head)HEAD(CHANNEL_GO, 0, 0), 0,
		0);
	pid = proc.pid;
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* kill(2) of this test's group would end it. */
	proc.pid = 0;
	proc_reap(&proc, status, &how);
	ck_assert_str_eq(how.text, "it sent GO, which only the master sends");
	proc_fini(&proc);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = stub_proc_open,
		.teardown = stub_proc_close };
	const struct harness_test tests[] = {
		{ a_worker_that_sends_what_it_may_not_is_killed,
			ROWS(offences) },
		{ a_worker_whose_message_was_refused_is_not_watched_again, 0 },
		{ a_worker_that_sends_an_empty_message_is_killed, ROWS(ends) },
		{ what_a_dead_worker_may_not_have_said_kills_no_process, 0 },
	};

	return harness_run_with(&fixture, "proc_receive", tests, ROWS(tests));
}
