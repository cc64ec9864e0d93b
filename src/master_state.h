/*
 * The inside of the master: master.c is its life, master_actions.c what it does
 * when a signal, a command or a change of what serves asks for it.
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_STATE_H
#define MASTER_STATE_H

#include "control/control.h"
#include "control/control_orders.h"
#include "error_log.h"
#include "notify.h"
#include "pid_file.h"
#include "reconfig/lifecycle.h"
#include "reconfig/reconfig.h"
#include "reconfig/upgrade.h"
#include "reconfig/upgrade_conns.h"
#include "signals.h"
#include "supervise/bus.h"
#include "supervise/conn_router.h"
#include "supervise/generation_list.h"
#include "supervise/inherited.h"
#include "supervise/log_reopen.h"
#include "supervise/queue_rescue.h"
#include "supervise/rebalance.h"
#include "supervise/recent_rings.h"
#include "supervise/scoreboard.h"
#include "supervise/tickets.h"
#include "supervise/watchdog.h"

struct master_plan;

/* The whole of it; passed along, never global.  A folder below gets the parts
 * that it needs, by its env and its table of events. */
struct master {
	const struct master_plan *plan;
	int status; /* for exit(2) */
	struct lifecycle life;
	unsigned leaving; /* number of workers when the server began to leave */
	struct error_log log;
	struct notify notify;
	struct signals signals;
	struct {
		struct pid_file now, next; /* next: of a change under way */
	} pid_file;
	struct {
		struct inherited inherited;
		struct listeners listeners;
	} sockets;
	struct {
		struct proc_env env;
		struct scoreboard scoreboard;
		struct tickets tickets;
		struct generation_list generations;
		struct conn_router router;
		struct watchdog watchdog;
		struct queue_rescue queue_rescue;
		struct rebalance rebalance;
		struct bus bus;
		struct {
			struct log_reopen wait;
			char why[32]; /* the last command or signal */
		} reopen;
		struct recent_rings recent;
	} workers;
	struct {
		struct reconfig_env env;
		struct reconfig reconfig;
	} change;
	struct {
		struct upgrade_env env;
		struct upgrade upgrade;         /* while a new master starts */
		struct upgrade_peer old_master; /* while an old one is there */
		struct upgrade_conns conns;     /* to and from another master */
		bool is_over; /* another master serves; TERM has yet to come */
		/* Since the last upgrade began: */
		bool is_reopened;      /* the logs */
		bool is_asked_unready; /* and not ready after that */
		char waiting[80];      /* orders for the new master */
	} upgrade;
	struct {
		struct control_env env;
		struct control control;
	} control;
};

/* ---- master.c ---- */

/* Drains, and drains at once when it is called again.  why is for the log:
 * "SIGTERM". */
void master_drain(struct master *, const char *why);
void master_stop(struct master *, const char *why);

/* Another master serves: drains. */
void master_drain_upgraded(struct master *, pid_t);

/* Leaves, with status 1, since the first generation failed.  errors: of the
 * configuration, a line each, or "". */
void master_give_up(
	struct master *, const struct error_text *, const char *errors);

/* Ends the loop when the server leaves and no worker is left. */
void master_end_if_done(struct master *);

/* ---- master_actions.c ---- */

extern const struct reconfig_events master_reconfig_events;
extern const struct control_actions master_control_actions;

/* Opens the logs anew in every process.  why is for the log: "SIGUSR1". Returns
 * 0, or -1 with the reason. */
int master_reopen_logs(
	void *master, const char *why, struct error_text *reason);

/* Reports to the service manager what serves, and how the last change ended. */
void master_notify_state(struct master *);

/* arg of all: the master. */
void master_on_signal(void *arg, enum signals_action, const char *name);
void master_on_reopened(void *arg, const char *late);

/* ---- master_upgrade.c ---- */

extern const struct upgrade_events master_upgrade_events;

/* arg of all: the master. */
void master_on_import_end(void *arg);
void master_on_released(void *arg, const char *waiting);

#endif
