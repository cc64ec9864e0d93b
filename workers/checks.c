/*
 * One check at a time: a socketpair, of which the worker serves one end as a
 * connection; the other end writes the request and reads the response.
 * SPDX-License-Identifier: MIT
 */
#include "checks.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "canary.h"
#include "check_answer.h"
#include "common/conf.h"
#include "common/conf_check.h"
#include "common/mem.h"
#include "conn/conn.h"
#include "worker.h"

enum { INPUT = 16 * 1024, REASON = 1024 };

struct checks {
	struct worker *w;
	ev_io io;
	ev_timer limit; /* of all of them */
	size_t next;    /* check */
	char *request;  /* of the current check */
	size_t request_len, sent;
	struct check_answer answer;
	void (*on_done)(struct worker *, const char *why);
};

static const struct conf_check *
find_current(const struct checks *c)
{
	return &c->w->conf->checks.all[c->next];
}

/* ---- the end ------------------------------------------------------------ */

static void
close_current(struct checks *c)
{
	if (c->request == NULL)
		return;
	ev_io_stop(c->w->loop, &c->io);
	close(c->io.fd);
	check_answer_fini(&c->answer);
	free(c->request);
	c->request = NULL;
}

/* what: NULL, or what is wrong with the current check. */
static void
finish_checks(struct checks *c, const char *what)
{
	void (*on_done)(struct worker *, const char *) = c->on_done;
	struct worker *w = c->w;
	char why[REASON];

	if (what != NULL)
		snprintf(why, sizeof(why), "checks[%zu]: %s: %s", c->next,
			find_current(c)->request, what);
	close_current(c);
	ev_timer_stop(w->loop, &c->limit);
	free(c);
	on_done(w, what == NULL ? NULL : why);
}

/* ---- the request -------------------------------------------------------- */

static void
write_request(const struct checks *c, FILE *to)
{
	const struct conf_check *check = find_current(c);
	char host[CANARY_HOST];

	canary_write_host(c->w->conf, host, sizeof(host));
	fprintf(to,
		"%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: prong-check\r\n"
		"Connection: close\r\n",
		check->request, check->host == NULL ? host : check->host);
	for (size_t i = 0; i < check->headers.count; i++)
		fprintf(to, "%s: %s\r\n", check->headers.all[i].name.at,
			check->headers.all[i].value.at);
	if (check->body != NULL)
		fprintf(to, "Content-Length: %zu\r\n", strlen(check->body));
	fprintf(to, "\r\n%s", check->body == NULL ? "" : check->body);
}

static void
send_request(struct checks *c)
{
	ssize_t n = send(c->io.fd, c->request + c->sent,
		c->request_len - c->sent, MSG_NOSIGNAL);
	int events = EV_READ;

	c->sent += n > 0 ? (size_t)n : 0;
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		c->sent = c->request_len; /* the response tells why */
	if (c->sent < c->request_len)
		events |= EV_WRITE;
	ev_io_stop(c->w->loop, &c->io);
	ev_io_set(&c->io, c->io.fd, events);
	ev_io_start(c->w->loop, &c->io);
}

/* ---- a check ------------------------------------------------------------ */

static void start_next(struct checks *);

static void
read_answer(struct checks *c)
{
	char input[INPUT], why[REASON / 2];
	ssize_t n = recv(c->io.fd, input, sizeof(input), 0);
	enum check_verdict verdict;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	verdict = check_answer_take(
		&c->answer, input, n > 0 ? (size_t)n : 0, why, sizeof(why));
	if (verdict == CHECK_FAILS) {
		finish_checks(c, why);
	} else if (verdict == CHECK_HOLDS) {
		close_current(c);
		c->next++;
		start_next(c);
	}
}

static void
on_ready(struct ev_loop *loop, ev_io *io, int revents)
{
	struct checks *c = io->data;

	(void)loop;
	if (revents & EV_ERROR) {
		finish_checks(c, "no descriptor to wait for its response");
		return;
	}
	if (revents & EV_WRITE)
		send_request(c);
	if (revents & EV_READ)
		read_answer(c);
}

static void
on_limit(struct ev_loop *loop, ev_timer *limit, int revents)
{
	(void)loop;
	(void)revents;
	finish_checks(limit->data, "no response came in time");
}

static bool
make_request(struct checks *c)
{
	FILE *to = open_memstream(&c->request, &c->request_len);

	c->sent = 0;
	if (to == NULL)
		return false;
	write_request(c, to);
	return fclose(to) == 0;
}

static void
start_next(struct checks *c)
{
	union {
		struct sockaddr any;
		struct sockaddr_in6 ip6;
	} peer = { .any.sa_family = AF_UNIX };
	int ends[2];

	if (c->next == c->w->conf->checks.count) {
		finish_checks(c, NULL);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		    ends) == -1) {
		finish_checks(c, "no descriptors for it");
		return;
	}
	if (!make_request(c)) {
		close(ends[0]);
		close(ends[1]);
		finish_checks(c, "no memory for it");
		return;
	}
	check_answer_init(&c->answer, find_current(c));
	ev_io_init(&c->io, on_ready, ends[0], EV_READ);
	c->io.data = c;
	send_request(c);
	conn_open_canary(c->w, ends[1], &peer.any);
}

/* The master ends a worker that is not ready in time, without a reason: the
 * checks say which one it was. */
void
checks_start(
	struct worker *w, void (*on_done)(struct worker *, const char *why))
{
	struct checks *c = mem_calloc(1, sizeof(*c));

	c->w = w;
	c->on_done = on_done;
	ev_timer_init(&c->limit, on_limit,
		(double)w->conf->timeouts.ready * 0.8 / 1e3, 0.);
	c->limit.data = c;
	ev_timer_start(w->loop, &c->limit);
	start_next(c);
}
