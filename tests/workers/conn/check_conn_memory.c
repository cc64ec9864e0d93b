/*
 * Once warm, a worker takes no memory for a request: malloc(3) is counted.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/conn_client.h"
#include "support/harness.h"

#define GET "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- the linker sends allocations here ----------------------------------- */

/* In the worker's turns alone: Check allocates, too. */
static size_t allocations;
static bool is_counting;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void __wrap_free(void *);

void *
__wrap_malloc(size_t size)
{
	allocations += is_counting;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	allocations += is_counting;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	allocations += is_counting;
	return __real_realloc(p, size);
}

void
__wrap_free(void *p)
{
	allocations += is_counting && p != NULL;
	__real_free(p);
}

static void
counted_turn(void)
{
	is_counting = true;
	fake_worker_turn(&fake);
	is_counting = false;
}

static struct conn *
only_conn(void)
{
	return &fake.worker.conns.all[0];
}

/* ---- tests -------------------------------------------------------------- */

START_TEST(a_warm_worker_allocates_nothing)
{
	enum { WARM = 1000, REQUESTS = 100 * 1000 };
	size_t before = 0;
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	for (int i = 0; i < WARM + REQUESTS; i++) {
		if (i == WARM)
			before = allocations;
		conn_client_send(fd, GET);
		counted_turn();
		ck_assert_int_gt(conn_client_receive(fd), 0);
	}
	ck_assert_uint_eq(allocations - before, 0);
	ck_assert_uint_gt(before, 0);
	ck_assert_uint_eq(fake.slot.requests, WARM + REQUESTS);
	ck_assert_uint_eq(fake_worker_responses(&fake, 2), WARM + REQUESTS);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

#define TO_A "GET /a HTTP/1.1\r\nHost: a\r\n"

// clang-format off
static const struct {
	const char *request;
	unsigned status;
	int64_t cached_file;
	enum conf_log_format format;
} warm[] = {
	{ GET, 2, 1000, CONF_LOG_JSON },
	{ GET, 2, 1, CONF_LOG_JSON }, /* by sendfile(2) */
	{ GET GET GET GET GET GET GET GET, 2, 1000, CONF_LOG_JSON },
	{ TO_A "User-Agent: Mozilla/5.0\r\nAccept-Encoding: gzip, br\r\n\r\n",
	  2, 1000, CONF_LOG_COMBINED },
	{ TO_A "If-None-Match: *\r\n\r\n", 3, 1000, CONF_LOG_JSON },
	{ TO_A "Range: bytes=1-2\r\n\r\n", 2, 1000, CONF_LOG_JSON },
	{ TO_A "Range: bytes=1-2\r\n\r\n", 2, 1, CONF_LOG_JSON },
	{ "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 4, 1000, CONF_LOG_JSON },
	{ "HEAD /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 2, 1000,
	  CONF_LOG_COMBINED },
};
// clang-format on

START_TEST(nor_does_it_for_other_requests)
{
	enum { WARM = 100, REQUESTS = 2000 };
	size_t before = 0;
	int fd;

	conn_client_set_up();
	fake.conf.limits.cached_file = warm[_i].cached_file;
	fake.access_log.format = warm[_i].format;
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	for (int i = 0; i < WARM + REQUESTS; i++) {
		if (i == WARM)
			before = allocations;
		conn_client_send(fd, warm[_i].request);
		counted_turn();
		ck_assert_int_gt(conn_client_receive(fd), 0);
	}
	ck_assert_uint_eq(allocations - before, 0);
	ck_assert_uint_eq(fake_worker_responses(&fake, warm[_i].status),
		fake.slot.requests);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

/* Its request is there when it is accepted. */
static int
counted_connect(const char *text)
{
	const struct sockaddr_in6 peer = { .sin6_family = AF_INET6 };
	const struct conf_listen listen = { .protocols = 1u << CONF_HTTP_1 };
	const void *from = &peer;
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	conn_client_send(fds[1], text);
	is_counting = true;
	conn_open(&fake.worker, fds[0], from, &listen);
	is_counting = false;
	return fds[1];
}

START_TEST(nor_does_it_for_new_connections)
{
	enum { WARM = 100, REQUESTS = 5000 };
	size_t before = 0;
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	for (int i = 0; i < WARM + REQUESTS; i++) {
		if (i == WARM)
			before = allocations;
		fd = counted_connect(GET);
		counted_turn();
		ck_assert_int_gt(conn_client_receive(fd), 0);
		close(fd);
		counted_turn();
	}
	ck_assert_uint_eq(allocations - before, 0);
	ck_assert_uint_eq(fake.slot.requests, WARM + REQUESTS);
	ck_assert_uint_eq(fake.slot.connections, 0);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_head_in_two_pieces_allocates_nothing)
{
	enum { WARM = 100, REQUESTS = 5000 };
	size_t before = 0;
	int fd;

	conn_client_set_up();
	fake_worker_start(&fake);
	fd = fake_worker_connect(&fake, 0);
	for (int i = 0; i < WARM + REQUESTS; i++) {
		if (i == WARM)
			before = allocations;
		conn_client_send(fd, "GET /a HTTP/1.1\r\nHo");
		counted_turn();
		ck_assert_int_eq(conn_client_receive(fd), 0);
		ck_assert_int_eq(only_conn()->state, CONN_READ_HEAD);
		conn_client_send(fd, "st: a\r\n\r\n");
		counted_turn();
		ck_assert_int_gt(conn_client_receive(fd), 0);
		ck_assert_int_eq(only_conn()->state, CONN_IDLE);
	}
	ck_assert_uint_eq(allocations - before, 0);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_warm_worker_allocates_nothing, 0 },
		{ nor_does_it_for_other_requests, ROWS(warm) },
		{ nor_does_it_for_new_connections, 0 },
		{ a_head_in_two_pieces_allocates_nothing, 0 },
	};

	return harness_run("conn_memory", tests, ROWS(tests));
}
