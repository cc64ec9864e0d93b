/*
 * Another binary takes over: the master starts it as its child, with all
 * listening sockets.  When that one serves, this one drains and leaves.
 *
 *   old: fork, exec ----------.    .--> MAINPID, pid file, "yours", drain
 *   new:           start, workers, "ready" ...................'--> it is me
 *
 * Until "ready" nothing has happened: a new one that is missing, fails or is
 * late is killed, and the old one serves on.
 * SPDX-License-Identifier: MIT
 */
#ifndef UPGRADE_H
#define UPGRADE_H

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/error_text.h"

struct master;

struct upgrade {
	pid_t pid; /* the new master's; 0: none is under way */
	int fd;    /* to it, or -1 */
	int conns; /* the channel for connections, or -1 */
	ev_io io;
	ev_timer limit;
	struct error_text why; /* what it says of its failure, or "" */
};

void upgrade_init(struct master *);

/* Begins one; reconfig_upgraded() or reconfig_upgrade_failed() follows.  0, or
 * -1 with the reason. */
int upgrade_start(struct master *, struct error_text *);

/* Kills the new one.  Fine when there is none. */
void upgrade_cancel(struct master *);

/* True when pid is the new master's: then it is dealt with. */
bool upgrade_reap(struct master *, pid_t, int status);

/* ---- the new master's side ---- */

#define UPGRADE_TAKES_CONNS "takes connections"

enum upgrade_message {
	UPGRADE_NOTHING, /* nothing yet */
	UPGRADE_READY,   /* new: serves, and UPGRADE_TAKES_CONNS connections, or
			    "" */
	UPGRADE_FAILED,  /* new: will not, and why */
	UPGRADE_RELEASED, /* old: has let go of everything */
	UPGRADE_GONE,     /* the other one ended */
};

struct upgrade_peer {
	int fd; /* to the old master; -1: it is over, or we are not one */
	ev_io io;
	void (*on_released)(void *arg);
	void *arg;
};

#define UPGRADE_PEER_NONE ((struct upgrade_peer){ .fd = -1 })

/* From what PRONG_SOCKETS says.  on_released: the old one has left the pid file
 * and the names of unix sockets, or has ended. */
void upgrade_peer_open(
	struct upgrade_peer *, void (*on_released)(void *), void *arg);
void upgrade_peer_close(struct upgrade_peer *, struct ev_loop *);

/* There is an old master that has not let go yet. */
bool upgrade_peer_is_waiting(const struct upgrade_peer *);

/* Nothing happens without one. */
void upgrade_peer_tell_ready(
	struct upgrade_peer *, struct ev_loop *, bool takes_connections);
void upgrade_peer_tell_failed(struct upgrade_peer *, const struct error_text *);

/* ---- of both ---- */

void upgrade_send(int fd, enum upgrade_message);
void upgrade_send_failed(int fd, const struct error_text *);

/* The next word; UPGRADE_FAILED comes with its reason, UPGRADE_READY with what
 * it says. */
enum upgrade_message upgrade_recv(int fd, struct error_text *);

#endif
