/*
 * A change of what serves, as a transaction: the start, a reload, another
 * number of workers, a rollback.  Until the new generation is ready the
 * current one serves on; whatever fails, it goes on as if nothing had been
 * asked.  One change at a time; what is asked meanwhile becomes one more.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHANGE_H
#define CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error_text.h"
#include "reconfig/config_checker.h"
#include "reconfig/probation.h"
#include "supervise/opener.h"

struct master;

enum change_kind {
	CHANGE_START,
	CHANGE_RELOAD,
	CHANGE_SCALE,
	CHANGE_ROLLBACK,
	CHANGE_UPGRADE,
	CHANGE_KINDS, /* how many */
};

/* "reload" */
const char *change_kind_name(enum change_kind);

enum change_step {
	CHANGE_NONE,     /* nothing is under way */
	CHANGE_CHECKING, /* another process reads the configuration */
	CHANGE_OPENING,  /* another process opens what it needs */
	CHANGE_TRYING,   /* master->next starts */
};

enum { CHANGE_WORKERS_MAX = 512 };

struct change_verdict {
	enum change_kind kind;
	bool is_ok;
	int64_t at; /* clock_now_ms(); 0: there was none yet */
	struct error_text why;
};

struct change {
	enum change_step step;
	enum change_kind kind; /* of the one under way */
	bool is_wanted[CHANGE_KINDS];
	bool is_told[CHANGE_KINDS];   /* that it waits for a drain */
	unsigned workers_wanted;      /* by CHANGE_SCALE */
	unsigned begun[CHANGE_KINDS]; /* how many there were */
	struct config_checker checker;
	struct opener opener;
	struct probation probation;
	struct change_verdict last;
};

void change_init(struct master *);
void change_fini(struct master *);

/* The first one: its conf is read already, and taken over. */
void change_start(struct master *, struct conf *);

/* Asks for one; change_go_on() begins it as soon as it can be.  The result is
 * its number among those of its kind: it ends when change->begun is there. */
unsigned change_ask_reload(struct master *);
unsigned change_ask_upgrade(struct master *);
unsigned change_ask_workers(struct master *, unsigned workers);

/* So many generations drain that only a rollback may begin; logged once for
 * each change that waits. */
bool change_must_wait(struct master *, enum change_kind);

/* The end of an upgrade: another master serves, or will not. */
void change_upgraded(struct master *, pid_t);
void change_upgrade_failed(struct master *, const struct error_text *);

/* What serves, and how the last change ended. */
void change_tell_manager(struct master *);

/* The number of workers that was asked for last. */
unsigned change_workers(const struct master *);

/* Begins what was asked and could not be answered yet. */
void change_go_on(struct master *);

/* The server leaves: forgets what is under way and all that was asked. */
void change_abandon(struct master *);

/* True when pid is the checker's: then it is dealt with. */
bool change_reap(struct master *, pid_t, int status);

#endif
