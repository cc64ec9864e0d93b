/*
 * A listening socket as a worker sees it.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <ev.h>
#include <stdbool.h>

#include "common/log.h"

struct channel_message;
struct tls_address;
struct worker;

struct acceptor {
	ev_io io; /* on the socket, or on epoll */
	int fd;
	int epoll;         /* watches a socket that workers share; or -1 */
	unsigned accepted; /* connections since fd was added to epoll */
	ev_timer pause;    /* after a shortage of descriptors */
	struct worker *worker;
	unsigned failures; /* of accept(2), in a row */
	const struct conf_listen *from;
	struct tls_address *tls; /* NULL: plain */
	bool is_full;            /* waits until a connection is closed */
	const char *text;        /* the address, for the log */
	struct log_limit shortages, unwatched, saturations;
};

/* Makes an acceptor for each socket of the heritage; none accepts yet.  Returns
 * 0, or -1 with errno. */
int acceptors_init(struct worker *);
void acceptors_start(struct worker *);

/* Accepts the connections that are queued in the sockets of another worker,
 * once, and closes this process's descriptors of them. */
void acceptors_help(struct worker *, struct channel_message *);

/* Resumes acceptors that waited for room in the connection table. */
void acceptors_resume(struct worker *);

/* Turns TCP_DEFER_ACCEPT off: the kernel passes a connection on when it is
 * established, not when its request arrives. */
void acceptors_stop_deferring(struct worker *);

/* Stops accepting.  The descriptors stay open until the process exits, since
 * other workers serve the sockets. */
void acceptors_stop(struct worker *);

/* Accepts all queued connections and closes the sockets; no other process
 * serves them. */
void acceptors_empty(struct worker *);

/* Like acceptors_empty(), but only for the addresses with these numbers in the
 * configuration; acceptors of other addresses are stopped. */
void acceptors_empty_some(struct worker *, const unsigned *numbers, size_t n);
void acceptors_fini(struct worker *);

#endif
