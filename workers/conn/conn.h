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
#include "conn/output.h"

struct exchange;
struct http2;
struct output;
struct tls;
struct tls_address;
struct worker;

struct conn {
	ev_io io;                 /* its descriptor; data: the connection */
	struct deadline deadline; /* in the class of its state */
	struct worker *worker;
	struct exchange *exchange; /* NULL while idle */
	struct output *output;     /* NULL while idle */
	struct tls *tls;           /* NULL: plain */
	struct http2 *http2;       /* NULL: HTTP/1 is spoken */
	struct input_buffer input;
	uint32_t scanned;    /* bytes of input known to hold no whole head */
	uint32_t requests;   /* answered */
	uint64_t progress;   /* bytes since the deadline was armed */
	uint8_t state;       /* enum conn_state; conn_enter() writes it */
	uint8_t empty_lines; /* empty lines before the next head */
	bool is_sending;     /* when last seen, idle, as we leave */
	bool is_admin;       /* came by the admin address */
	bool is_counted;     /* neither admin's nor the canary's */
	bool is_watched;     /* in the loop's set, for io.events */
	bool has_progress;   /* a request was answered in this turn */
	bool is_queued;      /* stands in the worker's list of those */
	bool is_tls;         /* the client came by TLS, to us or to a proxy */
	uint8_t proxy;       /* enum conf_proxy: the header that is due */
	uint8_t protocols;   /* that may be spoken: 1u << CONF_HTTP_x */
	uint8_t inflight;    /* inflight.c's; 0: none */
	uint16_t ends_at;    /* in drain_delay; shutdown.c */
	struct conn *next;   /* in the free or the closed list */
	struct conn *next_queued;
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} peer;
};

/*
 * Takes over a socket that accept4(2) has just made: reads and answers at
 * once if the request is there already.  Closes the socket when the table is
 * full.
 */
void conn_open(struct worker *, int fd, const struct sockaddr *peer,
	const struct conf_listen *from);

/* Takes over a socket of an address with TLS: the handshake comes first, behind
 * the PROXY header. */
void conn_open_tls(struct worker *, int fd, const struct sockaddr *peer,
	enum conf_proxy, struct tls_address *);

/* Opens one that came by the admin address. */
void conn_open_admin(struct worker *, int fd, const struct sockaddr *peer);

/* Opens one that the worker itself asks over; it is not counted. */
void conn_open_canary(struct worker *, int fd, const struct sockaddr *peer);

/* Where a connection stands that another worker has served. */
struct conn_past {
	int64_t since;         /* it waits; milliseconds, CLOCK_MONOTONIC */
	uint32_t requests;     /* answered */
	struct span input;     /* read, of the next request */
	unsigned protocols;    /* that may be spoken */
	enum conf_proxy proxy; /* the header that is still due */
	bool is_tls;
};

/* The same with such a socket. */
void conn_adopt(struct worker *, int fd, const struct sockaddr *peer,
	const struct conn_past *);

/* Returns the connection that has this deadline. */
static inline struct conn *
conn_of_deadline(struct deadline *d)
{
	return container_of(d, struct conn, deadline);
}

/* What it waits for while it is idle. */
static inline enum conn_wait
conn_idle_wait(const struct conn *c)
{
	if (c->is_admin)
		return CONN_WAIT_ADMIN;
	return c->tls == NULL ? CONN_WAIT_IDLE : CONN_WAIT_IDLE_HERE;
}

/* Ends it now; why is for the log: "the client went away"; NULL when nothing is
 * cut short by it. */
void conn_close(struct conn *, const char *why);

/* The same, of a client that has gone: counted when it cuts a request or a
 * response short. */
void conn_close_gone(struct conn *);

/* The same when sending has failed: errno is 0 when the file became shorter. */
void conn_close_failed(struct conn *);

/* Counts why a request, or the connection, is refused or cut short. */
void conn_count_refusal(const struct conn *, enum slot_refusal);

/* What it is doing, in words: "reading the request head". */
const char *conn_doing(const struct conn *);

/*
 * Makes room by closing the one that has been idle longest; one of the admin
 * address gives way only to another.  False: none is idle, or its next request
 * is here, or may be on its way.
 */
bool conn_close_oldest_idle(struct worker *, bool is_admin);

/* Out of descriptors: closes idle files of the cache, else the connection that
 * has been idle longest.  False: nothing is idle. */
bool conn_make_room(struct worker *);

/* libev has stopped its watcher: epoll_ctl(2) refused the socket (ENOSPC,
 * ENOMEM), and nothing would be heard of this client any more. */
void conn_close_unwatched(struct conn *);

/* Its exchange was answered, from outside of its turn. */
void conn_resume(struct conn *);

/* Sets up the deadlines of a worker's table. */
void conn_set_deadlines(struct worker *);

/* Reads and drops input in CONN_LINGER; at its end, or after 8 MiB, closes. */
void conn_linger(struct conn *);

/* ---- for http2_conn.c ---- */

/* Sends what is queued, over TLS or not. */
enum output_result conn_send(struct conn *);

/* Enters one of the states of HTTP/2. */
void conn_wait_http2(struct conn *, enum conn_state);

/* ---- for proxy_input.c ---- */

/* The rest of the PROXY header has yet to come. */
void conn_wait_for_proxy(struct conn *);

/* ---- for conn_open.c and conn_timeout.c ---- */

/* Called by the loop. */
void conn_on_event(struct ev_loop *, ev_io *, int revents);

/* Reads what is there, and answers. */
void conn_read(struct conn *);

/* The next step of the TLS handshake, or waits for its turn. */
void conn_handshake(struct conn *);

/* The last answer is out: closes, at once or after lingering. */
void conn_finish(struct conn *);

/* Borrows the exchange that an idle connection lacks. */
void conn_take_exchange(struct conn *);

#endif
