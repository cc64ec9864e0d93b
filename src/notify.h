/*
 * Notifies the service manager: the protocol of sd_notify(3), datagrams of
 * NAME=VALUE lines to the socket in NOTIFY_SOCKET.  Without that variable all
 * functions do nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <ev.h>
#include <sys/types.h>

struct notify {
	int fd;          /* -1: NOTIFY_SOCKET is not set */
	ev_timer beat;   /* sends WATCHDOG=1 at half the allowed interval */
	double interval; /* seconds; 0: no watchdog */
};

/* Reads the environment, without changing it, and opens the socket. */
void notify_open(struct notify *);
void notify_close(struct notify *);

/* Feeds the watchdog of the manager from the loop, until notify_stop(). */
void notify_start(struct notify *, struct ev_loop *);
void notify_stop(struct notify *, struct ev_loop *);

/*
 * Reports that the server serves, at the start or after a reload that succeeded
 * or was refused; fmt formats a status line for people.
 */
void notify_ready(struct notify *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports that a reload begins; systemd then waits for READY=1. */
void notify_reloading(struct notify *);

/* Reports that the server shuts down, with a status line. */
void notify_stopping(struct notify *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports that the server could not start; error is an errno or 0. */
void notify_failed(struct notify *, const char *why, int error);

/* Reports that another process is the service from now on. */
void notify_successor(struct notify *, pid_t);

#endif
