/*
 * Maps signals to actions of the master.
 * SPDX-License-Identifier: MIT
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <ev.h>

enum signals_action {
	SIGNALS_DRAIN,
	SIGNALS_STOP,
	SIGNALS_RELOAD,
	SIGNALS_REOPEN,
	SIGNALS_MORE, /* one worker more */
	SIGNALS_FEWER,
	SIGNALS_UPGRADE,
	SIGNALS_REAP,
	SIGNALS_ACTIONS, /* how many */
};

enum { SIGNALS_MAX = 16 };

struct signals {
	ev_signal watchers[SIGNALS_MAX];
	void (*on_action)(void *arg, enum signals_action, const char *name);
	void *arg;
};

/*
 * Blocks the signals that ask for a reload, new logs, an upgrade or another
 * number of workers until signals_start(): their default action would end or
 * stop a program that still reads its configuration.
 */
void signals_hold(void);

/*
 * Watches every signal of the table and ignores SIGPIPE.  on_action is called
 * from the loop with the signal's name.  *signals must not move until
 * signals_stop(), after which the signals above are blocked again.
 */
void signals_start(struct signals *, struct ev_loop *,
	void (*on_action)(void *, enum signals_action, const char *),
	void *arg);
void signals_stop(struct signals *, struct ev_loop *);

/* Returns the signal that requests the action. */
int signals_number(enum signals_action);

#endif
