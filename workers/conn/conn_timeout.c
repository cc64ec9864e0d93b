/*
 * What happens when a deadline of a connection is due: a table with a row for
 * each kind of wait.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/conf.h"
#include "conn/conn.h"
#include "conn/end_reason.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/http2_service.h"
#include "conn/readahead.h"
#include "conn/worker_state.h"
#include "tls/tls.h"

#ifdef __linux__
#else
#define SIOCOUTQ TIOCOUTQ
#endif

/* ---- what is refused or cut short ---------------------------------------- */

void
conn_count_refusal(struct conn *c, enum slot_refusal reason)
{
	c->worker->slot->refused[reason] += c->is_counted;
	c->end_reason = (uint8_t)end_reason_of(reason);
	if (c->exchange != NULL)
		c->exchange->end_reason = c->end_reason;
}

void
conn_close_gone(struct conn *c)
{
	if (conn_steps[c->state].is_busy)
		conn_count_refusal(c, SLOT_REFUSED_CLIENT_GONE);
	conn_close(c,
		c->tls != NULL ? tls_reason(c->tls) : "the client went away");
}

void
conn_close_failed(struct conn *c, enum output_result result)
{
	struct worker *w = c->worker;
	int error = errno;

	if (result == OUTPUT_FAILED) {
		conn_close_gone(c);
		return;
	}
	if (error != 0)
		file_errors_log_open(&w->file_errors,
			output_unreadable(c->output), error, w->now_ms);
	c->end_reason = END_FILE_CHANGED;
	conn_close(c, error == 0 ? "the file became shorter"
				 : "the file cannot be read");
}

/* ---- the time in the socket ---------------------------------------------- */

/* True while the connection waits for input; what it reads at other times was
 * behind a request of its own. */
static bool
waits_for_input(const struct conn *c)
{
	return (conn_steps[c->state].events & EV_READ) != 0 &&
	       c->state != CONN_HANDLE && c->state != CONN_TUNNEL;
}

int64_t
conn_input_age(const struct conn *c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int64_t age, waits;

	if (c->state != CONN_ACCEPTED && !waits_for_input(c))
		return 0;
	if (getsockopt(c->io.fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return 0;
	age = info.tcpi_last_data_recv;
	waits = c->worker->now_ms - c->deadline.since;
	return c->deadline.next != NULL && waits < age ? waits : age;
}

/* ---- deadlines ----------------------------------------------------------- */

/* Returns true if a response is still on its way, and once more when the client
 * has just acknowledged it: the time for its next request begins then. */
static bool
is_owed_a_moment(struct conn *c)
{
	bool was_sending = c->is_sending;
	int unsent = 0;

	c->is_sending = ioctl(c->io.fd, SIOCOUTQ, &unsent) == 0 && unsent > 0;
	return c->is_sending || was_sending;
}

static void
on_handshake_due(struct deadline *d)
{
	struct conn *c = conn_of_deadline(d);

	conn_count_refusal(c, SLOT_REFUSED_HEAD_TIMEOUT);
	if (c->tls != NULL)
		tls_end_late(c->tls);
	conn_close(c, "the client took too long");
}

static void
on_idle_due(struct deadline *d)
{
	struct conn *c = conn_of_deadline(d);

	if (c->worker->state > WORKER_SERVING && is_owed_a_moment(c))
		deadline_arm(&c->worker->conns.waits[conn_idle_wait(c)], d);
	else
		conn_finish(c);
}

/* A client that has begun a request gets a 408 (RFC 9110 15.5.9). */
static void
on_head_due(struct deadline *d)
{
	struct conn *c = conn_of_deadline(d);

	if (c->state == CONN_READ_PROXY) {
		conn_count_refusal(c, SLOT_REFUSED_HEAD_TIMEOUT);
		conn_close(c, "it did not come in time");
		return;
	}
	if (c->exchange == NULL)
		conn_take_exchange(c);
	c->exchange->request.method = request_peek_method(
		(struct span){ c->input.bytes, c->input.used });
	conn_count_refusal(c, SLOT_REFUSED_HEAD_TIMEOUT);
	exchange_end_head(c->exchange, d->since);
	conn_resume(c);
}

/* Returns true, and arms the deadline again, if the client kept the rate in
 * bytes per second since the deadline was armed. */
static bool
keeps_rate(struct conn *c, enum conn_wait wait, int64_t rate)
{
	struct deadline_class *class = &c->worker->conns.waits[wait];

	if ((int64_t)c->progress < rate * class->timeout / 1000 ||
		c->progress == 0)
		return false;
	c->progress = 0;
	deadline_arm(class, &c->deadline);
	return true;
}

static void
on_body_due(struct deadline *d)
{
	struct conn *c = conn_of_deadline(d);

	if (keeps_rate(c, CONN_WAIT_BODY, c->worker->conf->limits.body_rate))
		return;
	conn_count_refusal(c, SLOT_REFUSED_BODY_TIMEOUT);
	if (exchange_end_body(c->exchange) == EXCHANGE_DUE_CUT)
		conn_finish(c);
	else
		conn_resume(c);
}

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

/* Returns true if the client has gone.  No event tells that while the socket is
 * not watched, after the client has sent its next request early.  Without a
 * handler the response was made in this turn: it is still sent. */
static bool
has_gone(const struct conn *c)
{
	const struct exchange *x = c->exchange;
	struct pollfd p = { .fd = c->io.fd, .events = POLLRDHUP };

	if (poll(&p, 1, 0) != 1)
		return false;
	return (p.revents & (POLLERR | POLLHUP)) != 0 ||
	       (x->handler != NULL && x->handler->minds_eof && !x->is_paused);
}

/* Waits on if the disk has delivered anything since the deadline was armed. */
static void
on_disk_due(struct conn *c)
{
	if (readahead_has_progressed(c->exchange)) {
		deadline_arm(&c->worker->conns.waits[CONN_WAIT_HANDLER],
			&c->deadline);
		return;
	}
	c->worker->slot->counters.disk_timeouts++;
	conn_count_refusal(c, SLOT_REFUSED_HANDLER_TIMEOUT);
	conn_close(c, "the disk took too long");
}

static void
on_handler_due(struct deadline *d)
{
	struct conn *c = conn_of_deadline(d);
	struct exchange *x = c->exchange;

	if (c->state == CONN_WAIT_DISK) {
		on_disk_due(c);
		return;
	}
	switch (exchange_end_handler(x)) {
	case EXCHANGE_DUE_WAIT:
		if (has_gone(c))
			conn_close_gone(c);
		else
			deadline_arm(
				&c->worker->conns.waits[CONN_WAIT_HANDLER], d);
		break;
	case EXCHANGE_DUE_CUT:
		conn_count_refusal(c, SLOT_REFUSED_HANDLER_TIMEOUT);
		conn_close(c, "its handler took too long");
		break;
	case EXCHANGE_DUE_ANSWER:
		conn_count_refusal(c, SLOT_REFUSED_HANDLER_TIMEOUT);
		conn_resume(c);
		break;
	}
}

static void
on_write_due(struct deadline *d)
{
	struct conn *c = conn_of_deadline(d);

	if (keeps_rate(c, CONN_WAIT_WRITE, c->worker->conf->limits.write_rate))
		return;
	conn_count_refusal(c, SLOT_REFUSED_WRITE_TIMEOUT);
	conn_close(c, "the client took too little");
}

static void
on_linger_due(struct deadline *d)
{
	conn_close(conn_of_deadline(d), NULL);
}

void
conn_set_deadlines(struct worker *w)
{
	const struct conf_timeouts *t = &w->conf->timeouts;
	const struct {
		int64_t timeout;
		void (*on_due)(struct deadline *);
	} rows[] = {
		[CONN_WAIT_HANDSHAKE] = { t->handshake, on_handshake_due },
		[CONN_WAIT_IDLE] = { t->idle, on_idle_due },
		[CONN_WAIT_IDLE_HERE] = { t->idle, on_idle_due },
		[CONN_WAIT_HEAD] = { t->head, on_head_due },
		[CONN_WAIT_BODY] = { t->body, on_body_due },
		[CONN_WAIT_HANDLER] = { t->handler, on_handler_due },
		[CONN_WAIT_WRITE] = { t->write, on_write_due },
		[CONN_WAIT_LINGER] = { t->linger, on_linger_due },
		[CONN_WAIT_ADMIN] = { t->idle, on_idle_due },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].on_due != NULL)
			deadline_class_init(&w->conns.waits[i], w->loop,
				&w->now_ms, rows[i].timeout, rows[i].on_due);
}

/* ---- room for a new connection: which idle one is closed ----------------- */

/* Asks the kernel when the last response was sent: the loop's clock stands
 * still during a turn, which may be long on a busy machine. */
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

/* Returns NULL if none is idle. */
static struct deadline *
find_oldest_idle(struct worker *w, bool is_admin)
{
	static const enum conn_wait idle[] = { CONN_WAIT_IDLE,
		CONN_WAIT_IDLE_HERE, CONN_WAIT_HTTP2_IDLE };
	struct deadline_class *waits = w->conns.waits;
	struct deadline *d = NULL, *first;

	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		first = deadline_oldest(&waits[idle[i]]);
		if (d == NULL || (first != NULL && first->since < d->since))
			d = first;
	}
	return d == NULL && is_admin ? deadline_oldest(&waits[CONN_WAIT_ADMIN])
				     : d;
}

bool
conn_close_oldest_idle(struct worker *w, bool is_admin)
{
	struct deadline *d = find_oldest_idle(w, is_admin);
	struct conn *c;
	char byte;

	if (d == NULL)
		return false;
	c = conn_of_deadline(d);
	if (has_just_answered(c, d->since) ||
		recv(c->io.fd, &byte, 1, MSG_PEEK) > 0)
		return false;
	conn_count_refusal(c, SLOT_REFUSED_LIMIT);
	if (c->http2 != NULL)
		w->http2->finish_now(c->http2);
	if (c->state != CONN_CLOSED)
		conn_close(c, "made room");
	return true;
}

bool
conn_make_room(struct worker *w)
{
	return file_cache_drop_idle(&w->files) > 0 ||
	       conn_close_oldest_idle(w, true);
}

void
conn_close_unwatched(struct conn *c)
{
	struct worker *w = c->worker;
	unsigned times = log_limit_take(&w->unwatched, w->now_ms);

	if (times > 0)
		log_warnx(&w->log,
			"closed a connection that epoll does not take (%u "
			"time%s): memory or fs.epoll.max_user_watches is used "
			"up",
			times, log_plural(times));
	conn_close(c, "epoll does not take it");
}
