/*
 * One client connection, from accept to close.  Only conn_enter() writes
 * conn->state, and it refuses any step that is not in the table conn_steps.
 *
 *   ACCEPTED -> IDLE -> READ_HEAD -> READ_BODY -> HANDLE -> RESPOND -> LINGER
 *      |         ^          |            |           |  |    |   |  ^
 *      |         '----------'------ keep-alive ------'-------+---'  |
 *      |         |                                      | WAIT_DISK |
 *      '-> READ_PROXY, HANDSHAKE                        '-> TUNNEL -'
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

#include "conn/accept.h"
#include "conn/conn_tls.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/http1_conn.h"
#include "conn/http2_service.h"
#include "conn/inflight.h"
#include "conn/peer.h"
#include "conn/proxy_input.h"
#include "conn/readahead.h"
#include "conn/response.h"
#include "conn/run_queue.h"
#include "conn/worker_state.h"
#include "file/sys_io.h"
#include "tls/tls.h"

static void
watch_socket(struct conn *c, int events)
{
	if (c->tls != NULL)
		events = conn_tls_events(c, events);
	if (ev_is_active(&c->io) &&
		events == (c->io.events & (EV_READ | EV_WRITE)))
		return;
	ev_io_stop(c->worker->loop, &c->io);
	if (events == 0)
		return;
	ev_io_modify(&c->io, events);
	ev_io_start(c->worker->loop, &c->io);
}

static void
set_deadline(struct conn *c, enum conn_state from)
{
	const struct conn_step *step = &conn_steps[c->state];
	int wait = step->wait;

	if (from == c->state && !step->rearms && !c->has_progress)
		return;
	c->progress = 0;
	if (wait == CONN_WAIT_IDLE)
		wait = conn_idle_wait(c);
	if (wait == CONN_WAITS)
		deadline_cancel(&c->deadline);
	else
		deadline_arm(&c->worker->conns.waits[wait], &c->deadline);
}

static void
show_step(struct conn *c, enum conn_state from, enum conn_state next)
{
	uint64_t *by_state = c->worker->slot->gauges.by_state;

	by_state[conn_steps[from].shown] -= c->is_counted;
	by_state[conn_steps[next].shown] += c->is_counted;
}

static void
conn_enter(struct conn *c, enum conn_state next)
{
	enum conn_state from = c->state;

	assert(conn_steps[from].next & (1u << next));
	c->state = (uint8_t)next;
	if (next != from)
		show_step(c, from, next);
	watch_socket(c, conn_steps[next].events);
	set_deadline(c, from);
	c->has_progress = false;
	inflight_update(c);
}

/* ---- the end ------------------------------------------------------------ */

static void
drop_exchange(struct conn *c)
{
	exchange_free(c->exchange);
	c->exchange = NULL;
	if (c->http2 != NULL)
		c->worker->http2->close(c);
	if (c->output != NULL)
		output_put(&c->worker->exchanges.outputs, c->output);
	c->output = NULL;
}

void
conn_close(struct conn *c, const char *why)
{
	struct worker *w = c->worker;
	char name[PEER_NAME];

	if (why != NULL && conn_steps[c->state].is_busy &&
		log_wants(&w->log, LOG_LEVEL_INFO)) {
		peer_name(&c->peer.any, name);
		log_info(&w->log, "closed %s: %s, while %s", name, why,
			conn_doing(c));
	}
	conn_enter(c, CONN_CLOSED);
	drop_exchange(c);
	run_queue_remove(c);
	input_buffer_set(&w->input_buffers, &c->input, NULL, 0);
	if (c->tls != NULL)
		conn_tls_close(c);
	close(c->io.fd);
	w->slot->connections -= c->is_counted;
	conn_table_give(&w->conns, c);
	if (w->is_full)
		acceptors_resume(w);
}

/*
 * The last response was sent.  If input arrives after close(2), the kernel
 * sends a reset, which may destroy the response before the client has read it:
 * so the connection is shut down for writing and read for a while.  If the
 * client has shut down its side, too, and all its input was read, it is closed
 * at once.  After TLS's close_notify, input is discarded without decryption.
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
	if (c->tls != NULL)
		conn_tls_close(c);
	shutdown(c->io.fd, SHUT_WR);
	input_buffer_set(&c->worker->input_buffers, &c->input, NULL, 0);
	drop_exchange(c);
	conn_enter(c, CONN_LINGER);
}

/* ---- a turn ------------------------------------------------------------- */

/* The handler of the tunnel gets the stored input before more is read. */
static void
enter_tunnel(struct conn *c)
{
	conn_enter(c, CONN_TUNNEL);
	if (c->input.used > 0)
		watch_socket(c, 0);
}

/* True: between two responses, or after the last, the client has to take bytes
 * first that the connection would lose when it is closed. */
static bool
has_unsent(const struct conn *c)
{
	const struct exchange *x = c->exchange;

	return c->tls != NULL && x != NULL &&
	       (x->phase == EXCHANGE_HEAD || x->phase == EXCHANGE_LAST) &&
	       !tls_can_close(c->tls);
}

/* Enters the state for what the connection has to wait for. */
static void
enter_waiting_state(struct conn *c)
{
	struct exchange *x = c->exchange;

	if (x != NULL && x->readahead != NULL)
		conn_enter(c, CONN_WAIT_DISK);
	else if (c->output != NULL &&
		 (!output_is_empty(c->output) || has_unsent(c)))
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

enum output_result
conn_send(struct conn *c)
{
	return c->tls == NULL ? output_send(c->output, c->io.fd)
			      : tls_send(c->tls, c->output);
}

/* Sends the output; returns false if that ended the connection. */
static bool
send_output(struct conn *c)
{
	struct exchange *x = c->exchange;
	uint64_t before = c->output->sent, sent;
	enum output_result result;

	if (x->readahead != NULL)
		return true;
	result = conn_send(c);
	sent = c->output->sent - before;
	c->worker->slot->bytes_sent += c->is_counted ? sent : 0;
	c->progress += sent;
	request_stats_sent(x, before, before + sent);
	if (result >= OUTPUT_FAILED) {
		if (!conn_steps[c->state].is_busy) /* in its first turn */
			conn_enter(c, CONN_RESPOND);
		conn_close_failed(c, result);
		return false;
	}
	if (result == OUTPUT_NOT_CACHED)
		readahead_fetch(x);
	if (result == OUTPUT_SENT)
		exchange_end_output(x);
	else
		exchange_note_progress(x);
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

static void process_input(struct conn *, const char *bytes, size_t len);

/* The first bytes choose between the protocols of the address. */
static void
work_http2(struct conn *c, const char *bytes, size_t len)
{
	const struct http2_service *http2 = c->worker->http2;

	if (c->http2 == NULL && http2->is_partial_preface(bytes, len)) {
		input_buffer_set(
			&c->worker->input_buffers, &c->input, bytes, len);
		enter_waiting_state(c);
	} else if (c->http2 == NULL && c->protocols & 1u << CONF_HTTP_1 &&
		   !http2->is_preface(bytes, len)) {
		c->protocols = 1u << CONF_HTTP_1;
		process_input(c, bytes, len);
	} else {
		http2->work(c, bytes, len);
	}
}

void
conn_wait_http2(struct conn *c, enum conn_state state)
{
	conn_enter(c, state);
}

/* Processes input: answers every request that is complete, sends the responses
 * together, and stores the rest of the input. */
static void
process_input(struct conn *c, const char *bytes, size_t len)
{
	struct worker *w = c->worker;
	size_t used = 0, step;

	if (c->http2 != NULL || (c->protocols & 1u << CONF_HTTP_2 && len > 0)) {
		work_http2(c, bytes, len);
		return;
	}
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
		output_is_empty(c->output) && !has_unsent(c))
		drop_exchange(c);
	enter_waiting_state(c);
}

void
conn_wait_for_proxy(struct conn *c)
{
	conn_enter(c, CONN_READ_PROXY);
}

/* recv(2) had no input, or TLS could not decrypt any yet. */
static void
read_nothing(struct conn *c)
{
	if (c->state == CONN_ACCEPTED)
		enter_waiting_state(c);
	else if (c->tls != NULL && conn_tls_must_end(c))
		conn_finish(c);
	else if (c->tls != NULL && (c->exchange != NULL || c->http2 != NULL))
		process_input(c, c->input.bytes, c->input.used);
	else if (c->tls != NULL)
		watch_socket(c, conn_steps[c->state].events);
}

void
conn_read(struct conn *c)
{
	struct worker *w = c->worker;
	size_t room = WORKER_INPUT, len;
	const char *bytes;
	char *to = w->input;
	ssize_t n;

	if (c->input.used > 0)
		to = input_buffer_reserve(&w->input_buffers, &c->input, &room);
	n = c->tls == NULL ? sys_recv(c->io.fd, to, room, 0)
			   : tls_recv(c->tls, to, room);
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		read_nothing(c);
		return;
	}
	if (n <= 0) {
		conn_close_gone(c);
		return;
	}
	c->progress += c->http2 == NULL ? (uint64_t)n : 0;
	bytes = c->input.used == 0 ? to : c->input.bytes;
	c->input.used += c->input.used > 0 ? (uint32_t)n : 0;
	len = c->input.used == 0 ? (size_t)n : c->input.used;
	if (c->proxy == CONF_PROXY_OFF || proxy_input_take(c, &bytes, &len))
		process_input(c, bytes, len);
}

/*
 * Notices a client that has gone.  While a handler works, input stays in the
 * socket: the client sends the next request early, or has gone.  One that only
 * shut down its sending side gets its response, unless the handler minds EOF.
 */
static void
peek_input(struct conn *c)
{
	const struct exchange_handler *handler = c->exchange->handler;
	char byte;
	ssize_t n = c->tls == NULL ? recv(c->io.fd, &byte, 1, MSG_PEEK)
				   : tls_peek(c->tls);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1 || (n == 0 && handler != NULL && handler->minds_eof))
		conn_close_gone(c);
	else
		watch_socket(c, 0);
}

/* ---- TLS ----------------------------------------------------------------- */

/* If the handshakes of this turn are used up, the connection waits for the next
 * turn. */
void
conn_handshake(struct conn *c)
{
	enum tls_result result;
	bool is_late;

	if (c->proxy != CONF_PROXY_OFF && !proxy_input_take_first(c))
		return;
	result = tls_begin(c->tls);
	is_late = result == TLS_DONE && !tls_turn_take(c->tls);
	if (result == TLS_DONE && !is_late)
		result = tls_handshake(c->tls);
	if (result != TLS_IS_PLAIN)
		conn_enter(c, CONN_HANDSHAKE);
	if (is_late) {
		watch_socket(c, 0);
		run_queue_add(c);
	} else if (result == TLS_WAITS_WRITE) {
		watch_socket(c, EV_WRITE);
	} else if (result == TLS_IS_PLAIN) {
		conn_tls_refuse_plain(c);
	} else if (result == TLS_FAILED) {
		conn_close(c, tls_reason(c->tls));
	} else if (result == TLS_DONE) {
		c->is_tls = true;
		c->protocols = 1u << tls_protocol(c->tls);
		enter_waiting_state(c);
		conn_read(c);
	}
}

void
conn_on_event(struct ev_loop *loop, ev_io *io, int revents)
{
	struct conn *c = io->data;

	(void)loop;
	if (revents & EV_ERROR)
		conn_close_unwatched(c);
	else if (c->state == CONN_LINGER)
		conn_linger(c);
	else if (c->tls != NULL && c->state <= CONN_READ_PROXY &&
		 c->state != CONN_IDLE)
		conn_handshake(c);
	else if (c->state == CONN_HANDLE)
		peek_input(c);
	else if (((revents & EV_WRITE) && c->state == CONN_RESPOND) ||
		 (revents == EV_WRITE && c->state == CONN_HTTP2_SEND))
		conn_resume(c); /* the socket takes bytes again */
	else
		conn_read(c);
}

void
conn_resume(struct conn *c)
{
	if (c->state == CONN_HANDSHAKE && c->tls != NULL)
		conn_handshake(c);
	else if (c->tls != NULL && conn_tls_has_unread(c))
		conn_read(c);
	else if (c->http2 != NULL || (c->exchange != NULL && send_output(c)))
		process_input(c, c->input.bytes, c->input.used);
}
