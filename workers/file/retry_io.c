/*
 * SPDX-License-Identifier: MIT
 */
#include "file/retry_io.h"

#include <poll.h>

static const double INTERVAL = 0.1; /* seconds */

/* The events that are there, or EV_ERROR for a descriptor that is not open. */
static int
poll_now(const struct retry_io *r)
{
	struct pollfd p = { .fd = r->io.fd };
	int revents = 0;

	p.events = (short)((r->io.events & EV_READ ? POLLIN : 0) |
			   (r->io.events & EV_WRITE ? POLLOUT : 0));
	if (poll(&p, 1, 0) != 1)
		return 0;
	if (p.revents & POLLNVAL)
		return EV_ERROR;
	if (p.revents & (POLLIN | POLLHUP | POLLERR))
		revents |= r->io.events & EV_READ;
	if (p.revents & (POLLOUT | POLLHUP | POLLERR))
		revents |= r->io.events & EV_WRITE;
	return revents;
}

static void
check_refused(struct retry_io *r)
{
	int revents = poll_now(r);

	if (revents == EV_ERROR) {
		retry_io_stop(r);
	} else if (!ev_is_active(&r->again)) {
		ev_timer_set(&r->again, INTERVAL, 0.);
		ev_timer_start(r->loop, &r->again);
	}
	if (revents != 0)
		r->on_io(r, revents);
}

static void
on_event(struct ev_loop *loop, ev_io *io, int revents)
{
	struct retry_io *r = io->data;

	(void)loop;
	if (revents & EV_ERROR)
		check_refused(r);
	else
		r->on_io(r, revents);
}

/* Should epoll refuse it once more, on_event() hears of it. */
static void
on_again(struct ev_loop *loop, ev_timer *again, int revents)
{
	struct retry_io *r = again->data;

	(void)revents;
	ev_io_start(loop, &r->io);
	revents = poll_now(r);
	if (revents == EV_ERROR)
		retry_io_stop(r);
	if (revents != 0)
		r->on_io(r, revents);
}

void
retry_io_init(struct retry_io *r, struct ev_loop *loop,
	void (*on_io)(struct retry_io *, int revents), int fd, int events,
	void *data)
{
	r->loop = loop;
	r->on_io = on_io;
	r->data = data;
	ev_io_init(&r->io, on_event, fd, events);
	ev_timer_init(&r->again, on_again, INTERVAL, 0.);
	r->io.data = r->again.data = r;
}

void
retry_io_start(struct retry_io *r)
{
	if (!retry_io_is_active(r))
		ev_io_start(r->loop, &r->io);
}

void
retry_io_stop(struct retry_io *r)
{
	ev_io_stop(r->loop, &r->io);
	ev_timer_stop(r->loop, &r->again);
}

bool
retry_io_is_active(const struct retry_io *r)
{
	return ev_is_active(&r->io) || ev_is_active(&r->again);
}
