/*
 * A process that opens what a configuration needs of disks, as the workers'
 * user, and passes the descriptors to the master.  The master itself touches
 * none of it: a disk that hangs stops this process alone, which is ended and
 * started again behind what it hung at.
 * SPDX-License-Identifier: MIT
 */
#ifndef OPENER_H
#define OPENER_H

#include <ev.h>
#include <sys/types.h>

#include "common/error_text.h"
#include "supervise/resources.h"

enum { OPENER_LIMIT = 5 /* seconds, for each of them */ };

struct opener {
	struct ev_loop *loop;
	struct resources *resources; /* being opened; NULL: none */
	size_t next;                 /* of them, that the process works on */
	pid_t pid;
	ev_io messages;
	ev_timer limit;
	/* All were tried; their errors say how it went.  The resources are
	 * the callee's from now on. */
	void (*on_done)(void *arg, struct resources *);
	void *arg;
};

/*
 * Takes the resources over; on_done follows, or was called already when there
 * is nothing to open.  *opener has to stay where it is.  0, or -1 with the
 * reason, and the resources given up.
 */
int opener_start(struct opener *, struct ev_loop *, struct resources *,
	struct error_text *);

/* Kills it; on_done is not called.  Fine when there is none. */
void opener_stop(struct opener *);

/* Opens and closes all that the configuration needs, with a loop of its own,
 * and complains of what cannot be opened: a config_check_disks. */
void opener_check(
	struct conf *, const struct config_text *, struct config_errors *);

#endif
