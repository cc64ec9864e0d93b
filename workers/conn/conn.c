/*
 * One client connection, from accept to close.  Only conn_enter() writes
 * conn->state, and it refuses any step that is not an arrow below.
 *
 *   ACCEPTED -> IDLE -> READ_HEAD -> READ_BODY -> HANDLE -> RESPOND -> LINGER
 *                ^          |            |           |  |    |   |  ^
 *                '----------'------ keep-alive ------'-------+---'  |
 *                                                       | WAIT_DISK |
 *                                                       '-> TUNNEL -'
 *
 * A state is what the connection waits for at the end of a turn: one whose
 * request came whole and was answered is IDLE.  Any may go straight to CLOSED.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/slot.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/http1_conn.h"
#include "conn/inflight.h"
#include "conn/peer.h"
#include "conn/proxy_input.h"
#include "conn/readahead.h"
#include "conn/run_queue.h"
#include "conn/sys_io.h"
#include "worker.h"

#define TO(state) (1u << CONN_##state)
#define WORK                                                                   \
	(TO(IDLE) | TO(READ_PROXY) | TO(READ_HEAD) | TO(READ_BODY) |           \
		TO(HANDLE) | TO(TUNNEL) | TO(WAIT_DISK) | TO(RESPOND) |        \
		TO(LINGER) | TO(CLOSED))

struct step {
	const char *doing;
	int events;
	int wait;    /* enum conn_wait, or CONN_WAITS: no deadline */
	bool rearms; /* every entry is progress, not only the first */
	unsigned next;
};

// clang-format off
static const struct step steps[] = {
	[CONN_ACCEPTED] = {
		.doing = "reading from a new connection",
		.wait = CONN_WAITS,
		.next = WORK,
	},
	[CONN_IDLE] = {
		.doing = "waiting for a request",
		.events = EV_READ,
		.wait = CONN_WAIT_IDLE,
		.rearms = true,
		.next = WORK,
	},
	[CONN_READ_PROXY] = {
		.doing = "waiting for the PROXY header",
		.events = EV_READ,
		.wait = CONN_WAIT_HEAD,
		.next = WORK,
	},
	[CONN_READ_HEAD] = {
		.doing = "reading the request head",
		.events = EV_READ,
		.wait = CONN_WAIT_HEAD,
		.next = WORK,
	},
	[CONN_READ_BODY] = {
		.doing = "reading the request body",
		.events = EV_READ,
		.wait = CONN_WAIT_BODY,
		.next = WORK,
	},
	[CONN_HANDLE] = {
		.doing = "handling the request",
		.events = EV_READ,
		.wait = CONN_WAIT_HANDLER,
		.next = WORK,
	},
	[CONN_TUNNEL] = {
		.doing = "speaking another protocol",
		.events = EV_READ,
		.wait = CONN_WAITS,
		.next = WORK,
	},
	[CONN_WAIT_DISK] = {
		.doing = "reading the file",
		.wait = CONN_WAIT_HANDLER,
		.rearms = true,
		.next = WORK,
	},
	[CONN_RESPOND] = {
		.doing = "sending the response",
		.events = EV_WRITE,
		.wait = CONN_WAIT_WRITE,
		.next = WORK,
	},
	[CONN_LINGER] = {
		.doing = "lingering after the last response",
		.events = EV_READ,
		.wait = CONN_WAIT_LINGER,
		.next = TO(CLOSED),
	},
	[CONN_CLOSED] = {
		.doing = "closed",
		.wait = CONN_WAITS,
	},
};
// clang-format on

static void on_event(struct ev_loop *, ev_io *, int revents);

const char *
conn_doing(const struct conn *c)
{
	return steps[c->state].doing;
}

static void
watch(struct conn *c, int events)
{
	if (c->is_watched && events == (c->io.events & (EV_READ | EV_WRITE)))
		return;
	if (c->is_watched)
		ev_io_stop(c->worker->loop, &c->io);
	c->is_watched = events != 0;
	if (!c->is_watched)
		return;
	ev_io_modify(&c->io, events);
	ev_io_start(c->worker->loop, &c->io);
}

static void
set_deadline(struct conn *c, enum conn_state from)
{
	const struct step *step = &steps[c->state];

	if (from == c->state && !step->rearms && !c->has_progress)
		return;
	c->progress = 0;
	if (step->wait == CONN_WAITS)
		deadline_cancel(&c->deadline);
	else
		deadline_arm(&c->worker->conns.waits[step->wait], &c->deadline);
}

static void
conn_enter(struct conn *c, enum conn_state next)
{
	enum conn_state from = c->state;

	assert(steps[from].next & (1u << next));
	c->state = (uint8_t)next;
	watch(c, steps[next].events);
	set_deadline(c, from);
	c->has_progress = false;
	inflight_update(c);
}

/* ---- the end ------------------------------------------------------------ */

/* Does closing it now cut a request or an answer? */
static bool
is_busy(const struct conn *c)
{
	return ((WORK & ~(TO(IDLE) | TO(LINGER) | TO(CLOSED))) >> c->state) & 1;
}

static void
drop_exchange(struct conn *c)
{
	exchange_free(c->exchange);
	c->exchange = NULL;
	if (c->output != NULL)
		output_put(&c->worker->exchanges.outputs, c->output);
	c->output = NULL;
}

void
conn_close(struct conn *c, const char *why)
{
	struct worker *w = c->worker;
	char name[PEER_NAME];

	if (why != NULL && is_busy(c) && log_wants(&w->log, LOG_LEVEL_INFO)) {
		peer_name(&c->peer.any, name);
		log_info(&w->log, "closed %s: %s, while %s", name, why,
			conn_doing(c));
	}
	conn_enter(c, CONN_CLOSED);
	drop_exchange(c);
	run_queue_remove(c);
	input_buffer_set(&w->input_buffers, &c->input, NULL, 0);
	close(c->io.fd);
	w->slot->connections -= c->is_counted;
	conn_table_give(&w->conns, c);
	worker_resume_accepting(w);
}

/*
 * The last answer is out.  A close(2) while input is on its way makes the
 * kernel send a reset, which may eat the answer at the other end: so say that
 * nothing more comes, and read on for a while.  Where the client itself said
 * that it is done, and all of it was read, there is nothing to wait for.
 */
void
conn_finish(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (c->worker->conf->timeouts.linger == 0 ||
		(x != NULL && x->site != NULL && x->request.wants_close &&
			c->input.used == 0 && body_is_done(&x->body))) {
		conn_close(c, NULL);
		return;
	}
	shutdown(c->io.fd, SHUT_WR);
	input_buffer_set(&c->worker->input_buffers, &c->input, NULL, 0);
	drop_exchange(c);
	conn_enter(c, CONN_LINGER);
}

/* ---- a turn ------------------------------------------------------------- */

/* Whoever speaks it takes what is here before more is read. */
static void
enter_tunnel(struct conn *c)
{
	conn_enter(c, CONN_TUNNEL);
	if (c->input.used > 0)
		watch(c, 0);
}

/* Enters the state that fits what is left to do. */
static void
settle(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (x != NULL && x->readahead != NULL)
		conn_enter(c, CONN_WAIT_DISK);
	else if (c->output != NULL && !output_is_empty(c->output))
		conn_enter(c, CONN_RESPOND);
	else if (x != NULL && x->phase == EXCHANGE_LAST)
		conn_finish(c);
	else if (x != NULL && x->phase == EXCHANGE_TUNNEL)
		enter_tunnel(c);
	else if (x != NULL && (x->phase == EXCHANGE_HANDLE || x->is_paused))
		conn_enter(c, CONN_HANDLE);
	else if (x != NULL && x->phase == EXCHANGE_BODY)
		conn_enter(c, CONN_READ_BODY);
	else if (c->proxy == CONF_PROXY_REQUIRED)
		conn_enter(c, CONN_READ_PROXY);
	else if (c->input.used > 0)
		conn_enter(c, CONN_READ_HEAD);
	else
		conn_enter(c, CONN_IDLE);
}

/* Sends what is queued; false when that ended the connection. */
static bool
send_output(struct conn *c)
{
	struct exchange *x = c->exchange;
	struct worker *w = c->worker;
	uint64_t before = c->output->sent, sent;
	enum output_result result;

	if (x->readahead != NULL)
		return true;
	result = output_send(c->output, c->io.fd);
	sent = c->output->sent - before;
	w->slot->bytes_sent += c->is_counted ? sent : 0;
	c->progress += sent;
	if (result == OUTPUT_FAILED) {
		conn_close(c, errno == 0 ? "the file became shorter"
					 : "the client went away");
		return false;
	}
	if (result == OUTPUT_NOT_CACHED)
		readahead_fetch(x);
	if (result == OUTPUT_SENT)
		exchange_end_output(x);
	return true;
}

void
conn_take_exchange(struct conn *c)
{
	struct worker *w = c->worker;

	c->output = output_get(
		&w->exchanges.outputs, w->disk == NULL ? NULL : &w->now_ms);
	c->exchange = exchange_new(w, &http1_protocol, c->output, &c->peer.any);
	c->exchange->conn = c;
	c->exchange->is_admin = c->is_admin;
	c->exchange->is_counted = c->is_counted;
	c->exchange->is_tls = c->exchange->is_https = c->is_tls;
}

/*
 * Works through input: answers every request that is complete, sends the
 * answers together, keeps what is left.
 */
static void
work(struct conn *c, const char *bytes, size_t len)
{
	struct worker *w = c->worker;
	size_t used = 0, step;

	if (c->exchange == NULL && len > 0)
		conn_take_exchange(c);
	else if (c->exchange != NULL)
		exchange_proceed(c->exchange);
	for (;;) {
		while (used < len &&
			(step = http1_input(c, bytes + used, len - used)) > 0)
			used += step;
		if (used == len && c->exchange != NULL)
			exchange_end_input(c->exchange);
		if (c->exchange == NULL || output_is_empty(c->output))
			break;
		if (!send_output(c))
			return;
		if (!output_is_empty(c->output))
			break;
	}
	if (len > 0)
		input_buffer_set(
			&w->input_buffers, &c->input, bytes + used, len - used);
	if (c->exchange != NULL && c->exchange->phase == EXCHANGE_HEAD &&
		output_is_empty(c->output)) {
		drop_exchange(c);
	}
	settle(c);
}

void
conn_wait_for_proxy(struct conn *c)
{
	conn_enter(c, CONN_READ_PROXY);
}

static void
read_input(struct conn *c)
{
	struct worker *w = c->worker;
	size_t room = WORKER_INPUT, len;
	const char *bytes;
	char *to = w->input;
	ssize_t n;

	if (c->input.used > 0)
		to = input_buffer_reserve(&w->input_buffers, &c->input, &room);
	n = sys_recv(c->io.fd, to, room, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		if (c->state == CONN_ACCEPTED)
			settle(c);
		return;
	}
	if (n <= 0) {
		conn_close(c, "the client went away");
		return;
	}
	c->progress += (uint64_t)n;
	bytes = c->input.used == 0 ? to : c->input.bytes;
	c->input.used += c->input.used > 0 ? (size_t)n : 0;
	len = c->input.used == 0 ? (size_t)n : c->input.used;
	if (c->proxy == CONF_PROXY_OFF || proxy_input_take(c, &bytes, &len))
		work(c, bytes, len);
}

/*
 * Input while a handler works is left where it is: the peer sends too early,
 * or it has gone.  From a peer that has only said its last the answer is kept
 * from none but those who mind.
 */
static void
look(struct conn *c)
{
	const struct exchange_handler *handler = c->exchange->handler;
	char byte;
	ssize_t n = recv(c->io.fd, &byte, 1, MSG_PEEK);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1 || (n == 0 && handler != NULL && handler->minds_eof))
		conn_close(c, "the client went away");
	else
		watch(c, 0);
}

static void
on_event(struct ev_loop *loop, ev_io *io, int revents)
{
	struct conn *c = io->data;

	(void)loop;
	if (revents & EV_ERROR)
		conn_close_unwatched(c);
	else if (c->state == CONN_LINGER)
		conn_linger(c);
	else if (c->state == CONN_HANDLE)
		look(c);
	else if (revents & EV_WRITE)
		conn_resume(c); /* the socket takes bytes again */
	else
		read_input(c);
}

void
conn_resume(struct conn *c)
{
	if (send_output(c))
		work(c, c->input.bytes, c->input.used);
}

/* ---- the beginning ------------------------------------------------------ */

/* NULL, and the socket closed, when the table is full. */
static struct conn *
make(struct worker *w, int fd, const struct sockaddr *peer, bool is_counted)
{
	struct conn *c = conn_table_take(&w->conns);

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	c->worker = w;
	/* Multiples of the golden ratio are spread evenly, however many. */
	c->ends_at = w->ends_at += 40503;
	memcpy(&c->peer, peer, sizeof(c->peer));
	ev_io_init(&c->io, on_event, fd, 0);
	c->io.data = c;
	c->is_counted = is_counted;
	w->slot->connections += is_counted;
	return c;
}

void
conn_open(struct worker *w, int fd, const struct sockaddr *peer,
	enum conf_proxy proxy)
{
	struct conn *c = make(w, fd, peer, true);

	w->slot->accepted++;
	if (c == NULL)
		return;
	c->proxy = (uint8_t)proxy;
	read_input(c);
}

void
conn_open_admin(struct worker *w, int fd, const struct sockaddr *peer)
{
	struct conn *c = make(w, fd, peer, false);

	if (c == NULL)
		return;
	c->is_admin = true;
	read_input(c);
}

void
conn_open_canary(struct worker *w, int fd, const struct sockaddr *peer)
{
	struct conn *c = make(w, fd, peer, false);

	if (c != NULL)
		read_input(c);
}

void
conn_adopt(struct worker *w, int fd, const struct sockaddr *peer,
	const struct conn_past *past)
{
	enum conn_state was = past->input.len > 0 ? CONN_READ_HEAD : CONN_IDLE;
	struct conn *c = make(w, fd, peer, true);

	if (c == NULL)
		return;
	c->requests = past->requests;
	c->proxy = (uint8_t)past->proxy;
	c->is_tls = past->is_tls;
	input_buffer_set(
		&w->input_buffers, &c->input, past->input.at, past->input.len);
	read_input(c);
	/* Nothing new: the wait goes on from where it was. */
	if (c->state == was && c->requests == past->requests)
		deadline_arm_since(&w->conns.waits[steps[was].wait],
			&c->deadline, past->since);
}
