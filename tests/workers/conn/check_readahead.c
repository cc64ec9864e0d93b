/*
 * A disk that brings a part of a file now and then: this program's preadv2(2)
 * has nothing in memory, and its pread(2) waits for the test.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/readahead.h"
#include "file/disk.h"
#include "support/fake_worker.h"
#include "support/harness.h"
#include "support/test_deadline.h"

enum { SIZE = 3 * 1024 * 1024 };

static sem_t permits;
static atomic_bool is_slow;
static atomic_uint brought; /* parts */

ssize_t
preadv2(int fd, const struct iovec *runs, int count, off_t offset, int flags)
{
	if (flags == 0 || !is_slow)
		return syscall(SYS_preadv2, fd, runs, count, offset, 0, flags);
	errno = EAGAIN;
	return -1;
}

ssize_t
pread(int fd, void *to, size_t len, off_t offset)
{
	ssize_t n;

	if (is_slow)
		sem_wait(&permits);
	n = syscall(SYS_pread64, fd, to, len, offset);
	brought++;
	return n;
}

static struct fake_worker fake;
static char content[SIZE], got[SIZE + 4096];
static size_t ngot;
static int client;

static struct conn *
only_conn(void)
{
	return &fake.worker.conns.all[0];
}

static void
turn(void)
{
	ssize_t n;

	fake_worker_turn(&fake);
	while ((n = recv(client, got + ngot, sizeof(got) - ngot, 0)) > 0)
		ngot += (size_t)n;
}

static void
set_up(void)
{
	const struct conf_disk conf = { .mode = CONF_DISK_THREADS,
		.threads = 1 };
	struct worker *w = &fake.worker;
	int64_t deadline = deadline_in(DEADLINE);

	signal(SIGPIPE, SIG_IGN); /* as a worker has it */
	sem_init(&permits, 0, 0);
	ngot = 0;
	for (size_t i = 0; i < SIZE; i++)
		content[i] = (char)(i * 13 + i / 999);
	fake_worker_open(&fake);
	fake_worker_write(&fake, "large.bin", content, SIZE);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	w->disk = disk_open(w->loop, &conf, &w->log);
	ck_assert_ptr_nonnull(w->disk);
	w->files.never_waits = true;
	client = fake_worker_connect(&fake, 0);
	is_slow = true;
	dprintf(client, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	while (only_conn()->state != CONN_WAIT_DISK &&
		deadline_left(deadline) > 0)
		turn();
	ck_assert_int_eq(only_conn()->state, CONN_WAIT_DISK);
}

static void
tear_down(void)
{
	struct worker *w = &fake.worker;

	is_slow = false;
	for (int i = 0; i < 100; i++)
		sem_post(&permits);
	close(client);
	fake_worker_turn(&fake);
	for (size_t i = 0; i < w->conns.used; i++)
		if (w->conns.all[i].state != CONN_CLOSED)
			conn_close(&w->conns.all[i], "the test is over");
	ck_assert(disk_close(w->disk));
	w->disk = NULL;
	fake_worker_close(&fake);
}

/* Percent of what a handler may take. */
static void
let_time_pass(int percent)
{
	struct deadline_class *class =
		&fake.worker.conns.waits[CONN_WAIT_HANDLER];

	fake.worker.now_ms += class->timeout * percent / 100;
	ev_invoke(fake.worker.loop, &class->timer, EV_TIMER);
}

/* Until the thread has it, or the loop has noticed that it had all. */
static void
bring_one_part(void)
{
	int64_t deadline = deadline_in(DEADLINE);
	unsigned before = brought;

	sem_post(&permits);
	while (brought == before && only_conn()->state == CONN_WAIT_DISK &&
		only_conn()->exchange->readahead != NULL &&
		deadline_left(deadline) > 0)
		turn();
}

START_TEST(a_disk_that_goes_on_may_take_long)
{
	int64_t deadline = deadline_in(DEADLINE);

	set_up();
	while (ngot < SIZE && deadline_left(deadline) > 0) {
		if (only_conn()->state == CONN_WAIT_DISK &&
			only_conn()->exchange->readahead != NULL) {
			bring_one_part();
			let_time_pass(60);
		}
		ck_assert_int_ne(only_conn()->state, CONN_CLOSED);
		turn();
	}
	ck_assert_uint_gt(ngot, SIZE);
	ck_assert_mem_eq(got + ngot - SIZE, content, SIZE);
	tear_down();
}
END_TEST

START_TEST(a_disk_that_stops_ends_the_connection)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct exchange *x;

	set_up();
	x = only_conn()->exchange;
	bring_one_part();
	while (!readahead_has_progressed(x) && deadline_left(deadline) > 0)
		;
	x->readahead_reads--; /* as though nothing had asked */
	let_time_pass(100);
	ck_assert_int_eq(only_conn()->state, CONN_WAIT_DISK);
	let_time_pass(100);
	ck_assert_int_eq(only_conn()->state, CONN_CLOSED);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_disk_that_goes_on_may_take_long, 0 },
		{ a_disk_that_stops_ends_the_connection, 0 },
	};

	return harness_run("readahead", tests, ROWS(tests));
}
