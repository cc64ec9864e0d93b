/*
 * The master: owns the sockets and the configuration, starts workers and
 * replaces them.  It never reads a byte from a client.
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_H
#define MASTER_H

#include <stdbool.h>
#include <stdio.h>

#include "change.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/proctitle.h"
#include "control.h"
#include "error_log.h"
#include "generation.h"
#include "handover.h"
#include "heir.h"
#include "inherited.h"
#include "notify.h"
#include "pid_file.h"
#include "signals.h"
#include "upgrade.h"
#include "watchdog.h"

/* What a run of the master starts from. */
struct master_plan {
	/* Reads and checks the configuration, at the start and at a reload;
	 * NULL after writing every error, a line each. */
	struct conf *(*read_conf)(void *arg, FILE *errors);
	void *arg;
	const char *what; /* the file or directory: for title and log */
	const char *version;
	int (*worker)(const struct heritage *);
	struct proctitle *title; /* NULL: leave it alone */
	const char *program;     /* that was executed, and its arguments: */
	char *const *argv;       /* an upgrade executes them again */
	int daemon_fd;           /* from daemon_start(), or -1 */
	bool is_greeting;        /* tell a person on stdout what is served */
};

enum master_phase { MASTER_STARTING, MASTER_SERVING, MASTER_LEAVING };

/* The whole of it; passed along, never global. */
struct master {
	const struct master_plan *plan;
	enum master_phase phase;
	struct proc_env env;
	struct signals signals;
	struct scoreboard scoreboard;
	struct inherited inherited;
	struct listeners listeners;
	struct pid_file pid_file;
	struct pid_file next_pid_file; /* of a change under way */
	struct control control;
	struct change change;
	struct handover handover;
	struct watchdog watchdog;
	struct generation *generations; /* all that are not gone */
	struct generation *current;     /* NULL: none yet */
	struct generation *next;        /* NULL: nothing is being tried */
	unsigned last_number;
	struct error_log log;
	struct notify notify;
	struct heir heir;       /* while an old master is there */
	struct upgrade upgrade; /* while a new one comes */
	ev_tstamp born;
	unsigned leaving; /* workers that were told to go */
	int status;       /* for exit(2) */
};

/*
 * Serves until told to leave.  The result is for exit(2): 0 after a drain or a
 * stop, 1 when it could not start; the reason is on stderr then.
 */
int master_run(const struct master_plan *);

/* ---- for change.c ---- */

/* The first generation exists: its log is ours, and is told that we start. */
void master_announce(struct master *);

/* The first generation serves; or it cannot: leave. */
void master_begin(struct master *);
void master_give_up(struct master *, const struct reason *);

/* Another master serves: drain and leave. */
void master_upgraded(struct master *, pid_t);

/* A generation has no process left. */
void master_forget(struct master *, struct generation *);

/* ---- for the commands; why is for the log: "SIGTERM" ---- */

void master_drain(struct master *, const char *why);
void master_stop(struct master *, const char *why);
void master_reload(struct master *, const char *why);

/* 0, or -1 with the reason: then some logs are the old ones. */
int master_reopen(struct master *, const char *why, struct reason *);

unsigned master_count_workers(const struct master *);

#endif
