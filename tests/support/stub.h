/*
 * Workers that are not workers: they talk over the channel as one would, or
 * fail to; so the master's room is tested without the other.
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_H
#define STUB_H

#include "common/conf.h"
#include "common/heritage.h"
#include "supervise/generation.h"

enum stub_behaviour {
	STUB_SERVES,   /* READY, then leaves when told */
	STUB_FAILS,    /* FAILED: "no such module" */
	STUB_CRASHES,  /* before it is ready */
	STUB_SILENT,   /* never ready; leaves when told */
	STUB_STUBBORN, /* READY, but does not leave */
};

/* What workers forked from now on do. */
extern enum stub_behaviour stub_behaviour;

int stub_main(const struct heritage *);

/* A configuration of so many workers at 127.0.0.1, any port, with a log that
 * is off; conf_free(). */
struct conf *stub_conf(unsigned workers);

/* A loop, a log to nowhere and a scoreboard. */
struct stub {
	struct proc_env env;
	struct sink sink;
	struct log log;
	struct scoreboard scoreboard;
	struct listeners listeners;
	ev_signal child;
	void (*on_child)(struct stub *, pid_t, int status);
	void *arg;
};

void stub_open(struct stub *, void (*on_child)(struct stub *, pid_t, int));

/* Fails the test when a child is left. */
void stub_close(struct stub *);

/* Turns the loop until is_done(arg), at most ten seconds: then the test fails
 * with what was waited for. */
void stub_wait(
	struct stub *, bool (*is_done)(void *), void *arg, const char *what);

#endif
