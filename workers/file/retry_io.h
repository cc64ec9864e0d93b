/*
 * A watch on a descriptor that the worker cannot do without.  libev stops a
 * watcher whose epoll_ctl(2) fails (ENOSPC: fs.epoll.max_user_watches; ENOMEM)
 * and reports EV_ERROR; this one asks poll(2) ten times a second instead, until
 * epoll takes the descriptor again.
 * SPDX-License-Identifier: MIT
 */
#ifndef RETRY_IO_H
#define RETRY_IO_H

#include <ev.h>
#include <stdbool.h>

struct retry_io {
	ev_io io;
	ev_timer again; /* runs while epoll refuses the descriptor */
	struct ev_loop *loop;
	/* revents is EV_READ, EV_WRITE or both; EV_ERROR alone when the
	 * descriptor was closed under the watch, which is stopped then. */
	void (*on_io)(struct retry_io *, int revents);
	void *data;
};

void retry_io_init(struct retry_io *, struct ev_loop *,
	void (*on_io)(struct retry_io *, int revents), int fd, int events,
	void *data);
void retry_io_start(struct retry_io *);
void retry_io_stop(struct retry_io *);

/* True while it is watched, by epoll or by poll(2). */
bool retry_io_is_active(const struct retry_io *);

#endif
