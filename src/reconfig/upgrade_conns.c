/*
 * The channel is one as between master and worker; all that goes over it is
 * CHANNEL_CONN and CHANNEL_TOTALS, from the old master to the new one, and
 * CHANNEL_BUS_LINK, both ways, if both know it.  A new master that speaks
 * another CHANNEL_VERSION closes its end and says that it takes no connections:
 * then they stay with the old master's workers until their next response.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade_conns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/bus_message.h"
#include "common/clock.h"
#include "supervise/conn_router.h"
#include "supervise/message_check.h"

static const double TICK = 1; /* seconds */

enum {
	CONGESTED = 32,  /* messages */
	PATIENCE = 2000, /* milliseconds */
	AT_ONCE = 64     /* messages, then the loop has its turn */
};

/* ---- the old master ----------------------------------------------------- */

static bool
is_congested(const struct conn_export *e)
{
	return e->send_queue.count > CONGESTED;
}

static void
on_room(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn_export *e = w->data;
	unsigned before = e->send_queue.count;

	(void)loop;
	(void)events;
	if (send_queue_flush(&e->send_queue, e->fd) == -1) {
		/* There is room, but too many descriptors are in flight:
		 * on_tick() tries again. */
		if (errno == EAGAIN && e->send_queue.count == before &&
			ev_is_active(&e->tick))
			ev_io_stop(e->loop, w);
		if (errno == EAGAIN)
			return;
		send_queue_fini(&e->send_queue);
	}
	ev_io_stop(e->loop, w);
	bus_link_on_room(&e->link);
	if (!is_congested(e))
		conn_router_resume(e->router);
}

static int pass_message(struct conn_export *, struct channel_message *);

static int
send_totals(void *arg, struct channel_message *m)
{
	struct conn_export *e = arg;

	return e->fd == -1 ? -1 : pass_message(e, m);
}

/* While the new master does not read, the next time tells it all. */
static void
tell_totals(struct conn_export *e)
{
	if (!is_congested(e))
		upgrade_totals_tell(&e->told, e->scoreboard, send_totals, e);
}

static void
on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
	struct conn_export *e = w->data;

	(void)events;
	/* Epoll may have refused it. */
	if (e->link.bus != NULL)
		ev_io_start(loop, &e->messages);
	if (e->send_queue.first != NULL)
		ev_io_start(loop, &e->room);
	tell_totals(e);
}

/* Returns false if there is no message for now. */
static bool
receive_from_new(struct conn_export *e)
{
	struct channel_message m;
	int rc = channel_recv(e->fd, &m);

	if (rc == 1 && m.kind == CHANNEL_BUS_LINK)
		bus_link_take(&e->link, &m);
	while (rc == 1 && m.nfds > 0)
		close(m.fds[--m.nfds]);
	if (rc == 0) {
		/* The new master has ended: the next connection that should
		 * go to it finds that out. */
		ev_io_stop(e->loop, &e->messages);
		bus_link_close(&e->link);
	}
	return rc == 1 || (rc == -1 && errno == EPROTO);
}

static void
on_bus_messages(struct ev_loop *loop, ev_io *w, int events)
{
	int left = AT_ONCE;

	(void)loop;
	(void)events;
	while (left-- > 0 && receive_from_new(w->data))
		;
}

/* A message that the new master cannot get any more is lost with it. */
static int
send_of_link(struct ev_io *room, struct ev_loop *loop, struct send_queue *queue,
	int fd, const struct channel_message *m)
{
	if (queue->first == NULL &&
		(channel_send(fd, m) == 0 || errno != EAGAIN))
		return 0;
	if (send_queue_put(queue, m) == -1)
		return -1;
	ev_io_start(loop, room);
	return 0;
}

static int
send_to_new(void *arg, const struct channel_message *m)
{
	struct conn_export *e = arg;

	return send_of_link(&e->room, e->loop, &e->send_queue, e->fd, m);
}

static unsigned
count_for_new(void *arg)
{
	const struct conn_export *e = arg;

	return e->send_queue.count;
}

static const struct bus_link_calls calls_to_new = { send_to_new,
	count_for_new };

void
conn_export_init(struct conn_export *e, struct ev_loop *loop,
	const struct conn_router *router, const struct scoreboard *sb,
	struct bus *bus)
{
	*e = (struct conn_export){ .fd = -1,
		.loop = loop,
		.router = router,
		.scoreboard = sb,
		.bus = bus };
	ev_init(&e->messages, on_bus_messages);
	ev_init(&e->room, on_room);
	ev_timer_init(&e->tick, on_tick, TICK, TICK);
	e->messages.data = e->room.data = e->tick.data = e;
}

void
conn_export_open(struct conn_export *e, int fd)
{
	e->fd = fd;
	e->is_taken = false;
	ev_io_set(&e->messages, fd, EV_READ);
	ev_io_set(&e->room, fd, EV_WRITE);
	ev_io_start(e->loop, &e->messages);
	bus_link_open(&e->link, e->bus, &calls_to_new, e);
}

void
conn_export_begin(struct conn_export *e)
{
	if (e->fd == -1)
		return;
	e->is_taken = true;
	ev_timer_start(e->loop, &e->tick);
	bus_link_hand_over(&e->link);
	tell_totals(e);
}

void
conn_export_close(struct conn_export *e)
{
	if (e->fd == -1)
		return;
	bus_link_close(&e->link);
	ev_io_stop(e->loop, &e->messages);
	ev_io_stop(e->loop, &e->room);
	ev_timer_stop(e->loop, &e->tick);
	upgrade_totals_fini(&e->told);
	send_queue_fini(&e->send_queue);
	close(e->fd);
	e->fd = -1;
}

bool
conn_export_is_open(const struct conn_export *e)
{
	return e->fd != -1 && e->is_taken;
}

/* Messages stay in order: none is sent before those that wait. */
static int
pass_message(struct conn_export *e, struct channel_message *m)
{
	if (e->send_queue.first == NULL && channel_send(e->fd, m) == 0)
		return 0;
	if (e->send_queue.first == NULL && errno != EAGAIN) {
		conn_export_close(e);
		return -1;
	}
	if (send_queue_move(&e->send_queue, m) == -1)
		return -1;
	ev_io_start(e->loop, &e->room);
	return 0;
}

void
conn_export_finish(struct conn_export *e)
{
	int64_t until = clock_now_ms() + PATIENCE;
	unsigned before;

	if (conn_export_is_open(e))
		upgrade_totals_tell(&e->told, e->scoreboard, send_totals, e);
	while (e->fd != -1 && clock_now_ms() < until) {
		before = e->send_queue.count;
		if (send_queue_flush(&e->send_queue, e->fd) == 0 ||
			errno != EAGAIN)
			break;
		if (e->send_queue.count < before)
			until = clock_now_ms() + PATIENCE;
		channel_await_room(e->fd);
	}
	conn_export_close(e);
}

int
conn_export_announce(int fd)
{
	char text[32];

	snprintf(text, sizeof(text), "%d %d,%d", fd, CHANNEL_VERSION,
		BUS_LINK_VERSION);
	fcntl(fd, F_SETFD, 0);
	return setenv(CONN_IMPORT_VARIABLE, text, 1);
}

/* ---- the new master ----------------------------------------------------- */

/* The master has no descriptors left for those of the next message.  The
 * message is dropped after CHANNEL_ATTEMPTS attempts. */
static void
skip_message(struct conn_import *in)
{
	if (++in->failed_recvs >= CHANNEL_ATTEMPTS) {
		channel_skip(in->fd);
		return;
	}
	ev_io_stop(in->loop, &in->messages);
	ev_timer_set(&in->pause, CHANNEL_PAUSE, 0.);
	ev_timer_start(in->loop, &in->pause);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *w, int events)
{
	struct conn_import *in = w->data;

	(void)events;
	ev_io_start(loop, &in->messages);
}

static void
take_message(struct conn_import *in, struct channel_message *m)
{
	struct error_text unused;

	in->failed_recvs = 0;
	if (m->kind == CHANNEL_BUS_LINK)
		bus_link_take(&in->link, m);
	if (m->kind == CHANNEL_TOTALS)
		upgrade_totals_take(in->scoreboard, m);
	if (m->kind == CHANNEL_CONN && message_check_content(m, &unused) == 0 &&
		!conn_router_from_peer(in->router, m))
		ev_io_stop(in->loop, &in->messages);
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
}

static void
on_messages(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn_import *in = w->data;
	struct channel_message m;
	int left = AT_ONCE;

	/* Epoll refused the channel: the watcher is started again in a
	 * moment. */
	if (events & EV_ERROR) {
		ev_timer_set(&in->pause, CHANNEL_PAUSE, 0.);
		ev_timer_start(loop, &in->pause);
		return;
	}
	while (left-- > 0 && ev_is_active(w)) {
		int rc = channel_recv(in->fd, &m);

		if (rc == 1) {
			take_message(in, &m);
		} else if (rc == 0) {
			conn_import_close(in);
			in->on_end(in->arg);
			return;
		} else if (errno == EMFILE) {
			skip_message(in);
		} else if (errno != EPROTO) {
			return;
		}
	}
}

static void
on_room_for_bus(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn_import *in = w->data;

	(void)events;
	if (send_queue_flush(&in->send_queue, in->fd) == -1 && errno == EAGAIN)
		return;
	ev_io_stop(loop, w);
	bus_link_on_room(&in->link);
}

void
conn_import_open(struct conn_import *in)
{
	const char *text = getenv(CONN_IMPORT_VARIABLE);
	char *end;
	long fd;

	*in = (struct conn_import){ .fd = -1 };
	ev_init(&in->messages, on_messages);
	ev_init(&in->room, on_room_for_bus);
	ev_init(&in->pause, on_pause_over);
	in->messages.data = in->room.data = in->pause.data = in;
	if (text == NULL)
		return;
	fd = strtol(text, &end, 10);
	if (fd <= STDERR_FILENO || fcntl((int)fd, F_SETFD, FD_CLOEXEC) == -1)
		return;
	if (strtol(end, &end, 10) == CHANNEL_VERSION)
		in->fd = (int)fd;
	else
		close((int)fd);
	if (*end == ',')
		in->bus_version = strtol(end + 1, NULL, 10);
}

bool
conn_import_is_open(const struct conn_import *in)
{
	return in->fd != -1;
}

static int
send_to_old(void *arg, const struct channel_message *m)
{
	struct conn_import *in = arg;

	return send_of_link(&in->room, in->loop, &in->send_queue, in->fd, m);
}

static unsigned
count_for_old(void *arg)
{
	const struct conn_import *in = arg;

	return in->send_queue.count;
}

static const struct bus_link_calls calls_to_old = { send_to_old,
	count_for_old };

void
conn_import_start(struct conn_import *in, struct ev_loop *loop,
	const struct conn_router *router, struct scoreboard *sb,
	struct bus *bus)
{
	if (in->fd == -1)
		return;
	in->loop = loop;
	in->router = router;
	in->scoreboard = sb;
	ev_io_set(&in->messages, in->fd, EV_READ);
	ev_io_set(&in->room, in->fd, EV_WRITE);
	ev_io_start(loop, &in->messages);
	bus_link_open(&in->link, bus, &calls_to_old, in);
	if (in->bus_version > 0)
		bus_link_ask(&in->link);
}

void
conn_import_close(struct conn_import *in)
{
	if (in->fd == -1)
		return;
	bus_link_close(&in->link);
	if (in->loop != NULL) {
		ev_io_stop(in->loop, &in->messages);
		ev_io_stop(in->loop, &in->room);
		ev_timer_stop(in->loop, &in->pause);
	}
	send_queue_fini(&in->send_queue);
	close(in->fd);
	in->fd = -1;
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
	struct conn_import *in = &((struct upgrade_conns *)arg)->in;

	if (in->fd != -1 && in->loop != NULL)
		ev_io_start(in->loop, &in->messages);
}

const struct conn_router_peer upgrade_conns_peer = {
	.is_open = has_open_export,
	.pass = pass_to_export,
	.is_congested = has_congested_export,
	.resume = resume_import,
};
