/*
 * close(2) that takes long is no matter of the master's.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/close_process.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/harness.h"
#include "support/test_deadline.h"

enum { LINGER = 10 /* seconds */ };

/* A pair over loopback, the first full of what the second does not read. */
static void
open_pair(int ends[2])
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	static const char bytes[65536];

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
		getsockname(listener, (struct sockaddr *)&in, &len), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&in, len), 0);
	ends[1] = accept(listener, NULL, NULL);
	ck_assert_int_ne(ends[1], -1);
	close(listener);
	while (send(ends[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

START_TEST(a_socket_that_lingers_is_closed_without_waiting)
{
	struct linger linger = { 1, LINGER };
	int64_t began;
	int ends[2];

	open_pair(ends);
	ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger,
				 sizeof(linger)),
		0);
	began = deadline_now();
	close_in_process(ends, 1);
	/* A worker that is forked now does not have it. */
	ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
	ck_assert_int_lt(deadline_now() - began, LINGER * 1000 / 2);
	close(ends[1]);
}
END_TEST

START_TEST(all_are_closed)
{
	int ends[2], more[2];
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	more[0] = dup(ends[1]);
	more[1] = ends[1];
	close_in_process(more, 0);
	ck_assert_int_ne(fcntl(ends[1], F_GETFD), -1);
	close_in_process(more, 2);
	/* EOF comes when both have gone. */
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_socket_that_lingers_is_closed_without_waiting, 0 },
		{ all_are_closed, 0 },
	};

	return harness_run("close_process", tests, ROWS(tests));
}
