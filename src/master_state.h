/*
 * The inside of the master, for the files that work on it: master.c its life,
 * reconfig.c what it serves, control_*.c what it is asked.
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_STATE_H
#define MASTER_STATE_H

#include "control/control.h"
#include "error_log.h"
#include "notify.h"
#include "pid_file.h"
#include "reconfig/reconfig.h"
#include "reconfig/upgrade.h"
#include "reconfig/upgrade_conns.h"
#include "signals.h"
#include "supervise/conn_router.h"
#include "supervise/generation.h"
#include "supervise/inherited.h"
#include "supervise/queue_rescue.h"
#include "supervise/rebalance.h"
#include "supervise/scoreboard.h"
#include "supervise/watchdog.h"

struct master_plan;

enum master_phase {
	MASTER_STARTING,
	MASTER_SERVING,
	MASTER_LEAVING,
	MASTER_PHASES, /* how many */
};

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
	struct reconfig reconfig;
	struct generation *generations; /* all that are not gone */
	struct generation *current;     /* NULL: none yet */
	struct generation *next;        /* NULL: nothing is being tried */
	struct conn_router router;
	struct watchdog watchdog;
	struct queue_rescue queue_rescue;
	struct rebalance rebalance;
	struct conn_export conn_export; /* open: to the new master */
	struct conn_import conn_import; /* open: from the old one */
	unsigned last_number;
	struct error_log log;
	struct notify notify;
	struct upgrade_peer old_master; /* while an old master is there */
	struct upgrade upgrade;         /* while a new one comes */
	int64_t born;                   /* clock_now_ms() */
	unsigned leaving;               /* workers that were told to go */
	int64_t phase_since;            /* clock_now_ms() */
	int status;                     /* for exit(2) */
};

/* ---- for reconfig.c ---- */

/* The first generation exists: its log is ours, and is told that we start. */
void master_announce(struct master *);

/* The first generation serves; or it cannot: leave. */
void master_begin(struct master *);
void master_give_up(struct master *, const struct error_text *);

/* Another master serves: drain and leave. */
void master_upgraded(struct master *, pid_t);

/* A generation has no process left. */
void master_forget(struct master *, struct generation *);

/* ---- for the commands; why is for the log: "SIGTERM" ---- */

void master_drain(struct master *, const char *why);
void master_stop(struct master *, const char *why);
void master_reload(struct master *, const char *why);

/* 0, or -1 with the reason: then some logs are the old ones. */
int master_reopen(struct master *, const char *why, struct error_text *);

unsigned master_count_workers(const struct master *);

#endif
