/*
 * The workers of one configuration.  A reload makes a new generation while
 * the old one serves on; two or more live side by side until the old is gone.
 * SPDX-License-Identifier: MIT
 */
#ifndef GENERATION_H
#define GENERATION_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/channel_drain.h"
#include "common/conf.h"
#include "supervise/listeners.h"
#include "supervise/log_files.h"
#include "supervise/proc.h"
#include "supervise/resources.h"
#include "supervise/respawn.h"

enum generation_state {
	GENERATION_STARTING, /* forked; the first READYs come in */
	GENERATION_CURRENT,  /* serves; who dies is replaced */
	GENERATION_DRAINING, /* on its way out; nobody is replaced */
	GENERATION_GONE,     /* no process left */
	GENERATION_STATES,   /* how many */
};

/* What the master is told.  It may not free a generation in a callback but
 * in on_gone, the last one. */
struct generation_events {
	void (*on_ready)(void *arg, struct generation *);
	void (*on_failed)(
		void *arg, struct generation *, const struct error_text *);
	void (*on_gone)(void *arg, struct generation *);
	/* A worker that serves has died of itself; another follows.  how is
	 * its signal or exit status.  NULL: nobody wants to know. */
	void (*on_crash)(
		void *arg, struct generation *, const struct error_text *how);
};

struct generation {
	struct generation *next; /* the master's list */
	const struct proc_env *env;
	const struct generation_events *events;
	void *arg;
	enum generation_state state;
	unsigned number;
	struct conf *conf;
	struct listeners *set;
	struct listener **listeners; /* conf->nlisten */
	struct log_files logs;
	struct resources *resources; /* NULL: workers open what they need */
	struct proc *procs;
	struct proc *recycled; /* each replaced in its place already, or soon */
	struct respawn respawn;
	unsigned nprocs;
	unsigned nforked; /* of a start */
	bool has_canary;
	bool has_failed;
	ev_timer deadline; /* STARTING: ready; DRAINING: SIGKILL */
};

/*
 * Binds what is new and opens the logs; forks nothing.  Takes conf over when
 * it succeeds; NULL with the reason, and conf still the caller's.  resources
 * may be set afterwards, before it starts: they are the generation's.  kept:
 * logs to go on with where one cannot be opened; NULL: it is refused then.
 */
struct generation *generation_new(const struct proc_env *,
	const struct generation_events *, void *arg, struct listeners *,
	struct conf *, unsigned nworkers, unsigned number,
	const struct log_files *kept, struct error_text *);

/* Only when no process is left. */
void generation_free(struct generation *);

/*
 * Forks the workers; on_ready or on_failed follows.  With a canary the first
 * one is alone until it has answered a request of its own.  0, or -1 with the
 * reason: then generation_kill() what there is.
 */
int generation_start(struct generation *, bool has_canary, struct error_text *);

/* listen(2), and GO to all.  0, or -1 with the reason. */
int generation_go(struct generation *, struct error_text *);

/* Makes the workers finish the requests in flight and exit; those that are left
 * after limit milliseconds get SIGKILL. */
void generation_drain(
	struct generation *, int64_t limit, enum channel_drain_mode);

/* It drains, and nobody takes its connections over any more. */
void generation_keep_conns(struct generation *);

/* Its workers may hand over again. */
void generation_resume(struct generation *);

/* Leave within a second. */
void generation_stop(struct generation *);
void generation_kill(struct generation *);

/* True when pid is one of ours: then it is dealt with. */
bool generation_reap(struct generation *, pid_t, int status);

/* Opens the logs anew and passes them on.  0, or -1 with the reason: the old
 * ones are kept. */
int generation_reopen(struct generation *, struct error_text *);

/* Forks the worker of this place.  0, or -1 with the reason. */
int generation_fork(struct generation *, struct proc *, struct error_text *);

/* Does any of its workers serve, also one that is being replaced? */
bool generation_is_serving(const struct generation *);

unsigned generation_count(const struct generation *); /* processes */

/* Seconds until what is left is killed, of one that drains. */
double generation_time_left(const struct generation *);

/* Every proc: those that have a place, then the recycled.  From NULL to NULL.
 */
struct proc *generation_next(const struct generation *, struct proc *);

#endif
