/*
 * Both ends of a channel in one process.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/send_queue.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/harness.h"
#include "support/test_deadline.h"

enum { FD_TOP = 256, LINGER = 3 /* seconds */ };

static int ends[2];
static struct send_queue box;

static void
setup(void)
{
	ck_assert_int_eq(channel_open(ends), 0);
	box = (struct send_queue){ NULL, 0 };
}

static void
teardown(void)
{
	send_queue_fini(&box);
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

static void
put(enum channel_kind kind, const char *text, int fd)
{
	struct channel_message m = { .kind = kind, .nfds = fd != -1 };

	m.fds[0] = fd;
	snprintf(m.text, sizeof(m.text), "%s", text);
	ck_assert_int_eq(send_queue_put(&box, &m), 0);
}

/* pair[0] has sent what pair[1] does not read. */
static void
open_full_connection(int pair[2])
{
	static const char bytes[65536];
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
		getsockname(listener, (struct sockaddr *)&in, &len), 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(pair[0], (struct sockaddr *)&in, len), 0);
	pair[1] = accept(listener, NULL, NULL);
	ck_assert_int_ne(pair[1], -1);
	close(listener);
	while (send(pair[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void
assert_arrives(enum channel_kind kind, const char *text)
{
	struct channel_message m;

	ck_assert_int_eq(channel_recv(ends[1], &m), 1);
	ck_assert_int_eq(m.kind, kind);
	ck_assert_str_eq(m.text, text);
	while (m.nfds > 0)
		close(m.fds[--m.nfds]);
}

START_TEST(messages_leave_in_their_order)
{
	put(CHANNEL_CONN, "one", STDERR_FILENO);
	put(CHANNEL_DRAIN, "two", -1);
	ck_assert_uint_eq(box.count, 2);
	ck_assert_int_eq(send_queue_flush(&box, ends[0]), 0);
	ck_assert_uint_eq(box.count, 0);
	assert_arrives(CHANNEL_CONN, "one");
	assert_arrives(CHANNEL_DRAIN, "two");
}
END_TEST

START_TEST(a_descriptor_outlives_its_sender_and_is_closed_once_sent)
{
	int before = count_fds(), fd = open("/dev/null", O_WRONLY);

	put(CHANNEL_CONN, "x", fd);
	close(fd);
	ck_assert_int_eq(count_fds(), before + 1);
	ck_assert_int_eq(send_queue_flush(&box, ends[0]), 0);
	ck_assert_int_eq(count_fds(), before);
	assert_arrives(CHANNEL_CONN, "x");
	ck_assert_int_eq(count_fds(), before);
}
END_TEST

START_TEST(what_does_not_fit_stays_and_leaves_later)
{
	struct channel_message m = { .kind = CHANNEL_GO };
	int sent = 0;

	while (channel_send(ends[0], &m) == 0)
		sent++;
	put(CHANNEL_CONN, "late", STDERR_FILENO);
	ck_assert_int_eq(send_queue_flush(&box, ends[0]), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_eq(box.count, 1);
	for (int i = 0; i < sent; i++)
		assert_arrives(CHANNEL_GO, "");
	ck_assert_int_eq(send_queue_flush(&box, ends[0]), 0);
	assert_arrives(CHANNEL_CONN, "late");
}
END_TEST

START_TEST(connections_wait_for_the_next_process_but_orders_do_not)
{
	put(CHANNEL_REOPEN, "for the dead", -1);
	put(CHANNEL_CONN, "one", STDERR_FILENO);
	put(CHANNEL_DRAIN, "for the dead", -1);
	put(CHANNEL_CONN, "two", STDERR_FILENO);
	send_queue_forget_orders(&box);
	ck_assert_uint_eq(box.count, 2);
	ck_assert_int_eq(send_queue_flush(&box, ends[0]), 0);
	assert_arrives(CHANNEL_CONN, "one");
	assert_arrives(CHANNEL_CONN, "two");
}
END_TEST

START_TEST(what_is_taken_back_comes_with_its_descriptor)
{
	int before = count_fds(), fd = open("/dev/null", O_WRONLY);
	struct channel_message m;

	put(CHANNEL_CONN, "x", fd);
	close(fd);
	ck_assert(send_queue_take(&box, &m));
	ck_assert_int_eq(m.nfds, 1);
	ck_assert_int_eq(close(m.fds[0]), 0);
	ck_assert(!send_queue_take(&box, &m));
	ck_assert_int_eq(count_fds(), before);
}
END_TEST

START_TEST(the_end_closes_all_descriptors)
{
	int before = count_fds();

	for (int i = 0; i < 5; i++)
		put(CHANNEL_CONN, "x", STDERR_FILENO);
	ck_assert_int_eq(count_fds(), before + 5);
	send_queue_fini(&box);
	ck_assert_int_eq(count_fds(), before);
}
END_TEST

/* A worker sets it, through a copy of the descriptor that it has kept, when the
 * master has checked the message. */
START_TEST(a_connection_that_lingers_does_not_hold_the_end_up)
{
	const struct linger linger = { 1, LINGER };
	int pair[2];
	int64_t began;

	open_full_connection(pair);
	put(CHANNEL_CONN, "x", pair[0]);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger,
				 sizeof(linger)),
		0);
	close(pair[0]);
	began = deadline_now();
	send_queue_fini(&box);
	ck_assert_int_lt(deadline_now() - began, LINGER * 1000 / 3);
	close(pair[1]);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ messages_leave_in_their_order, 0 },
		{ a_descriptor_outlives_its_sender_and_is_closed_once_sent, 0 },
		{ what_does_not_fit_stays_and_leaves_later, 0 },
		{ connections_wait_for_the_next_process_but_orders_do_not, 0 },
		{ what_is_taken_back_comes_with_its_descriptor, 0 },
		{ the_end_closes_all_descriptors, 0 },
		{ a_connection_that_lingers_does_not_hold_the_end_up, 0 },
	};

	return harness_run_with(&fixture, "send_queue", tests, ROWS(tests));
}
