/*
 * Connections over a socketpair, a turn of the loop at a time.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn/proxy_input.h"
#include "conn/proxy_protocol.h"
#include "support/conn_client.h"
#include "support/harness.h"

#define GET "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

static size_t
count_answers(const char *status_line)
{
	size_t n = 0;

	for (const char *p = got; (p = strstr(p, status_line)) != NULL; p++)
		n++;
	return n;
}

static struct conn *
only_conn(void)
{
	return &fake.worker.conns.all[0];
}

/* ---- tests -------------------------------------------------------------- */

START_TEST(an_idle_connection_holds_nothing)
{
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	ck_assert_int_eq(only_conn()->state, CONN_IDLE);
	conn_client_send(fd, GET GET "GE");
	fake_worker_turn(&fake);
	conn_client_receive(fd);
	ck_assert_uint_eq(count_answers("HTTP/1.1 200 OK\r\n"), 2);
	ck_assert_ptr_nonnull(only_conn()->input.bytes);
	conn_client_send(fd, "T /a HTTP/1.1\r\nHost: a\r\n\r\n");
	fake_worker_turn(&fake);
	ck_assert_int_gt(conn_client_receive(fd), 0);
	ck_assert_ptr_null(only_conn()->exchange);
	ck_assert_ptr_null(only_conn()->input.bytes);
	close(fd);
	fake_worker_turn(&fake);
	ck_assert_int_eq(only_conn()->state, CONN_CLOSED);
	ck_assert_uint_eq(fake.slot.connections, 0);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(every_split_of_a_request_gets_one_answer)
{
	static const char request[] = "\r\n" GET;
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	for (size_t first = 1; first < strlen(request); first++) {
		ck_assert_int_eq(send(fd, request, first, 0), first);
		fake_worker_turn(&fake);
		ck_assert_int_eq(conn_client_receive(fd), 0);
		conn_client_send(fd, request + first);
		fake_worker_turn(&fake);
		conn_client_receive(fd);
		ck_assert_uint_eq(count_answers("HTTP/1.1 200 OK\r\n"), 1);
	}
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_large_file_comes_whole_through_a_small_buffer)
{
	enum { SIZE = 600 * 1000 };
	static char content[SIZE];
	size_t total = 0;
	ssize_t n;
	int fd;

	conn_client_set_up();
	for (int i = 0; i < SIZE; i++)
		content[i] = (char)(i * 31 + i / 256);
	/* Once from memory, once by sendfile(2). */
	fake.conf.limits.cached_file = _i == 0 ? 2 * SIZE : 1000;
	fake_worker_write(&fake, "large", content, SIZE);
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 4096);
	conn_client_send(fd,
		"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close"
		"\r\n\r\n");
	for (int turns = 0; turns < 10000; turns++) {
		fake_worker_turn(&fake);
		n = recv(fd, got + total, sizeof(got) - total, 0);
		if (n == 0)
			break;
		total += n == -1 ? 0 : (size_t)n;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_uint_gt(total, SIZE);
	ck_assert_mem_eq(got + total - SIZE, content, SIZE);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_bad_request_is_answered_and_the_connection_lingers)
{
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	conn_client_send(fd, "GET /a HTTP/1.1\nHost: a\r\n\r\n" GET);
	fake_worker_turn(&fake);
	conn_client_receive(fd);
	ck_assert_uint_eq(count_answers("HTTP/1.1 "), 1);
	ck_assert_uint_eq(count_answers("HTTP/1.1 400 Bad Request\r\n"), 1);
	ck_assert_uint_eq(count_answers("Connection: close\r\n"), 1);
	ck_assert_int_eq(conn_client_receive(fd), -1);
	ck_assert_int_eq(only_conn()->state, CONN_LINGER);
	conn_client_send(fd, GET);
	fake_worker_turn(&fake);
	ck_assert_int_eq(only_conn()->state, CONN_LINGER);
	close(fd);
	fake_worker_turn(&fake);
	ck_assert_int_eq(only_conn()->state, CONN_CLOSED);
	fake_worker_close(&fake);
}
END_TEST

/* The deadline of what it waits for has passed. */
static void
let_time_pass(enum conn_wait wait)
{
	struct deadline_class *class = &fake.worker.conns.waits[wait];

	fake.worker.now_ms += class->timeout;
	ev_invoke(fake.worker.loop, &class->timer, EV_TIMER);
}

/* 0 is not for ever, here: nothing is waited for. */
START_TEST(a_linger_of_zero_closes_at_once)
{
	int fd;

	conn_client_set_up();
	fake.conf.timeouts.linger = 0;
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	conn_client_send(fd, "BAD\r\n\r\n");
	fake_worker_turn(&fake);
	ck_assert_int_eq(only_conn()->state, CONN_CLOSED);
	conn_client_receive(fd);
	ck_assert_uint_eq(count_answers("HTTP/1.1 400 Bad Request\r\n"), 1);
	ck_assert_int_eq(conn_client_receive(fd), -1);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_slow_head_is_answered_with_a_timeout)
{
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	conn_client_send(fd, "GET /a HTT");
	fake_worker_turn(&fake);
	/* More bytes are no reason for more time. */
	fake.worker.now_ms += 9000;
	conn_client_send(fd, "P/1.1\r\n");
	fake_worker_turn(&fake);
	ck_assert_int_eq(conn_client_receive(fd), 0);
	fake.worker.now_ms -= 9000;
	let_time_pass(CONN_WAIT_HEAD);
	conn_client_receive(fd);
	ck_assert_uint_eq(count_answers("HTTP/1.1 408 "), 1);
	ck_assert_int_eq(conn_client_receive(fd), -1);
	let_time_pass(CONN_WAIT_LINGER);
	ck_assert_int_eq(only_conn()->state, CONN_CLOSED);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(an_idle_connection_is_closed_without_a_word)
{
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	let_time_pass(CONN_WAIT_IDLE);
	ck_assert_int_eq(conn_client_receive(fd), -1);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_connection_whose_next_request_is_here_makes_no_room)
{
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	fake.worker.now_ms += 1000;
	conn_client_send(fd, GET);
	ck_assert(!conn_close_oldest_idle(&fake.worker, false));
	fake_worker_turn(&fake);
	ck_assert_int_gt(conn_client_receive(fd), 0);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(the_connection_that_was_idle_longest_makes_room)
{
	int first, second;

	conn_client_set_up();
	fake_worker_start(&fake);
	ck_assert(!conn_close_oldest_idle(&fake.worker, false));
	first = fake_worker_connect(&fake, 0);
	second = fake_worker_connect(&fake, 0);
	conn_client_send(first, GET);
	fake_worker_turn(&fake);
	ck_assert_int_gt(conn_client_receive(first), 0);
	ck_assert(!conn_close_oldest_idle(&fake.worker, false));
	fake.worker.now_ms += 100;
	ck_assert(conn_close_oldest_idle(&fake.worker, false));
	ck_assert_int_eq(conn_client_receive(second), -1);
	ck_assert_int_eq(conn_client_receive(first), 0);
	close(first);
	close(second);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_connection_that_does_not_fit_is_closed)
{
	int fds[3];

	conn_client_set_up();
	fake.conf.limits.connections = 2;
	fake_worker_start(&fake);
	for (int i = 0; i < 3; i++)
		fds[i] = fake_worker_connect(&fake, 0);
	ck_assert_int_eq(conn_client_receive(fds[2]), -1);
	ck_assert_uint_eq(fake.slot.connections, 2);
	ck_assert_uint_eq(fake.slot.accepted, 3);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(the_last_request_of_many_is_told_so)
{
	int fd;

	conn_client_set_up();
	fake.conf.limits.requests_per_connection = 3;
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	conn_client_send(fd, GET GET GET GET);
	fake_worker_turn(&fake);
	conn_client_receive(fd);
	ck_assert_uint_eq(count_answers("HTTP/1.1 200 OK\r\n"), 3);
	ck_assert_uint_eq(count_answers("Connection: close\r\n"), 1);
	ck_assert_int_eq(conn_client_receive(fd), -1);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

/* What the proxy has sent was taken from the socket as the beginning of a PROXY
 * header, and what follows is more than any header has. */
START_TEST(a_start_of_a_proxy_header_that_ends_otherwise_ends_the_connection)
{
	enum { MORE = 4 * PROXY_HEADER_MAX };
	static char more[MORE];
	struct conn *c;
	int fd;

	conn_client_set_up();
	fake.conf.trusted.networks.has_unix = true;
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	c = only_conn();
	c->peer.any.sa_family = AF_UNIX;
	c->proxy = CONF_PROXY_OPTIONAL;
	conn_client_send(fd, "PRO");
	ck_assert(!proxy_input_take_first(c));
	ck_assert_int_eq(c->state, CONN_READ_PROXY);
	memset(more, 'x', sizeof(more));
	ck_assert_int_eq(send(fd, more, sizeof(more), 0), sizeof(more));
	ck_assert(!proxy_input_take_first(c));
	ck_assert_int_eq(c->state, CONN_CLOSED);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ an_idle_connection_holds_nothing, 0 },
		{ every_split_of_a_request_gets_one_answer, 0 },
		{ a_large_file_comes_whole_through_a_small_buffer, 2 },
		{ a_bad_request_is_answered_and_the_connection_lingers, 0 },
		{ a_linger_of_zero_closes_at_once, 0 },
		{ a_slow_head_is_answered_with_a_timeout, 0 },
		{ an_idle_connection_is_closed_without_a_word, 0 },
		{ a_connection_whose_next_request_is_here_makes_no_room, 0 },
		{ the_connection_that_was_idle_longest_makes_room, 0 },
		{ a_connection_that_does_not_fit_is_closed, 0 },
		{ the_last_request_of_many_is_told_so, 0 },
		{ a_start_of_a_proxy_header_that_ends_otherwise_ends_the_connection,
			0 },
	};

	return harness_run("conn", tests, ROWS(tests));
}
