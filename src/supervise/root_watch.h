/*
 * Watches the document roots of the generation that serves, through a process
 * that runs as the workers' user (root_prober.c): the master touches no disk.
 * A root that leads to another directory now, by a symbolic link, a rename or a
 * mount, is kept here until the master has replaced the workers.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROOT_WATCH_H
#define ROOT_WATCH_H

#include <ev.h>
#include <sys/types.h>

#include "common/log.h"
#include "common/proctitle.h"
#include "supervise/resources.h"

struct root_watch {
	struct ev_loop *loop;
	struct log *log;
	struct proctitle *title;       /* NULL: leave it alone */
	struct change_counts *changes; /* NULL: not counted; the caller's */
	struct resources *resources;   /* NULL: nothing is watched */
	struct resource *found; /* by index: other directories; fd -1: none */
	pid_t pid;              /* 0: no process */
	pid_t ended;            /* that was killed last; 0: none */
	ev_io messages;
	ev_timer restart; /* of the process */
	ev_timer again;   /* on_replaced, after a refusal */
	/* Some roots lead to other directories.  Not called again for the same
	 * directories before root_watch_follow() or root_watch_try_later(). */
	void (*on_replaced)(void *arg);
	void *arg;
};

void root_watch_init(struct root_watch *, struct ev_loop *, struct log *,
	struct proctitle *, struct change_counts *);

/* Watches the roots of these resources from now on and keeps a reference to
 * them.  NULL: watches nothing. */
void root_watch_follow(struct root_watch *, struct resources *);

/* Returns true if any root leads to another directory than the resources
 * have. */
bool root_watch_has_replaced(const struct root_watch *);

/* Returns a copy of the resources that are watched, with the directories that
 * the roots lead to now; NULL: no memory or no descriptor was left. */
struct resources *root_watch_resources(const struct root_watch *);

/* The workers could not be replaced: calls on_replaced again in a while. */
void root_watch_try_later(struct root_watch *);

/* Returns the state in words; "" for RESOURCE_SAME. */
const char *root_watch_state(enum resource_state);

/* Kills the process. */
void root_watch_stop(struct root_watch *);

/* Stops, and waits up to half a second for the end of the process: only when
 * the master ends. */
void root_watch_fini(struct root_watch *);

#endif
