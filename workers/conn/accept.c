/*
 * Accepts a batch a turn, so that the connections that are open get theirs.
 * SPDX-License-Identifier: MIT
 */
#include "conn/accept.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#ifdef __linux__
#include <linux/filter.h>
#include <sys/epoll.h>
#endif
#include <sys/socket.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/mem.h"
#include "conn/conn.h"
#include "conn/worker_state.h"
#include "tls/tls.h"

enum { BATCH = 64, TURN = 16 };
static const double PAUSE = 0.1; /* seconds */

/* ---- a socket that all workers share ---------------------------------------
 *
 * libev knows no EPOLLEXCLUSIVE, and closing a shared descriptor makes it
 * build its set anew: so such a socket is in an epoll of its own, and that one
 * is what the loop watches.
 */

#ifdef __linux__
static int
open_epoll(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static int
watch_shared(struct acceptor *a)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE };

	a->accepted = 0;
	if (epoll_ctl(a->epoll, EPOLL_CTL_ADD, a->fd, &e) == -1 &&
		errno != EEXIST)
		return -1;
	return 0;
}

static void
forget_shared(struct acceptor *a)
{
	epoll_ctl(a->epoll, EPOLL_CTL_DEL, a->fd, NULL);
}
#else
static int
open_epoll(void)
{
	errno = ENOSYS;
	return -1;
}

static int
watch_shared(struct acceptor *a)
{
	(void)a;
	return 0;
}

static void
forget_shared(struct acceptor *a)
{
	(void)a;
}
#endif

/* ---- watching ----------------------------------------------------------- */

static void
stop_acceptor(struct acceptor *a)
{
	if (!ev_is_active(&a->io))
		return;
	ev_io_stop(a->worker->loop, &a->io);
	if (a->epoll != -1)
		forget_shared(a);
}

static void pause_acceptor(struct acceptor *);

/* Epoll refuses the socket (ENOSPC, ENOMEM): tries again in a moment. */
static void
rest_unwatched(struct acceptor *a)
{
	struct worker *w = a->worker;
	unsigned times = log_limit_take(&a->unwatched, w->now_ms);

	if (times > 0)
		log_warnx(&w->log,
			"epoll does not take the socket of %s (%u time%s): "
			"memory or fs.epoll.max_user_watches is used up",
			a->text, times, log_plural(times));
	pause_acceptor(a);
}

static void
start_acceptor(struct acceptor *a)
{
	enum worker_state state = a->worker->state;

	if ((state != WORKER_SERVING && state != WORKER_DRAIN_DELAY) ||
		ev_is_active(&a->io))
		return;
	if (a->epoll != -1 && watch_shared(a) == -1)
		rest_unwatched(a);
	else
		ev_io_start(a->worker->loop, &a->io);
}

/* The kernel always wakes the process that was added to the wait queue of a
 * shared socket last; so after some connections the acceptor adds itself anew.
 */
static void
take_turns(struct acceptor *a)
{
	if (a->epoll == -1 || a->accepted < TURN)
		return;
	forget_shared(a);
	if (watch_shared(a) == -1)
		rest_unwatched(a);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	start_acceptor(timer->data);
}

/* Stops accepting for a moment, instead of spinning. */
static void
pause_acceptor(struct acceptor *a)
{
	stop_acceptor(a);
	ev_timer_stop(a->worker->loop, &a->pause);
	ev_timer_set(&a->pause, PAUSE, 0.);
	ev_timer_start(a->worker->loop, &a->pause);
}

/* True for errors of accept(2) that are shortages of this machine, not faults
 * of the client or the network. */
static bool
is_short(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* Logs a shortage, rate limited: there may be thousands in a second. */
static void
tell_shortage(struct acceptor *a)
{
	struct worker *w = a->worker;
	unsigned times = log_limit_take(&a->shortages, w->now_ms);

	if (times > 0)
		log_warn(&w->log, "cannot accept a connection (%u time%s)",
			times, log_plural(times));
}

/* There is no descriptor or memory for a connection that waits: closes
 * something idle.  If nothing is idle, pauses the acceptor and returns false.
 */
static bool
end_shortage(struct acceptor *a)
{
	tell_shortage(a);
	if (conn_make_room(a->worker))
		return true;
	pause_acceptor(a);
	return false;
}

/* No connection is idle that could be closed for one that waits. */
static void
warn_full(struct acceptor *a)
{
	struct worker *w = a->worker;
	size_t size = w->conns.size,
	       asked = (size_t)w->conf->limits.connections;

	if (log_limit_take_minutely(&a->saturations, w->now_ms) == 0)
		return;
	if (asked == size)
		log_warnx(&w->log,
			"all of its %zu connections are taken: clients of %s "
			"wait; raise limits.connections",
			size, a->text);
	else
		log_warnx(&w->log,
			"all of its %zu connections are taken: clients of %s "
			"wait; the limit of open files, %zu, allows no more: "
			"raise it (ulimit -n, LimitNOFILE)",
			size, a->text, w->most_open_files);
}

/* False when the table has no room for a connection of this address. */
static bool
has_room(const struct acceptor *a)
{
	return conn_table_has_room(&a->worker->conns, a->from->is_admin);
}

/* A client waits and the table is full: closes the connection that has been
 * idle longest; its memory is free in the next turn.  If all are busy, their
 * next response is the last (is_full), so that no request is cut short. */
static void
make_room(struct acceptor *a)
{
	if (conn_close_oldest_idle(a->worker, a->from->is_admin))
		return;
	warn_full(a);
	a->is_full = a->worker->is_full = true;
	pause_acceptor(a);
}

/* Accepts a connection.  Returns 1; 0 if the client had closed it already; -1
 * with errno. */
static int
take_connection(struct worker *w, int listener, const struct conf_listen *from,
	struct tls_address *tls)
{
	union {
		struct sockaddr any;
		struct sockaddr_in6 ip6;
	} peer = { .ip6 = { 0 } }; /* all of it may be handed over */
	socklen_t len = sizeof(peer);
	int fd;

	peer.any.sa_family = AF_UNIX;
	fd = accept4(listener, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return errno == EAGAIN || is_short(errno) ? -1 : 0;
	if (from->is_admin)
		conn_open_admin(w, fd, &peer.any);
	else if (tls != NULL)
		conn_open_tls(w, fd, &peer.any, from->proxy_protocol, tls);
	else
		conn_open(w, fd, &peer.any, from);
	return 1;
}

/* Returns false if there is nothing more to accept for now. */
static bool
accept_one(struct acceptor *a)
{
	struct worker *w = a->worker;
	int n;

	if (!has_room(a)) {
		make_room(a);
		return false;
	}
	n = take_connection(w, a->fd, a->from, a->tls);
	if (n == -1 && errno != EAGAIN)
		return end_shortage(a);
	a->accepted += n == 1;
	a->failures = n == 1 ? 0 : a->failures + 1;
	if (a->failures < BATCH)
		return n != -1;
	/* accept(2) fails again and again, whatever the reason. */
	a->failures = 0;
	pause_acceptor(a);
	return false;
}

/* libev has stopped the watcher itself. */
static void
on_refused(struct acceptor *a)
{
	if (a->epoll != -1)
		forget_shared(a);
	rest_unwatched(a);
}

static void
on_event(struct ev_loop *loop, ev_io *io, int revents)
{
	struct acceptor *a = io->data;

	(void)loop;
	if (revents & EV_ERROR) {
		on_refused(a);
		return;
	}
	for (int i = 0; i < (a->epoll == -1 ? BATCH : TURN); i++)
		if (!accept_one(a) || !has_room(a))
			break;
	if (ev_is_active(&a->io))
		take_turns(a);
}

int
acceptors_init(struct worker *w)
{
	const struct heritage *h = w->heritage;

	w->acceptors = mem_calloc(h->nlisteners + 1, sizeof(*w->acceptors));
	for (size_t i = 0; i < h->nlisteners; i++) {
		struct acceptor *a = &w->acceptors[i];

		a->worker = w;
		a->fd = h->listeners[i].fd;
		a->from = h->listeners[i].from;
		a->tls = tls_address_find(
			w->tls, (size_t)(a->from - h->conf->listen));
		a->text = h->listeners[i].from->text;
		a->epoll = h->listeners[i].is_shared ? open_epoll() : -1;
		if (h->listeners[i].is_shared && a->epoll == -1)
			return -1;
		ev_io_init(&a->io, on_event, a->epoll == -1 ? a->fd : a->epoll,
			EV_READ);
		ev_timer_init(&a->pause, on_pause_over, 0., 0.);
		a->io.data = a->pause.data = a;
	}
	return 0;
}

void
acceptors_start(struct worker *w)
{
	for (size_t i = 0; i < w->heritage->nlisteners; i++)
		start_acceptor(&w->acceptors[i]);
}

/* Accepts all connections that wait in the socket, while there is room. */
static void
take_all(struct worker *w, int listener, size_t number)
{
	const struct conf_listen *from = &w->conf->listen[number];
	struct tls_address *tls = tls_address_find(w->tls, number);
	unsigned failures = 0;
	int n;

	while (conn_table_has_room(&w->conns, from->is_admin) &&
		failures < BATCH) {
		n = take_connection(w, listener, from, tls);
		if (n == -1)
			return;
		failures = n == 1 ? 0 : failures + 1;
	}
}

void
acceptors_help(struct worker *w, struct channel_message *m)
{
	const struct conf *conf = w->conf;
	char *at = m->text;
	size_t number;

	for (int i = 0; i < m->nfds; i++) {
		number = strtoul(at, &at, 10);
		if (w->state == WORKER_SERVING && number < conf->nlisten)
			take_all(w, m->fds[i], number);
		close(m->fds[i]);
	}
}

void
acceptors_resume(struct worker *w)
{
	w->is_full = false;
	for (size_t i = 0; i < w->heritage->nlisteners; i++) {
		struct acceptor *a = &w->acceptors[i];

		if (a->is_full) {
			a->is_full = false;
			start_acceptor(a);
		}
	}
}

void
acceptors_stop_deferring(struct worker *w)
{
	int off = 0;

	/* Sockets that are not TCP say no, and have nothing to stop. */
	for (size_t i = 0; i < w->heritage->nlisteners; i++)
		setsockopt(w->acceptors[i].fd, IPPROTO_TCP, TCP_DEFER_ACCEPT,
			&off, sizeof(off));
}

void
acceptors_stop(struct worker *w)
{
	for (size_t i = 0; i < w->heritage->nlisteners; i++) {
		stop_acceptor(&w->acceptors[i]);
		ev_timer_stop(w->loop, &w->acceptors[i].pause);
	}
}

/* Accepts at most as many connections as the table has entries: more would be a
 * flood. */
static void
empty_queue(struct acceptor *a)
{
	size_t most = a->worker->conns.size;

	for (size_t n = 0; n < most && accept_one(a); n++)
		;
	close(a->fd);
}

/* A client that connected between the last accept(2) and the close(2) would be
 * reset.  A filter drops new SYNs, so that such clients try again and are
 * refused then.  Not used if the master was killed: its successor may have
 * inherited the same sockets. */
static void
stop_hearing(const struct acceptor *a)
{
#ifdef SO_ATTACH_FILTER
	enum { FLAGS = 13, SYN = 2 }; /* offset in a TCP header; bit of it */
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (a->epoll == -1 && a->worker->is_shutting_down)
		setsockopt(a->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			sizeof(program));
#else
	(void)a;
#endif
}

void
acceptors_empty(struct worker *w)
{
	acceptors_stop(w);
	for (size_t i = 0; i < w->heritage->nlisteners; i++)
		stop_hearing(&w->acceptors[i]);
	for (size_t i = 0; i < w->heritage->nlisteners; i++)
		empty_queue(&w->acceptors[i]);
}

void
acceptors_empty_some(struct worker *w, const unsigned *numbers, size_t n)
{
	const struct heritage *h = w->heritage;

	acceptors_stop(w);
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < h->nlisteners; i++)
			if (h->listeners[i].from ==
				&h->conf->listen[numbers[k]])
				empty_queue(&w->acceptors[i]);
}

void
acceptors_fini(struct worker *w)
{
	acceptors_stop(w);
	for (size_t i = 0; i < w->heritage->nlisteners; i++)
		if (w->acceptors[i].epoll != -1)
			close(w->acceptors[i].epoll);
	free(w->acceptors);
	w->acceptors = NULL;
}
