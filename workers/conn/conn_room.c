/*
 * Room for a new connection: what is idle gives way, files before clients.
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "conn/conn.h"
#include "worker.h"

/* Our clock stands still during a turn, and on a busy machine a turn is long:
 * the kernel knows when the last answer left. */
static bool
has_just_answered(const struct conn *c, int64_t since)
{
	enum { JUST_NOW = 100 }; /* milliseconds */
#ifdef __linux__
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(c->io.fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
		info.tcpi_last_data_sent < JUST_NOW)
		return true;
#endif
	return c->worker->now_ms - since < JUST_NOW;
}

bool
conn_close_oldest_idle(struct worker *w)
{
	struct deadline *d = deadline_oldest(&w->conns.waits[CONN_WAIT_IDLE]);
	struct conn *c;
	char byte;

	if (d == NULL)
		return false;
	c = conn_of_deadline(d);
	if (has_just_answered(c, d->since) ||
		recv(c->io.fd, &byte, 1, MSG_PEEK) > 0)
		return false;
	conn_close(c, "made room");
	return true;
}

bool
conn_make_room(struct worker *w)
{
	return file_cache_drop_idle(&w->files) > 0 || conn_close_oldest_idle(w);
}

void
conn_close_unwatched(struct conn *c)
{
	struct worker *w = c->worker;
	unsigned times = log_limit_take(&w->unwatched, w->now_ms);

	if (times > 0)
		log_warnx(&w->log,
			"closed a connection that epoll does not take (%u "
			"times): memory or fs.epoll.max_user_watches is used "
			"up",
			times);
	conn_close(c, "epoll does not take it");
}
