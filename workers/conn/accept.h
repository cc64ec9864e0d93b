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
	int epoll;         /* watches a socket that others watch too; or -1 */
	unsigned accepted; /* since it was put into epoll */
	ev_timer pause;    /* out of descriptors: tries again */
	struct worker *worker;
	unsigned failures; /* of accept(2), in a row */
	const struct conf_listen *from;
	struct tls_address *tls; /* NULL: plain */
	bool is_full;            /* waits for a connection to be closed */
	const char *text;        /* its address, for the log */
	struct log_limit shortages, unwatched, saturations;
};

/* One for each socket of the heritage; none is watched yet.  0, or -1 with
 * errno. */
int acceptors_init(struct worker *);
void acceptors_start(struct worker *);

/* Accepts who waits in the sockets of another worker, once, and closes our
 * copies. */
void acceptors_help(struct worker *, struct channel_message *);

/* There may be room again: those that waited for it go on. */
void acceptors_resume(struct worker *);

/* Listening sockets hand a connection over when its request comes
 * (TCP_DEFER_ACCEPT); from now on, when it is made. */
void acceptors_stop_deferring(struct worker *);

/* Watches no more.  The descriptors stay open, also until the very end:
 * somebody else serves them. */
void acceptors_stop(struct worker *);

/* Accepts what the kernel has queued, and closes the sockets: ours are the
 * last. */
void acceptors_empty(struct worker *);

/* The same for the addresses with these numbers in the configuration alone:
 * " 0 2".  The others are stopped. */
void acceptors_empty_some(struct worker *, const unsigned *numbers, size_t n);
void acceptors_fini(struct worker *);

#endif
