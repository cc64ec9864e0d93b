/*
 * The master's side of a worker's channel.  Messages that the channel has no
 * room for wait in a queue, in order.  A shortage of memory or descriptors
 * pauses the channel for a moment.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/proc_channel.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/bus_message.h"
#include "supervise/bus.h"
#include "supervise/close_process.h"
#include "supervise/conn_router.h"
#include "supervise/proc_receive.h"

enum { CONGESTED = 32 }; /* messages */

/* Stops sending for a moment. */
static void
pause_sending(struct proc *p)
{
	struct ev_loop *loop = p->env->loop;

	ev_io_stop(loop, &p->channel.room);
	ev_timer_stop(loop, &p->channel.pause);
	ev_timer_set(&p->channel.pause, CHANNEL_PAUSE, 0.);
	ev_timer_start(loop, &p->channel.pause);
}

void
proc_try_later(struct proc *p)
{
	ev_io_stop(p->env->loop, &p->channel.messages);
	pause_sending(p);
}

static void
start_reading(struct proc *p)
{
	if (!p->channel.is_paused && !p->channel.is_refused)
		ev_io_start(p->env->loop, &p->channel.messages);
}

static void
start_watchers(struct proc *p)
{
	start_reading(p);
	if (p->channel.send_queue.first != NULL)
		ev_io_start(p->env->loop, &p->channel.room);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	start_watchers(w->data);
}

static void
on_messages(struct ev_loop *loop, ev_io *w, int events)
{
	struct proc *p = w->data;

	(void)loop;
	if (events & EV_ERROR)
		log_warnx(p->env->log,
			"epoll refused the channel of worker %u: memory "
			"or fs.epoll.max_user_watches is used up",
			p->index);
	proc_receive(p);
}

/* The next message of the bus tells this loss, and those that this message
 * would have told. */
static void
count_lost_message(struct proc *p, const struct channel_message *m)
{
	struct bus_head head;

	memcpy(&head, m->text, sizeof(head));
	p->bus_lost += head.lost + (head.key != BUS_GREETING);
}

/* A message cannot be delivered.  Without CHANNEL_GO a worker never serves: it
 * is killed, and another one is started. */
static void
report_loss(struct proc *p, const struct channel_message *m)
{
	if (m->kind == CHANNEL_BUS)
		count_lost_message(p, m);
	if (m->kind == CHANNEL_CONN)
		log_err(p->env->log,
			"dropped connections that were passed to worker %u",
			p->index);
	else if (m->kind != CHANNEL_GO)
		log_err(p->env->log, "dropped a message to worker %u (pid %ld)",
			p->index, (long)p->pid);
	else {
		log_err(p->env->log,
			"killed worker %u (pid %ld): cannot send it the order "
			"to serve",
			p->index, (long)p->pid);
		proc_kill(p);
	}
}

static void
drop_first_message(struct proc *p)
{
	struct channel_message m;
	int error = errno;

	p->channel.failed_sends = 0;
	if (!send_queue_take(&p->channel.send_queue, &m))
		return;
	errno = error;
	report_loss(p, &m);
	send_queue_close_fds(&m);
}

static void
on_room(struct ev_loop *loop, ev_io *w, int events)
{
	struct proc *p = w->data;
	unsigned before = p->channel.send_queue.count;

	(void)events;
	if (send_queue_flush(&p->channel.send_queue, p->channel.fd) == 0) {
		p->channel.failed_sends = 0;
		ev_io_stop(loop, w);
		if (p->bus_lost > 0)
			bus_greet(p);
	} else if (errno == EAGAIN) {
		/* There is room, but too many descriptors are in flight. */
		if (p->channel.send_queue.count == before)
			pause_sending(p);
		return;
	} else if (errno == EPIPE) {
		/* The process has exited. */
		ev_io_stop(loop, w);
	} else {
		if (++p->channel.failed_sends >= CHANNEL_ATTEMPTS)
			drop_first_message(p);
		proc_try_later(p);
		return;
	}
	if (!proc_is_congested(p))
		conn_router_resume(p->env->router);
}

void
proc_watch_again(struct proc *p)
{
	if (p->state != PROC_NONE)
		start_watchers(p);
}

/* ---- sending ------------------------------------------------------------- */

/* Messages stay in order: none is sent before those that wait.  Returns true
 * if the message was sent, or the process has exited, which proc_reap() will
 * handle. */
static bool
send_at_once(struct proc *p, const struct channel_message *m)
{
	if (p->channel.send_queue.first != NULL)
		return false;
	return channel_send(p->channel.fd, m) == 0 ||
	       (errno == EPIPE && m->kind != CHANNEL_CONN);
}

void
proc_channel_send(struct proc *p, const struct channel_message *m)
{
	if (send_at_once(p, m))
		return;
	if (send_queue_put(&p->channel.send_queue, m) == -1)
		report_loss(p, m);
	else
		ev_io_start(p->env->loop, &p->channel.room);
}

/* Queues a message until there is room, or another process. */
static void
keep_message(struct proc *p, struct channel_message *m)
{
	if (send_queue_move(&p->channel.send_queue, m) == -1)
		report_loss(p, m);
	else if (p->state >= PROC_SERVING)
		ev_io_start(p->env->loop, &p->channel.room);
}

void
proc_pass(struct proc *p, struct channel_message *m)
{
	if (p->state < PROC_SERVING || !send_at_once(p, m))
		keep_message(p, m);
}

bool
proc_is_congested(const struct proc *p)
{
	return p->channel.send_queue.count > CONGESTED;
}

/* ---- reading ------------------------------------------------------------- */

void
proc_pause(struct proc *p)
{
	if (p->state == PROC_NONE)
		return;
	p->channel.is_paused = true;
	ev_io_stop(p->env->loop, &p->channel.messages);
}

void
proc_resume(struct proc *p)
{
	if (!p->channel.is_paused)
		return;
	p->channel.is_paused = false;
	if (p->state != PROC_NONE)
		start_reading(p);
}

/* ---- life ---------------------------------------------------------------- */

void
proc_channel_init(struct proc *p)
{
	struct proc_channel *c = &p->channel;

	c->fd = c->far_end = -1;
	ev_init(&c->messages, on_messages);
	ev_init(&c->room, on_room);
	ev_init(&c->pause, on_pause_over);
	c->messages.data = c->room.data = c->pause.data = p;
}

void
proc_channel_start(struct proc *p, const int ends[2])
{
	struct proc_channel *c = &p->channel;

	c->fd = ends[0];
	c->far_end = ends[1];
	c->sent = 0;
	c->is_refused = false;
	c->failed_recvs = c->failed_sends = 0;
	ev_io_set(&c->messages, ends[0], EV_READ);
	ev_io_set(&c->room, ends[0], EV_WRITE);
	ev_io_start(p->env->loop, &c->messages);
}

void
proc_channel_stop(struct proc *p)
{
	struct ev_loop *loop = p->env->loop;

	ev_io_stop(loop, &p->channel.messages);
	ev_io_stop(loop, &p->channel.room);
	ev_timer_stop(loop, &p->channel.pause);
}

void
proc_channel_moved(struct proc *p)
{
	struct proc_channel *c = &p->channel;

	c->messages.data = c->room.data = c->pause.data = p;
	start_watchers(p);
}

static void
recover_message(struct proc *p, struct channel_message *m)
{
	if (m->kind == CHANNEL_CONN || m->kind == CHANNEL_BUS)
		keep_message(p, m);
	send_queue_close_fds(m);
}

/* Queues the connections, and messages of the bus, that the process has not
 * read for the next process, before those that had no room in the channel. */
static void
recover_messages(struct proc *p)
{
	struct send_queue newer = p->channel.send_queue;
	struct channel_message m;
	int rc;

	p->channel.send_queue = (struct send_queue){ .first = NULL };
	do {
		rc = channel_recv(p->channel.far_end, &m);
		if (rc == 1)
			recover_message(p, &m);
		else if (rc == -1 && errno == EMFILE)
			channel_skip(p->channel.far_end);
	} while (rc == 1 || (rc == -1 && (errno == EMFILE || errno == EPROTO)));
	send_queue_append(&p->channel.send_queue, &newer);
}

/* True if the master has not read all that the process has sent (unix(7)). */
static bool
has_unread(const struct proc_channel *c)
{
	int bytes = 0;

	return ioctl(c->far_end, SIOCOUTQ, &bytes) == -1 || bytes > 0;
}

/* Messages that the master did not read may hold descriptors that take long
 * to close. */
static void
close_ends(struct proc_channel *c)
{
	if (has_unread(c))
		close_in_process(&c->fd, 1);
	else
		close(c->fd);
	close(c->far_end);
	c->fd = c->far_end = -1;
}

void
proc_channel_close(struct proc *p)
{
	proc_channel_stop(p);
	recover_messages(p);
	close_ends(&p->channel);
	send_queue_forget_orders(&p->channel.send_queue);
	p->channel.is_paused = false;
}
