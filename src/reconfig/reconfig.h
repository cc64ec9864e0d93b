/*
 * A change of what serves, as a transaction: the start, a reload, another
 * number of workers, a rollback.  Until the new generation is ready the
 * current one serves on; whatever fails, it goes on as if nothing had been
 * asked.  One change at a time; what is asked meanwhile becomes one more.
 * SPDX-License-Identifier: MIT
 */
#ifndef RECONFIG_H
#define RECONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error_text.h"
#include "reconfig/config_checker.h"
#include "reconfig/probation.h"
#include "supervise/opener.h"

struct master;

enum reconfig_kind {
	RECONFIG_START,
	RECONFIG_RELOAD,
	RECONFIG_SCALE,
	RECONFIG_ROLLBACK,
	RECONFIG_UPGRADE,
	RECONFIG_KINDS, /* how many */
};

/* "reload" */
const char *reconfig_kind_name(enum reconfig_kind);

enum reconfig_step {
	RECONFIG_NONE,     /* nothing is under way */
	RECONFIG_CHECKING, /* another process reads the configuration */
	RECONFIG_OPENING,  /* another process opens what it needs */
	RECONFIG_TRYING,   /* master->next starts */
};

enum { RECONFIG_WORKERS_MAX = 512 };

struct reconfig_verdict {
	enum reconfig_kind kind;
	bool is_ok;
	int64_t at; /* clock_now_ms(); 0: there was none yet */
	struct error_text why;
};

struct reconfig {
	enum reconfig_step step;
	enum reconfig_kind kind; /* of the one under way */
	bool pending[RECONFIG_KINDS];
	bool is_told[RECONFIG_KINDS];    /* that it waits for a drain */
	unsigned workers_wanted;         /* by RECONFIG_SCALE */
	unsigned serial[RECONFIG_KINDS]; /* how many there were */
	struct config_checker checker;
	struct opener opener;
	struct probation probation;
	struct reconfig_verdict last;
};

void reconfig_init(struct master *);
void reconfig_fini(struct master *);

/* The first one: its conf is read already, and taken over. */
void reconfig_start(struct master *, struct conf *);

/* Asks for one; reconfig_resume() begins it as soon as it can be.  The result
 * is its number among those of its kind: it ends when change->begun is there.
 */
unsigned reconfig_ask_reload(struct master *);
unsigned reconfig_ask_upgrade(struct master *);
unsigned reconfig_ask_workers(struct master *, unsigned workers);

/* So many generations drain that only a rollback may begin; logged once for
 * each change that waits. */
bool reconfig_must_wait(struct master *, enum reconfig_kind);

/* The end of an upgrade: another master serves, or will not. */
void reconfig_upgraded(struct master *, pid_t);
void reconfig_upgrade_failed(struct master *, const struct error_text *);

/* What serves, and how the last change ended. */
void reconfig_tell_manager(struct master *);

/* The number of workers that was asked for last. */
unsigned reconfig_workers(const struct master *);

/* Begins what was asked and could not be answered yet. */
void reconfig_resume(struct master *);

/* The server leaves: forgets what is under way and all that was asked. */
void reconfig_abandon(struct master *);

/* True when pid is the checker's: then it is dealt with. */
bool reconfig_reap(struct master *, pid_t, int status);

#endif
