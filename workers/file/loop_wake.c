/*
 * SPDX-License-Identifier: MIT
 */
#include "file/loop_wake.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void
on_event(struct retry_io *event, int revents)
{
	struct loop_wake *w = event->data;
	uint64_t count;

	/* From loop_wake_soon() nothing was written. */
	if ((revents & EV_READ) &&
		read(event->io.fd, &count, sizeof(count)) == -1)
		return;
	w->on_wake(w->arg);
}

int
loop_wake_open(struct loop_wake *w, struct ev_loop *loop,
	void (*on_wake)(void *), void *arg)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd == -1)
		return -1;
	w->on_wake = on_wake;
	w->arg = arg;
	retry_io_init(&w->event, loop, on_event, fd, EV_READ, w);
	retry_io_start(&w->event);
	return 0;
}

void
loop_wake_close(struct loop_wake *w)
{
	retry_io_stop(&w->event);
	close(w->event.io.fd);
}

void
loop_wake_send(struct loop_wake *w)
{
	const uint64_t one = 1;
	/* It fails only when the counter is at its end: the loop is woken. */
	ssize_t n = write(w->event.io.fd, &one, sizeof(one));

	(void)n;
}

void
loop_wake_soon(struct loop_wake *w)
{
	ev_feed_event(w->event.loop, &w->event.io, EV_CUSTOM);
}
