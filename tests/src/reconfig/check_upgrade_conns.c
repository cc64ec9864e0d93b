/*
 * The end of the old master: what waits for the new one.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade_conns.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/bus_message.h"
#include "common/channel.h"
#include "common/clock.h"
#include "supervise/bus.h"
#include "supervise/conn_router.h"
#include "supervise/generation_list.h"
#include "support/harness.h"

enum { SHORTAGE = 20 /* ms */ };

/* While too many descriptors are in flight, as unix(7) has it. */
static int64_t short_until;
static unsigned attempts;

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	attempts++;
	errno = ETOOMANYREFS;
	return clock_now_ms() < short_until
		       ? -1
		       : (ssize_t)syscall(SYS_sendmsg, fd, m, flags);
}

START_TEST(a_shortage_is_waited_for_without_turning)
{
	const struct channel_message m = { .kind = CHANNEL_BUS_LINK,
		.len = sizeof(struct bus_link_head) };
	const struct generation_list none = { .first = NULL };
	const struct conn_router router = { .generations = &none };
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	struct channel_message got;
	struct conn_export e;
	struct bus bus;
	int ends[2];

	bus_init(&bus, &none);
	conn_export_init(&e, loop, &router, NULL, &bus);
	ck_assert_int_eq(channel_open(ends), 0);
	conn_export_open(&e, ends[0]);
	ck_assert_int_eq(send_queue_put(&e.send_queue, &m), 0);
	short_until = clock_now_ms() + SHORTAGE;
	conn_export_finish(&e);
	ck_assert_int_ge(clock_now_ms(), short_until);
	ck_assert_uint_le(attempts, SHORTAGE + 2);
	ck_assert_int_eq(channel_recv(ends[1], &got), 1);
	ck_assert_int_eq(channel_recv(ends[1], &got), 0);
	close(ends[1]);
	ev_loop_destroy(loop);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_shortage_is_waited_for_without_turning, 0 },
	};

	return harness_run("upgrade_conns", tests, ROWS(tests));
}
