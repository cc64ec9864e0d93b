/*
 * An upgrade: the master starts another binary as its child and passes all
 * listening sockets to it.  When the new master serves, the old one drains.
 *
 *   old: fork, exec --------------.    .--> release names, RELEASED, drain
 *   new:       start, workers, READY ..................'--> take them over
 *
 * Before READY nothing has changed: a new master that is missing, fails or is
 * late is killed, and the old one continues to serve.
 * SPDX-License-Identifier: MIT
 */
#ifndef UPGRADE_H
#define UPGRADE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error_text.h"

struct conn_export;
struct generation;
struct inherited;
struct listener;
struct listeners;
struct tickets;
struct upgrade_peer;

/* What the old master does at the steps of an upgrade. */
struct upgrade_events {
	/* Lets the new master lock the pid file, too.  Returns 0, or -1 with
	 * errno. */
	int (*share_pid_file)(void *arg);
	/* The upgrade failed: the pid file is this master's alone again. */
	void (*keep_pid_file)(void *arg);
	/* The new master, pid, serves: releases the pid file and the names of
	 * unix sockets, and reports pid to the service manager. */
	void (*release_names)(void *arg, pid_t);
	/* Returns the orders for the new master, separated by spaces: of
	 * UPGRADE_REOPEN, UPGRADE_RELOAD and UPGRADE_RELOAD_FORCED. */
	const char *(*name_waiting)(void *arg);
};

/* The parts of the old master that an upgrade works on. */
struct upgrade_env {
	struct ev_loop *loop;
	const char *program; /* to execute */
	char *const *argv;
	const struct listeners *listeners;
	struct listener *const *control_listener;
	const struct inherited *inherited;
	const struct upgrade_peer *old_master;
	struct conn_export *conns;
	const struct tickets *tickets;
	const struct upgrade_events *events;
	void *arg; /* for the events */
};

struct upgrade {
	const struct upgrade_env *env;
	pid_t pid; /* the new master's; 0: no upgrade is under way */
	int fd;    /* to the new master, or -1 */
	ev_io io;
	ev_timer limit;
	int64_t ready_ms;      /* the limit, in milliseconds */
	bool has_ready;        /* a worker of the new master */
	struct error_text why; /* the error that the new master sent, or "" */
	char *errors;   /* of its configuration, a line each; NULL: none */
	size_t nerrors; /* bytes */
	/* The new master, pid, serves; or pid is 0, why tells the reason, and
	 * errors has a line for each error of the configuration. */
	void (*on_done)(void *arg, pid_t pid, const char *errors,
		const struct error_text *why);
	void *on_done_arg;
};

void upgrade_init(struct upgrade *, const struct upgrade_env *);

/*
 * Begins an upgrade, not while an old master is waited for; on_done will be
 * called.  The new master is killed if it is
 * not ready in time, by the configuration and the number of workers of the
 * current generation; the time begins anew with each worker that is ready.
 * is_forced: it leaves the checks of the configuration out.  Returns 0, or -1
 * with the error text.
 */
int upgrade_start(struct upgrade *, bool is_forced,
	const struct generation *current, struct error_text *);

/* Kills the new master, if any, without calling on_done. */
void upgrade_cancel(struct upgrade *);

/* Handles the exit of a child: returns true if pid was the new master. */
bool upgrade_reap(struct upgrade *, pid_t, int status);

/* ---- the new master's side ---- */

/* Set in the environment of a new master that leaves the checks out. */
#define UPGRADE_FORCE "PRONG_FORCE"

#define UPGRADE_TAKES_CONNS "takes connections"

/* What the old master was asked for while the new one started. */
#define UPGRADE_REOPEN        "reopen"
#define UPGRADE_RELOAD        "reload"
#define UPGRADE_RELOAD_FORCED "reload-force"
#define UPGRADE_UNREADY       "unready"
#define UPGRADE_SCALE         "workers" /* "workers=3" */
#define UPGRADE_AGAIN         "upgrade"
#define UPGRADE_AGAIN_FORCED  "upgrade-force"

enum upgrade_message {
	UPGRADE_NOTHING,  /* no message has arrived yet */
	UPGRADE_READY,    /* new: it serves; text UPGRADE_TAKES_CONNS or "" */
	UPGRADE_FAILED,   /* new: it cannot serve; the text has the reason */
	UPGRADE_RELEASED, /* old: it has released all names; the text is that of
			   * name_waiting() */
	UPGRADE_GONE,     /* the other master has ended */
	UPGRADE_ERRORS,   /* new, after FAILED: the text is a piece of the
			   * errors of its configuration; "", before READY:
			   * one more of its workers is ready */
};

struct upgrade_peer {
	int fd; /* to the old master; -1: none, or it has released all */
	bool is_forced; /* this master leaves the checks out */
	ev_io io;
	/* waiting: the text of UPGRADE_RELEASED, "" if the old master ended */
	void (*on_released)(void *arg, const char *waiting);
	void *arg;
};

#define UPGRADE_PEER_NONE ((struct upgrade_peer){ .fd = -1 })

/* Finds the old master by PRONG_SOCKETS.  on_released is called when it has
 * released the pid file and the names of unix sockets, or has ended. */
void upgrade_peer_open(struct upgrade_peer *,
	void (*on_released)(void *, const char *waiting), void *arg);
void upgrade_peer_close(struct upgrade_peer *, struct ev_loop *);

/* Returns true until the old master, if any, has released its names. */
bool upgrade_peer_is_waiting(const struct upgrade_peer *);

/* All do nothing without an old master. */
void upgrade_peer_tell_ready(
	struct upgrade_peer *, struct ev_loop *, bool takes_connections);

/* One more worker is ready: the old master's limit begins anew. */
void upgrade_peer_tell_progress(const struct upgrade_peer *);

void upgrade_peer_tell_failed(struct upgrade_peer *, const struct error_text *);

/* Sends lines about the configuration, after that. */
void upgrade_peer_tell_errors(struct upgrade_peer *, const char *errors);

/* ---- both sides ---- */

void upgrade_send(int fd, enum upgrade_message, const char *text);
void upgrade_send_failed(int fd, const struct error_text *);

/* Receives the next message and its text. */
enum upgrade_message upgrade_recv(int fd, struct error_text *);

#endif
