/*
 * Both ends in one process; a strange peer is played with sendmsg(2).
 * SPDX-License-Identifier: MIT
 */
#include "common/channel.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/channel_drain.h"
#include "support/harness.h"

enum { FD_TOP = 128, SOME_FDS = CHANNEL_FDS + 8 };

static int ends[2];

static void
open_ends(void)
{
	ck_assert_int_eq(channel_open(ends), 0);
}

static void
close_ends(void)
{
	close(ends[0]);
	close(ends[1]);
}

static int
count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < FD_TOP; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static struct channel_message
message(enum channel_kind kind, const char *text)
{
	struct channel_message m = { .kind = kind };

	strcpy(m.text, text);
	return m;
}

/* Sends bytes and descriptors as channel_send() never would. */
static void
send_raw(const void *bytes, size_t len, int fd, size_t nfds)
{
	char control[CMSG_SPACE(SOME_FDS * sizeof(int))]
		__attribute__((aligned(8)));
	struct iovec iov = { (void *)bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nfds > 0) {
		memset(control, 0, sizeof(control));
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		for (size_t i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd,
				sizeof(int));
	}
	ck_assert_int_eq(sendmsg(ends[0], &msg, 0), (ssize_t)len);
}

START_TEST(both_ends_are_non_blocking_and_close_on_exec)
{
	for (int i = 0; i < 2; i++) {
		ck_assert(fcntl(ends[i], F_GETFL) & O_NONBLOCK);
		ck_assert(fcntl(ends[i], F_GETFD) & FD_CLOEXEC);
	}
}
END_TEST

static const char *const texts[] = { "", "x", "cannot open /srv/www" };

START_TEST(a_message_arrives_as_it_was_sent)
{
	struct channel_message m = message(CHANNEL_FAILED, texts[_i]), got;

	memset(&got, 0xff, sizeof(got));
	ck_assert_int_eq(channel_send(ends[1], &m), 0);
	ck_assert_int_eq(channel_recv(ends[0], &got), 1);
	ck_assert_int_eq(got.kind, CHANNEL_FAILED);
	ck_assert_str_eq(got.text, texts[_i]);
	ck_assert_int_eq(got.nfds, 0);
}
END_TEST

START_TEST(a_text_of_full_length_arrives)
{
	struct channel_message m = message(CHANNEL_DRAIN, ""), got;

	memset(m.text, 'x', CHANNEL_TEXT); /* not even a terminator */
	ck_assert_int_eq(channel_send(ends[1], &m), 0);
	ck_assert_int_eq(channel_recv(ends[0], &got), 1);
	ck_assert_uint_eq(strlen(got.text), CHANNEL_TEXT - 1);
}
END_TEST

START_TEST(bytes_with_a_length_arrive_whatever_they_are)
{
	struct channel_message m = message(CHANNEL_DRAIN, ""), got;

	m.len = CHANNEL_TEXT - 1;
	for (size_t i = 0; i < m.len; i++)
		m.text[i] = (char)(i % 7);
	ck_assert_int_eq(channel_send(ends[1], &m), 0);
	ck_assert_int_eq(channel_recv(ends[0], &got), 1);
	ck_assert_uint_eq(got.len, m.len);
	ck_assert_mem_eq(got.text, m.text, m.len);
}
END_TEST

static const enum channel_drain_mode modes[] = { CHANNEL_DRAIN_SHUTDOWN,
	CHANNEL_DRAIN_UPGRADE, CHANNEL_DRAIN_HANDOVER, CHANNEL_DRAIN_RELOAD,
	CHANNEL_DRAIN_RECYCLE };

START_TEST(a_drain_order_arrives_with_its_mode_and_addresses)
{
	struct channel_drain sent = { .mode = modes[_i],
		.naddresses = CHANNEL_DRAIN_ADDRESSES };
	struct channel_drain received;
	struct channel_message m;

	for (unsigned i = 0; i < CHANNEL_DRAIN_ADDRESSES; i++)
		sent.addresses[i] = i * 3;
	channel_drain_write(&m, &sent);
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_recv(ends[1], &m), 1);
	channel_drain_read(&m, &received);
	ck_assert_mem_eq(&received, &sent, sizeof(sent));
}
END_TEST

START_TEST(descriptors_arrive_close_on_exec_and_refer_to_the_same_file)
{
	struct channel_message m = message(CHANNEL_CONN, "x"), got;
	struct stat here, there;
	int n = _i + 1, before, fd = open("/dev/null", O_WRONLY);

	before = count_fds();
	m.nfds = n;
	for (int i = 0; i < n; i++)
		m.fds[i] = fd;
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_recv(ends[1], &got), 1);
	ck_assert_int_eq(got.nfds, n);
	ck_assert_int_eq(fstat(fd, &here), 0);
	for (int i = 0; i < n; i++) {
		ck_assert(fcntl(got.fds[i], F_GETFD) & FD_CLOEXEC);
		ck_assert_int_eq(fstat(got.fds[i], &there), 0);
		ck_assert_uint_eq(there.st_rdev, here.st_rdev);
		close(got.fds[i]);
	}
	ck_assert_int_eq(count_fds(), before);
	close(fd);
}
END_TEST

START_TEST(an_empty_channel_says_eagain)
{
	struct channel_message got;

	ck_assert_int_eq(channel_recv(ends[0], &got), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(a_full_channel_says_eagain_and_keeps_what_is_in_it)
{
	struct channel_message m = message(CHANNEL_FAILED, "go"), got;
	int sent = 0, received = 0;

	while (sent < 1000000 && channel_send(ends[0], &m) == 0)
		sent++;
	ck_assert_int_eq(errno, EAGAIN);
	while (channel_recv(ends[1], &got) == 1)
		received++;
	ck_assert_int_gt(sent, 0);
	ck_assert_int_eq(received, sent);
}
END_TEST

START_TEST(the_end_of_the_other_is_eof_for_recv_and_epipe_for_send)
{
	struct channel_message m = message(CHANNEL_GO, ""), got;

	close(ends[0]);
	ends[0] = -1;
	ck_assert_int_eq(channel_recv(ends[1], &got), 0);
	ck_assert_int_eq(channel_send(ends[1], &m), -1);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

START_TEST(last_words_arrive_though_the_speaker_died_with_mail_unread)
{
	struct channel_message m = message(CHANNEL_FAILED, "no module"), got;

	ck_assert_int_eq(channel_send(ends[1], &m), 0);
	m.kind = CHANNEL_GO;
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	close(ends[1]);
	ends[1] = -1;
	ck_assert_int_eq(channel_recv(ends[0], &got), 1);
	ck_assert_int_eq(got.kind, CHANNEL_FAILED);
	ck_assert_str_eq(got.text, "no module");
	ck_assert_int_eq(channel_recv(ends[0], &got), 0);
}
END_TEST

START_TEST(send_to_one_who_died_with_mail_unread_says_epipe)
{
	struct channel_message m = message(CHANNEL_GO, "");

	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	close(ends[1]);
	ends[1] = -1;
	ck_assert_int_eq(channel_send(ends[0], &m), -1);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

struct head {
	uint16_t version;
	uint8_t kind, nfds;
	uint32_t len;
};

static const struct strange {
	struct head head;
	size_t len;  /* that is sent, with the head; 0: as the head says */
	size_t nfds; /* the same; 0: as the head says */
} strange[] = {
	/* versions */
	{ { 0, CHANNEL_GO, 0, 0 }, 0, 0 },
	{ { CHANNEL_VERSION - 1, CHANNEL_GO, 0, 0 }, 0, 0 },
	{ { CHANNEL_VERSION + 1, CHANNEL_GO, 0, 0 }, 0, 0 },
	{ { CHANNEL_VERSION << 8, CHANNEL_GO, 0, 0 }, 0, 0 },
	/* kinds */
	{ { CHANNEL_VERSION, 0, 0, 0 }, 0, 0 },
	{ { CHANNEL_VERSION, 0, 1, 0 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_KINDS, CHANNEL_FDS, 0 }, 0, 0 },
	{ { CHANNEL_VERSION, UINT8_MAX, 1, 0 }, 0, 0 },
	/* lengths */
	{ { CHANNEL_VERSION, CHANNEL_GO, 0, 0 }, 1, 0 },
	{ { CHANNEL_VERSION, CHANNEL_GO, 2, 0 }, 7, 0 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, 1, 48 }, 8 + 47, 0 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, 1, 48 }, 8 + 49, 0 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, 1, UINT32_MAX }, 8 + 48, 0 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, 1, CHANNEL_TEXT }, 0, 0 },
	/* descriptors */
	{ { CHANNEL_VERSION, CHANNEL_REOPEN, 1, 1 }, 0, 2 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, 3, 48 }, 0, 2 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, CHANNEL_FDS + 1, 1 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, SOME_FDS, 1 }, 0, 0 },
	/* limits of the kind */
	{ { CHANNEL_VERSION, CHANNEL_GO, 0, 1 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_GO, 1, 0 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_READY, 0, 65 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_REOPEN, 1, 11 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, 0, 48 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_CONN, 1, 0 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_DRAIN, 0, 0 }, 0, 0 },
	{ { CHANNEL_VERSION, CHANNEL_REBALANCE, 0, 17 }, 0, 0 },
};

START_TEST(a_strange_message_is_refused_and_leaks_no_descriptor)
{
	const struct strange *s = &strange[_i];
	struct channel_message m = message(CHANNEL_FAILED, "fine"), got;
	static char bytes[sizeof(s->head) + CHANNEL_TEXT];
	int before = count_fds();

	memcpy(bytes, &s->head, sizeof(s->head));
	send_raw(bytes, s->len > 0 ? s->len : sizeof(s->head) + s->head.len,
		STDERR_FILENO, s->nfds > 0 ? s->nfds : s->head.nfds);
	ck_assert_int_eq(channel_recv(ends[1], &got), -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(got.nfds, 0);
	ck_assert_int_eq(count_fds(), before);

	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_recv(ends[1], &got), 1);
	ck_assert_str_eq(got.text, "fine");
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

/* Of the descriptors in a message, so many find room. */
static const int rooms[] = { 0, 1, CHANNEL_FDS - 1 };

static void
fill_but(int room)
{
	struct channel_message m = message(CHANNEL_CONN, "first");
	int top = dup(STDERR_FILENO);

	close(top);
	for (m.nfds = 0; m.nfds < CHANNEL_FDS; m.nfds++)
		m.fds[m.nfds] = STDERR_FILENO;
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	m = message(CHANNEL_FAILED, "second");
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	limit_fds((rlim_t)(top + room));
}

START_TEST(a_message_without_room_for_its_descriptors_stays)
{
	struct channel_message got;
	int before = count_fds();

	fill_but(rooms[_i]);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(channel_recv(ends[1], &got), -1);
		ck_assert_int_eq(errno, EMFILE);
		ck_assert_int_eq(got.nfds, 0);
		ck_assert_int_eq(count_fds(), before);
	}
	limit_fds(FD_TOP);
	ck_assert_int_eq(channel_recv(ends[1], &got), 1);
	ck_assert_str_eq(got.text, "first");
	ck_assert_int_eq(got.nfds, CHANNEL_FDS);
	ck_assert_int_eq(count_fds(), before + CHANNEL_FDS);
	ck_assert_int_eq(channel_recv(ends[1], &got), 1);
	ck_assert_str_eq(got.text, "second");
}
END_TEST

START_TEST(a_message_that_is_skipped_leaves_the_next_one)
{
	struct channel_message got;

	fill_but(rooms[_i]);
	channel_skip(ends[1]);
	ck_assert_int_eq(channel_recv(ends[1], &got), 1);
	ck_assert_str_eq(got.text, "second");
	channel_skip(ends[1]); /* there is none */
	ck_assert_int_eq(channel_recv(ends[1], &got), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(more_descriptors_than_a_message_holds_abort_the_sender)
{
	struct channel_message m = message(CHANNEL_REOPEN, "");

	struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		m.nfds = CHANNEL_FDS + 1;
		channel_send(ends[0], &m);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = open_ends,
		.teardown = close_ends };
	const struct harness_test tests[] = {
		{ both_ends_are_non_blocking_and_close_on_exec, 0 },
		{ a_message_arrives_as_it_was_sent, ROWS(texts) },
		{ a_text_of_full_length_arrives, 0 },
		{ bytes_with_a_length_arrive_whatever_they_are, 0 },
		{ descriptors_arrive_close_on_exec_and_refer_to_the_same_file,
			CHANNEL_FDS },
		{ a_drain_order_arrives_with_its_mode_and_addresses,
			ROWS(modes) },
		{ an_empty_channel_says_eagain, 0 },
		{ a_full_channel_says_eagain_and_keeps_what_is_in_it, 0 },
		{ the_end_of_the_other_is_eof_for_recv_and_epipe_for_send, 0 },
		{ last_words_arrive_though_the_speaker_died_with_mail_unread,
			0 },
		{ send_to_one_who_died_with_mail_unread_says_epipe, 0 },
		{ a_strange_message_is_refused_and_leaks_no_descriptor,
			ROWS(strange) },
		{ a_message_without_room_for_its_descriptors_stays,
			ROWS(rooms) },
		{ a_message_that_is_skipped_leaves_the_next_one, ROWS(rooms) },
		{ more_descriptors_than_a_message_holds_abort_the_sender, 0 },
	};

	return harness_run_with(&fixture, "channel", tests, ROWS(tests));
}
