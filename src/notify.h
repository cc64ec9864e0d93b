/*
 * What the service manager is told: the protocol of sd_notify(3), datagrams of
 * NAME=VALUE lines to the socket that NOTIFY_SOCKET names.  Without one, all
 * of this does nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <ev.h>
#include <sys/types.h>

struct notify {
	int fd;          /* -1: nobody wants to know */
	ev_timer beat;   /* WATCHDOG=1, at half of what is allowed */
	double interval; /* seconds; 0: no watchdog */
};

/* Takes what the environment says; leaves the environment as it is. */
void notify_open(struct notify *);
void notify_close(struct notify *);

/* The watchdog is fed as long as the loop turns; until notify_stop(). */
void notify_start(struct notify *, struct ev_loop *);
void notify_stop(struct notify *, struct ev_loop *);

/* It serves, at the start or after a reload, done or refused; a line about it
 * for a person. */
void notify_ready(struct notify *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A reload begins: systemd waits for READY with a later time than this. */
void notify_reloading(struct notify *);
void notify_stopping(struct notify *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* It could not start; error: what errno was, or 0. */
void notify_failed(struct notify *, const char *why, int error);

/* From now on that process is the service. */
void notify_successor(struct notify *, pid_t);

#endif
