/*
 * The worker serves one end of a socketpair as a connection; the canary writes
 * a request to the other end and reads the status line.
 * SPDX-License-Identifier: MIT
 */
#include "canary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/mem.h"
#include "conn/conn.h"
#include "worker.h"

enum { STATUS_LINE = 12 /* "HTTP/1.1 200" */, REQUEST = 512 };

void
canary_write_host(const struct conf *conf, char *host, size_t size)
{
	const char *const *hosts = conf->sites[0].hosts;

	if (hosts == NULL || hosts[0] == NULL)
		snprintf(host, size, "localhost");
	else if (hosts[0][0] == '*')
		snprintf(host, size, "canary%s", hosts[0] + 1);
	else
		snprintf(host, size, "%s", hosts[0]);
}

static void
finish_canary(struct worker *w, int status)
{
	char why[64];

	ev_io_stop(w->loop, &w->canary->io);
	close(w->canary->io.fd);
	snprintf(why, sizeof(why), "its own GET / was answered %d", status);
	if (status == 0)
		snprintf(why, sizeof(why), "its own GET / was not answered");
	w->canary->on_done(w, status > 0 && status < 500 ? NULL : why);
}

static void
on_answer(struct ev_loop *loop, ev_io *io, int revents)
{
	struct worker *w = io->data;
	struct canary *c = w->canary;
	ssize_t n;

	(void)loop;
	if (revents & EV_ERROR) {
		finish_canary(w, 0);
		return;
	}
	n = recv(io->fd, c->answer + c->used, STATUS_LINE - c->used, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	c->used += n > 0 ? (size_t)n : 0;
	if (c->used == STATUS_LINE)
		finish_canary(w, (int)strtol(c->answer + 9, NULL, 10));
	else if (n <= 0)
		finish_canary(w, 0);
}

static void
listen_to(struct worker *w, int fd)
{
	ev_io_init(&w->canary->io, on_answer, fd, EV_READ);
	w->canary->io.data = w;
	ev_io_start(w->loop, &w->canary->io);
}

void
canary_start(
	struct worker *w, void (*on_done)(struct worker *, const char *why))
{
	union {
		struct sockaddr any;
		struct sockaddr_in6 ip6;
	} peer = { .any.sa_family = AF_UNIX };
	char host[REQUEST / 2 + 8], request[REQUEST];
	int ends[2], len;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		    ends) == -1) {
		on_done(w, "no descriptors for its own GET /");
		return;
	}
	w->canary = mem_calloc(1, sizeof(*w->canary));
	w->canary->on_done = on_done;
	canary_write_host(w->conf, host, sizeof(host));
	len = snprintf(request, sizeof(request),
		"GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: prong-canary\r\n"
		"Connection: close\r\n\r\n",
		host);
	send(ends[0], request, (size_t)len, MSG_NOSIGNAL);
	listen_to(w, ends[0]);
	conn_open_canary(w, ends[1], &peer.any);
}
