/*
 * One client connection.  conn.c has the picture.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_H
#define CONN_H

#include <ev.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/container_of.h"
#include "common/slot.h"
#include "common/span.h"
#include "conn/conn_state.h"
#include "conn/conn_table.h"
#include "conn/deadline.h"
#include "conn/input_buffer.h"
#include "file/output.h"

struct conn_record_http2;
struct conn_record_websocket;
struct exchange;
struct http2;
struct output;
struct tls;
struct tls_address;
struct worker;

/* Three cache lines: there are many, and most are idle. */
struct conn {
	ev_io io; /* its descriptor; data: the connection */
	struct worker *worker;
	struct exchange *exchange; /* NULL while idle */
	struct deadline deadline;  /* in the class of its state */
	struct output *output;     /* NULL while idle */
	struct tls *tls;           /* NULL: plain */
	struct http2 *http2;       /* NULL: HTTP/1 is spoken */
	uint8_t state;             /* enum conn_state; conn_enter() writes it */
	uint8_t empty_lines;       /* empty lines before the next head */
	bool is_sending;   /* had unsent bytes at the last check (shutdown.c) */
	bool is_admin;     /* accepted at the admin address */
	bool is_counted;   /* not of the admin address or the canary */
	bool has_progress; /* its deadline is armed anew behind this turn */
	bool is_queued;    /* in worker->run_queue */
	bool is_client_counted; /* see client_limit.h */
	bool is_tls;           /* the client uses TLS, to prong or to a proxy */
	uint8_t proxy : 2;     /* enum conf_proxy: the header expected */
	uint8_t protocols : 6; /* permitted, a mask of 1u << CONF_HTTP_x */
	uint8_t inflight;      /* row number in inflight.c; 0: none */
	uint8_t end_reason;    /* enum end_reason: why requests are cut short */
	uint32_t requests;     /* answered so far */
	struct input_buffer input;
	struct conn *next; /* in the run queue, the free or the closed list */
	uint64_t progress; /* bytes since the deadline was armed */
	uint32_t scanned;  /* bytes of input without the end of a head */
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} peer;
};

/*
 * Takes over a socket that accept4(2) has returned; reads and answers at once
 * if the request has arrived.  Closes the socket if the table is full.
 */
void conn_open(struct worker *, int fd, const struct sockaddr *peer,
	const struct conf_listen *from);

/* Takes over a socket of an address with TLS; the handshake follows the PROXY
 * header. */
void conn_open_tls(struct worker *, int fd, const struct sockaddr *peer,
	enum conf_proxy, struct tls_address *);

/* Takes over a socket of the admin address. */
void conn_open_admin(struct worker *, int fd, const struct sockaddr *peer);

/* Takes over a socket on which the worker sends a request to itself; it is not
 * counted. */
void conn_open_canary(struct worker *, int fd, const struct sockaddr *peer);

/* The state of a connection that another worker has served. */
struct conn_past {
	int64_t since;         /* idle since; ms of CLOCK_MONOTONIC */
	uint32_t requests;     /* answered so far */
	struct span input;     /* bytes of the next request that were read */
	unsigned protocols;    /* permitted, a mask */
	enum conf_proxy proxy; /* the header that is still expected */
	bool is_tls;
	const struct conn_record_http2 *http2;         /* or NULL */
	const struct conn_record_websocket *websocket; /* or NULL */
};

/* Takes over the socket of such a connection. */
void conn_adopt(struct worker *, int fd, const struct sockaddr *peer,
	const struct conn_past *);

/* Returns the connection that has this deadline. */
static inline struct conn *
conn_of_deadline(struct deadline *d)
{
	return container_of(d, struct conn, deadline);
}

/* Returns the deadline class of the connection while it is idle. */
static inline enum conn_wait
conn_idle_wait(const struct conn *c)
{
	if (c->is_admin)
		return CONN_WAIT_ADMIN;
	return c->tls == NULL ? CONN_WAIT_IDLE : CONN_WAIT_IDLE_HERE;
}

/* Closes the connection.  why is for the log: "the client went away"; NULL if
 * no request or response is cut short. */
void conn_close(struct conn *, const char *why);

/* Closes a connection whose client has closed it; counted if that cuts a
 * request or a response short. */
void conn_close_gone(struct conn *);

/* Closes a connection whose output returned OUTPUT_FAILED or OUTPUT_UNREADABLE,
 * with errno as it was left. */
void conn_close_failed(struct conn *, enum output_result);

/* Returns true if the next response must say that it is the connection's last:
 * the worker shuts down, and no other worker takes the connection over. */
bool conn_must_close(const struct conn *);

/* Counts the reason for which a request or the connection is refused or cut
 * short. */
void conn_count_refusal(struct conn *, enum slot_refusal);

/*
 * Returns the milliseconds for which the input that was read last had waited in
 * the socket: the time since its last byte came, but not longer than the
 * connection waits for it.  0 if that is not known.
 */
int64_t conn_input_age(const struct conn *);

/* Returns what the connection does, in words: "reading the request head". */
const char *conn_doing(const struct conn *);

/*
 * Makes room by closing the connection that has been idle longest; one of the
 * admin address is closed only for another one of it.  Returns false if none is
 * idle, or if its next request has arrived or may be on its way.
 */
bool conn_close_oldest_idle(struct worker *, bool is_admin);

/* Descriptors ran out: closes unused files of the cache, or else the connection
 * that has been idle longest.  Returns false if nothing is idle. */
bool conn_make_room(struct worker *);

/* Closes a connection whose watcher libev has stopped: epoll_ctl(2) refused the
 * socket (ENOSPC, ENOMEM), so that no event of it would be reported. */
void conn_close_unwatched(struct conn *);

/* Continues a connection whose exchange was answered outside of its turn. */
void conn_resume(struct conn *);

/* Initialises the deadline classes of a worker's connection table, but those
 * of HTTP/2. */
void conn_set_deadlines(struct worker *);

/* Reads and discards input in CONN_LINGER; closes the connection at its end or
 * after 8 MiB. */
void conn_linger(struct conn *);

/* ---- for http2_conn.c ---- */

/* Sends the output, through TLS if the connection has it. */
enum output_result conn_send(struct conn *);

/* Enters one of the states CONN_HTTP2... */
void conn_wait_http2(struct conn *, enum conn_state);

/* ---- for proxy_input.c ---- */

/* Waits for the rest of the PROXY header. */
void conn_wait_for_proxy(struct conn *);

/* ---- for conn_open.c and conn_timeout.c ---- */

/* The callback of conn->io. */
void conn_on_event(struct ev_loop *, ev_io *, int revents);

/* Reads input and answers requests. */
void conn_read(struct conn *);

/* Does the next step of the TLS handshake, or waits for the next turn of the
 * loop if this one has done enough of them. */
void conn_handshake(struct conn *);

/* The last response was sent: closes the connection, at once or after
 * lingering. */
void conn_finish(struct conn *);

/* Gets an exchange from the pool for a connection that is no longer idle. */
void conn_take_exchange(struct conn *);

#endif
