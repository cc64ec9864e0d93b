/*
 * A change of what serves, as a transaction: the start, a reload, another
 * number of workers, a rollback, an upgrade.  The current generation serves
 * until the new one is ready; if the change fails, it continues to serve.
 * There is one change at a time; requests that arrive meanwhile are pending
 * and become one more change of each kind.
 * SPDX-License-Identifier: MIT
 */
#ifndef RECONFIG_H
#define RECONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error_text.h"
#include "reconfig/config_checker.h"
#include "reconfig/lifecycle.h"
#include "reconfig/probation.h"
#include "reconfig/upgrade.h"
#include "supervise/generation_list.h"
#include "supervise/opener.h"
#include "supervise/root_watch.h"

enum reconfig_kind {
	RECONFIG_START,
	RECONFIG_RELOAD,
	RECONFIG_SCALE,
	RECONFIG_ROLLBACK,
	RECONFIG_UPGRADE,
	RECONFIG_ROOTS, /* another directory has the name of a root */
	RECONFIG_KINDS, /* number of kinds */
};

/* Returns the kind in words: "reload". */
const char *reconfig_kind_name(enum reconfig_kind);

enum reconfig_step {
	RECONFIG_NONE,     /* no change is under way */
	RECONFIG_CHECKING, /* another process reads the configuration */
	RECONFIG_OPENING,  /* another process opens the files that it names */
	RECONFIG_TRYING,   /* the next generation, or a new master, starts */
};

enum { RECONFIG_WORKERS_MAX = 512 };

struct reconfig_verdict {
	enum reconfig_kind kind;
	bool is_ok;
	int64_t at; /* clock_now_ms(); 0: no change has ended yet */
	struct error_text why;
};

/* What a change asks of the master, and reports to it. */
struct reconfig_events {
	/* Checks the user and claims the pid file and the control socket of a
	 * configuration.  One that is known has served before: what cannot be
	 * claimed stays what it is.  Returns 0, or -1 with the error text. */
	int (*claim_paths)(void *arg, const struct conf *, bool is_known,
		struct error_text *);
	/* Releases what was claimed: the change was refused. */
	void (*release_paths)(void *arg);
	/* The first generation exists; its workers are forked afterwards. */
	void (*on_start)(void *arg, struct generation *);
	void (*on_start_failed)(
		void *arg, const struct error_text *, const char *errors);
	/* The generation is the current one: its paths replace the old. */
	void (*on_commit)(
		void *arg, struct generation *, const struct generation *old);
	/* Logs a line for each error of a configuration. */
	void (*log_errors)(void *arg, const char *errors);
	/* A reload was requested. */
	void (*on_reloading)(void *arg);
	/* A change has ended.  errors has a line for each error of the
	 * configuration, or is empty. */
	void (*on_end)(
		void *arg, const struct reconfig_verdict *, const char *errors);
	/* Another master, pid, serves. */
	void (*on_upgraded)(void *arg, pid_t);
	/* A generation has no process left and was freed. */
	void (*on_generation_gone)(void *arg);
};

/* The parts of the master that a change works on. */
struct reconfig_env {
	const struct proc_env *workers;
	const struct conf_reader *reader;
	const struct lifecycle *life;
	struct generation_list *generations;
	struct listeners *listeners;
	struct upgrade *upgrade;
	const struct reconfig_events *events;
	void *arg; /* for the events */
};

struct reconfig {
	const struct reconfig_env *env;
	enum reconfig_step step;
	enum reconfig_kind kind; /* of the change under way */
	bool pending[RECONFIG_KINDS];
	bool is_told[RECONFIG_KINDS];        /* logged: it waits for a drain */
	unsigned workers_wanted;             /* by RECONFIG_SCALE */
	bool is_next_forced[RECONFIG_KINDS]; /* the pending ones: no checks */
	bool is_forced;                      /* the change under way */
	unsigned serial[RECONFIG_KINDS];     /* of the last one that began */
	struct config_checker checker;
	struct opener opener;
	struct root_watch root_watch;
	struct probation probation;
	struct reconfig_verdict last;
};

/* The env must stay valid and in place until reconfig_fini(). */
void reconfig_init(struct reconfig *, const struct reconfig_env *);
void reconfig_fini(struct reconfig *);

/* Begins the start.  Takes conf over. */
void reconfig_start(struct reconfig *, struct conf *);

/*
 * Request a change; reconfig_resume() begins it as soon as possible.  Return
 * its serial number among those of its kind: the change has begun when
 * reconfig->serial of the kind has reached it; 0: the server leaves.
 * is_forced: without the checks of the configuration.
 */
unsigned reconfig_ask_reload(struct reconfig *, bool is_forced);
unsigned reconfig_ask_upgrade(struct reconfig *, bool is_forced);
unsigned reconfig_ask_workers(struct reconfig *, unsigned workers);

/* Returns true if the configuration of the change under way has served already:
 * a worker for it is not refused. */
bool reconfig_is_known(const struct reconfig *);

/* Returns true if the first worker has to show that it works, before others are
 * forked. */
bool reconfig_is_tried(const struct reconfig *);

/* Returns true while so many generations drain that only a rollback may begin,
 * which is logged once for each change that waits, and for a further upgrade
 * until the old master has released its names. */
bool reconfig_must_wait(struct reconfig *, enum reconfig_kind);

/* Returns the number of workers that was requested last. */
unsigned reconfig_workers(const struct reconfig *);

/* Begins a change that is pending, if it may begin now. */
void reconfig_resume(struct reconfig *);

/* Ends the change under way and forgets those that are pending: the server
 * leaves. */
void reconfig_abandon(struct reconfig *);

/* Handles the exit of a child.  Returns false if it was neither the checker
 * nor a new master. */
bool reconfig_reap(struct reconfig *, pid_t, int status);

#endif
