/*
 * The kernel runs the program: which listener gets the connections.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/steering.h"

#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervise/generation.h"
#include "support/harness.h"

enum { SOCKETS = 5, CONNECTIONS = 200, LIMIT = 20000 /* ms */ };

static struct listener *listener;

static void
setup(void)
{
	struct conf_listen from = { .text = "127.0.0.1:0" };
	struct sockaddr_in *in = (struct sockaddr_in *)&from.address;
	struct error_text why;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.address_len = sizeof(*in);
	listener = listener_open(&from, SOCKETS, &why);
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(listener_listen(listener, &why), 0);
}

static void
teardown(void)
{
	listener_close(listener);
}

static void
connect_all(int clients[CONNECTIONS])
{
	for (int i = 0; i < CONNECTIONS; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(
			connect(clients[i],
				(const struct sockaddr *)&listener->bound,
				listener->address_len),
			0);
		/* A connection is queued when it says something. */
		ck_assert_int_eq(send(clients[i], "x", 1, 0), 1);
	}
}

static unsigned
count_queue(int fd)
{
	unsigned n = 0;
	int c;

	while ((c = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		close(c);
		n++;
	}
	return n;
}

/* Waits until all are there: a busy kernel queues them a little later. */
static unsigned
count_queues(unsigned counts[SOCKETS])
{
	struct pollfd waits[SOCKETS];
	unsigned all = 0, n;

	for (int s = 0; s < SOCKETS; s++) {
		waits[s] = (struct pollfd){ listener->fds[s], POLLIN, 0 };
		counts[s] = 0;
	}
	while (all < CONNECTIONS && poll(waits, SOCKETS, LIMIT) > 0)
		for (int s = 0; s < SOCKETS; s++) {
			n = count_queue(listener->fds[s]);
			counts[s] += n;
			all += n;
		}
	return all;
}

static const struct {
	unsigned live[SOCKETS];
	size_t nlive;
} rows[] = {
	{ { 0, 1, 2, 3, 4 }, 5 },
	{ { 0, 1, 2 }, 3 },
	{ { 1, 2, 3, 4 }, 4 },
	{ { 0, 2, 4 }, 3 },
	{ { 3 }, 1 },
};

static bool
is_live(const unsigned *live, size_t nlive, unsigned s)
{
	for (size_t i = 0; i < nlive; i++)
		if (live[i] == s)
			return true;
	return false;
}

START_TEST(the_live_ones_share_the_connections_and_no_other_gets_any)
{
	unsigned counts[SOCKETS];
	int clients[CONNECTIONS];

	ck_assert_int_eq(steering_attach(listener->fds[0], rows[_i].live,
				 rows[_i].nlive),
		0);
	connect_all(clients);
	ck_assert_uint_eq(count_queues(counts), CONNECTIONS);
	for (unsigned s = 0; s < SOCKETS; s++) {
		if (is_live(rows[_i].live, rows[_i].nlive, s))
			ck_assert_uint_gt(counts[s],
				CONNECTIONS / (unsigned)rows[_i].nlive / 4);
		else
			ck_assert_uint_eq(counts[s], 0);
	}
	for (int i = 0; i < CONNECTIONS; i++)
		close(clients[i]);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ the_live_ones_share_the_connections_and_no_other_gets_any,
			ROWS(rows) },
	};

	return harness_run_with(&fixture, "steering", tests, ROWS(tests));
}
