/*
 * The channel is one as between master and worker; all that goes over it is
 * CHANNEL_CONN, from the old master to the new one.  A new master that speaks
 * another CHANNEL_VERSION closes its end and says that it takes no connections:
 * then they stay with the old master's workers until their next response.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade_conns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "supervise/conn_router.h"
#include "supervise/message_check.h"

enum {
	CONGESTED = 32, /* messages */
	PATIENCE = 2000 /* milliseconds */
};

/* ---- the old master ----------------------------------------------------- */

static bool
is_congested(const struct conn_export *b)
{
	return b->send_queue.count > CONGESTED;
}

static void
on_room(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn_export *b = w->data;

	(void)loop;
	(void)events;
	if (send_queue_flush(&b->send_queue, b->fd) == -1 && errno == EAGAIN)
		return;
	ev_io_stop(b->loop, w);
	if (!is_congested(b))
		conn_router_resume(b->router);
}

void
conn_export_init(struct conn_export *b, struct ev_loop *loop,
	const struct conn_router *h)
{
	*b = (struct conn_export){ .fd = -1, .loop = loop, .router = h };
	ev_init(&b->room, on_room);
	b->room.data = b;
}

void
conn_export_open(struct conn_export *b, int fd)
{
	b->fd = fd;
	ev_io_set(&b->room, fd, EV_WRITE);
}

void
conn_export_close(struct conn_export *b)
{
	if (b->fd == -1)
		return;
	ev_io_stop(b->loop, &b->room);
	send_queue_fini(&b->send_queue);
	close(b->fd);
	b->fd = -1;
}

bool
conn_export_is_open(const struct conn_export *b)
{
	return b->fd != -1;
}

/* Messages stay in order: none is sent before those that wait. */
static int
pass_message(struct conn_export *b, struct channel_message *m)
{
	if (b->send_queue.first == NULL && channel_send(b->fd, m) == 0)
		return 0;
	if (b->send_queue.first == NULL && errno != EAGAIN) {
		conn_export_close(b);
		return -1;
	}
	if (send_queue_move(&b->send_queue, m) == -1)
		return -1;
	ev_io_start(b->loop, &b->room);
	return 0;
}

void
conn_export_finish(struct conn_export *b)
{
	struct pollfd p = { .fd = b->fd, .events = POLLOUT };

	while (b->fd != -1 && b->send_queue.first != NULL &&
		poll(&p, 1, PATIENCE) == 1)
		if (send_queue_flush(&b->send_queue, b->fd) == -1 &&
			errno != EAGAIN)
			break;
	conn_export_close(b);
}

int
conn_export_announce(int fd)
{
	char text[32];

	snprintf(text, sizeof(text), "%d %d", fd, CHANNEL_VERSION);
	fcntl(fd, F_SETFD, 0);
	return setenv(CONN_IMPORT_VARIABLE, text, 1);
}

/* ---- the new master ----------------------------------------------------- */

/* This master has no descriptor for those of the next message, and what is in
 * it is lost after so many attempts. */
static void
skip_message(struct conn_import *l)
{
	if (++l->failed_recvs >= CHANNEL_ATTEMPTS) {
		channel_skip(l->fd);
		return;
	}
	ev_io_stop(l->loop, &l->messages);
	ev_timer_set(&l->pause, CHANNEL_PAUSE, 0.);
	ev_timer_start(l->loop, &l->pause);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *w, int events)
{
	struct conn_import *l = w->data;

	(void)events;
	ev_io_start(loop, &l->messages);
}

static void
take_message(struct conn_import *l, struct channel_message *m)
{
	struct error_text unused;

	l->failed_recvs = 0;
	if (m->kind == CHANNEL_CONN && message_check_content(m, &unused) == 0 &&
		!conn_router_from_peer(l->router, m))
		ev_io_stop(l->loop, &l->messages);
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
}

static void
on_messages(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn_import *l = w->data;
	struct channel_message m;

	/* Epoll refuses the channel: it is tried again in a moment. */
	if (events & EV_ERROR) {
		ev_timer_set(&l->pause, CHANNEL_PAUSE, 0.);
		ev_timer_start(loop, &l->pause);
		return;
	}
	while (ev_is_active(w)) {
		int rc = channel_recv(l->fd, &m);

		if (rc == 1) {
			take_message(l, &m);
		} else if (rc == 0) {
			conn_import_close(l);
			l->on_end(l->arg);
			return;
		} else if (errno == EMFILE) {
			skip_message(l);
		} else if (errno != EPROTO) {
			return;
		}
	}
}

void
conn_import_open(struct conn_import *l)
{
	const char *text = getenv(CONN_IMPORT_VARIABLE);
	char *end;
	long fd;

	*l = (struct conn_import){ .fd = -1 };
	ev_init(&l->messages, on_messages);
	ev_init(&l->pause, on_pause_over);
	l->messages.data = l->pause.data = l;
	if (text == NULL)
		return;
	fd = strtol(text, &end, 10);
	if (fd <= STDERR_FILENO || fcntl((int)fd, F_SETFD, FD_CLOEXEC) == -1)
		return;
	if (strtol(end, NULL, 10) == CHANNEL_VERSION)
		l->fd = (int)fd;
	else
		close((int)fd);
}

bool
conn_import_is_open(const struct conn_import *l)
{
	return l->fd != -1;
}

void
conn_import_start(struct conn_import *l, struct ev_loop *loop,
	const struct conn_router *h)
{
	if (l->fd == -1)
		return;
	l->loop = loop;
	l->router = h;
	ev_io_set(&l->messages, l->fd, EV_READ);
	ev_io_start(loop, &l->messages);
}

void
conn_import_close(struct conn_import *l)
{
	if (l->fd == -1)
		return;
	if (l->loop != NULL) {
		ev_io_stop(l->loop, &l->messages);
		ev_timer_stop(l->loop, &l->pause);
	}
	close(l->fd);
	l->fd = -1;
}

/* ---- for the router ----------------------------------------------------- */

static bool
has_open_export(void *arg)
{
	const struct upgrade_conns *c = arg;

	return conn_export_is_open(&c->out);
}

static int
pass_to_export(void *arg, struct channel_message *m)
{
	struct upgrade_conns *c = arg;

	return pass_message(&c->out, m);
}

static bool
has_congested_export(void *arg)
{
	const struct upgrade_conns *c = arg;

	return is_congested(&c->out);
}

static void
resume_import(void *arg)
{
	struct conn_import *l = &((struct upgrade_conns *)arg)->in;

	if (l->fd != -1 && l->loop != NULL)
		ev_io_start(l->loop, &l->messages);
}

const struct conn_router_peer upgrade_conns_peer = {
	.is_open = has_open_export,
	.pass = pass_to_export,
	.is_congested = has_congested_export,
	.resume = resume_import,
};
