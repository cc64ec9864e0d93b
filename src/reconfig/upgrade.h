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
	int talk;  /* to it, or -1 */
	int conns; /* the channel for connections, or -1 */
	ev_io words;
	ev_timer limit;
	struct error_text why; /* what it says of its failure, or "" */
};

void upgrade_init(struct master *);

/* Begins one; change_upgraded() or change_upgrade_failed() follows.  0, or -1
 * with the reason. */
int upgrade_start(struct master *, struct error_text *);

/* Kills the new one.  Fine when there is none. */
void upgrade_cancel(struct master *);

/* True when pid is the new master's: then it is dealt with. */
bool upgrade_reap(struct master *, pid_t, int status);

#endif
