/*
 * What the master could read about requests if the worker died now.
 * SPDX-License-Identifier: MIT
 */
#include "conn/inflight.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/fake_worker.h"
#include "support/harness.h"

enum { MANY = SLOT_INFLIGHT + 3 };

static struct fake_worker fake;

static void
set_up(void)
{
	fake_worker_open(&fake);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
}

static void
say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), 0), strlen(text));
	fake_worker_turn(&fake);
}

/* A connection whose request waits for three bytes of its body. */
static int
open_waiting(int number)
{
	char text[256];
	int fd = fake_worker_connect(&fake, 0);

	snprintf(text, sizeof(text),
		"POST /%d HTTP/1.1\r\nHost: a\r\nX-Request-ID: id-%d\r\n"
		"Content-Length: 5\r\n\r\nhe",
		number, number);
	say(fd, text);
	return fd;
}

static const struct slot_request *
find(int number)
{
	char line[32];

	snprintf(line, sizeof(line), "POST /%d HTTP/1.1\r\n", number);
	for (int i = 0; i < SLOT_INFLIGHT; i++)
		if (strncmp(fake.inflight.all[i].head, line, strlen(line)) == 0)
			return &fake.inflight.all[i];
	return NULL;
}

START_TEST(a_request_that_waits_is_in_flight_until_it_is_over)
{
	const struct slot_request *r;
	int fd;

	set_up();
	fd = open_waiting(0);
	ck_assert_str_eq(fake.slot.current.head, "");
	r = find(0);
	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq(r->id, "id-0");
	ck_assert_uint_eq(r->site, 0);
	ck_assert_uint_eq(r->route, 0);
	ck_assert_uint_eq(r->since, fake.worker.now_ms);
	say(fd, "llo");
	ck_assert_ptr_null(find(0));
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(others_come_and_go_meanwhile)
{
	int waiting, other;

	set_up();
	waiting = open_waiting(0);
	other = fake_worker_connect(&fake, 0);
	for (int i = 0; i < 3; i++) {
		say(other, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
		ck_assert_str_eq(fake.slot.current.head, "");
	}
	ck_assert_ptr_nonnull(find(0));
	for (int i = 1; i < SLOT_INFLIGHT; i++)
		ck_assert_str_eq(fake.inflight.all[i].head, "");
	close(other);
	close(waiting);
	fake_worker_turn(&fake);
	ck_assert_ptr_null(find(0));
	fake_worker_close(&fake);
}
END_TEST

START_TEST(those_without_a_place_are_counted)
{
	int fds[MANY];

	set_up();
	for (int i = 0; i < MANY; i++)
		fds[i] = open_waiting(i);
	for (int i = 0; i < SLOT_INFLIGHT; i++)
		ck_assert_ptr_nonnull(find(i));
	ck_assert_uint_eq(fake.inflight.others, MANY - SLOT_INFLIGHT);
	for (int i = MANY - 1; i >= 0; i--) {
		say(fds[i], "llo");
		close(fds[i]);
	}
	ck_assert_uint_eq(fake.inflight.others, 0);
	for (int i = 0; i < SLOT_INFLIGHT; i++)
		ck_assert_str_eq(fake.inflight.all[i].head, "");
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_request_that_waits_is_in_flight_until_it_is_over, 1 },
		{ others_come_and_go_meanwhile, 1 },
		{ those_without_a_place_are_counted, 1 },
	};

	return harness_run("inflight", tests, ROWS(tests));
}
