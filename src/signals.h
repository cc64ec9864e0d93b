/*
 * Which signal asks the master for what.
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
	SIGNALS_MORE, /* workers */
	SIGNALS_FEWER,
	SIGNALS_UPGRADE,
	SIGNALS_REAP,
};

enum { SIGNALS_MAX = 16 };

struct signals {
	ev_signal watchers[SIGNALS_MAX];
	void (*on_action)(void *arg, enum signals_action, const char *name);
	void *arg;
};

/* Watches all rows of the table; SIGPIPE is ignored from now on.  *signals has
 * to stay where it is until signals_stop(). */
void signals_start(struct signals *, struct ev_loop *,
	void (*on_action)(void *, enum signals_action, const char *),
	void *arg);
void signals_stop(struct signals *, struct ev_loop *);

/* The signal that asks for it: for the commands that send one. */
int signals_number(enum signals_action);

#endif
