/*
 * A process that opens the files and directories that a configuration names, as
 * the workers' user, and passes the descriptors to the master.  The master
 * opens none of them: a disk that hangs stops only this process, which is then
 * replaced and continues behind the file that hung.
 * SPDX-License-Identifier: MIT
 */
#ifndef OPENER_H
#define OPENER_H

#include <ev.h>
#include <sys/types.h>

#include "common/error_text.h"
#include "supervise/resources.h"

enum { OPENER_LIMIT = 5 /* seconds, for each file */ };

struct opener {
	struct ev_loop *loop;
	struct resources *resources; /* being opened; NULL: not running */
	size_t next; /* index of the one that the process works on */
	pid_t pid;
	ev_io messages;
	ev_timer limit;
	/* All were tried; each has its error.  Takes the resources over. */
	void (*on_done)(void *arg, struct resources *);
	void *arg;
};

/*
 * Takes the resources over. on_done will be called, or was called already if
 * there is nothing to open. *opener must not move meanwhile.  Returns 0, or -1
 * with the error text, and the resources are released.
 */
int opener_start(struct opener *, struct ev_loop *, struct resources *,
	struct error_text *);

/* Kills the process, if any, without calling on_done. */
void opener_stop(struct opener *);

/* A config_check_disks: opens and closes all files that the configuration
 * names, in a loop of its own, and adds an error for each that cannot be
 * opened. */
void opener_check(
	struct conf *, const struct config_source *, struct config_errors *);

#endif
