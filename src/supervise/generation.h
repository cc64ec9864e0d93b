/*
 * The workers of one configuration.  A reload starts a new generation while the
 * old one serves; both exist until the last worker of the old one has exited.
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
	GENERATION_STARTING, /* workers are forked and become ready */
	GENERATION_CURRENT,  /* serves; a worker that dies is replaced */
	GENERATION_DRAINING, /* finishes its requests; no worker is replaced */
	GENERATION_GONE,     /* no process is left */
	GENERATION_STATES,   /* how many */
};

/* Events of a generation.  A callback must not free the generation, except
 * on_gone, which is the last one. */
struct generation_events {
	void (*on_ready)(void *arg, struct generation *);
	void (*on_failed)(
		void *arg, struct generation *, const struct error_text *);
	void (*on_gone)(void *arg, struct generation *);
	/* A serving worker has died; a replacement follows. how is its
	 * signal or exit status.  May be NULL. */
	void (*on_crash)(
		void *arg, struct generation *, const struct error_text *how);
	/* One more worker of the start is ready.  May be NULL. */
	void (*on_worker_ready)(void *arg, struct generation *);
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
	struct resources *resources; /* NULL: workers open files themselves */
	struct scoreboard_sites sites;
	struct proc *procs;
	struct proc *recycled; /* detached workers, whose replacements serve or
				  start */
	struct respawn respawn;
	unsigned nprocs;
	unsigned nforked; /* workers forked by the start */
	bool has_canary;
	bool has_checks; /* the canary answers them; set before the start */
	bool has_failed;
	ev_timer deadline; /* STARTING: ready; DRAINING: SIGKILL */
};

/*
 * Binds new addresses and opens the logs; forks nothing.  Takes conf over if it
 * succeeds.  Returns NULL with the error text otherwise. resources may be set
 * afterwards, before the start, and belong to the generation. kept are logs to
 * use where one cannot be opened; with NULL that is an error.
 */
struct generation *generation_new(const struct proc_env *,
	const struct generation_events *, void *arg, struct listeners *,
	struct conf *, unsigned nworkers, unsigned number,
	const struct log_files *kept, struct error_text *);

/* Frees the generation; no process of it may be left. */
void generation_free(struct generation *);

/* Records in the scoreboard that this generation serves.  is_loaded: its
 * configuration was read for it. */
void generation_show(const struct generation *, bool is_loaded);

/*
 * Forks the workers; on_ready or on_failed will be called.  With a canary, the
 * first worker is forked alone and must answer a request of its own first.
 * Returns 0, or -1 with the error text; the caller must call generation_kill()
 * then.
 */
int generation_start(struct generation *, bool has_canary, struct error_text *);

/* Listens, and tells all workers to serve.  Returns 0, or -1 with the error
 * text. */
int generation_go(struct generation *, struct error_text *);

/* Makes the workers finish the requests in flight and exit; those that are left
 * after limit milliseconds get SIGKILL. */
void generation_drain(
	struct generation *, int64_t limit, enum channel_drain_mode);

/* The generation drains, and no process takes its connections over any more:
 * its workers finish them. */
void generation_keep_conns(struct generation *);

/* Resumes reading from workers whose connections had to wait. */
void generation_resume(struct generation *);

/* The workers end within a second: by CHANNEL_STOP or SIGKILL. */
void generation_stop(struct generation *);
void generation_kill(struct generation *);

/* Handles the exit of a process.  Returns false if it was not one of this
 * generation. */
bool generation_reap(struct generation *, pid_t, int status);

/* Reopens the logs and sends them to the workers.  Returns 0, or -1 with the
 * error text; the old logs are kept then. */
int generation_reopen(struct generation *, struct error_text *);

/* Appends "worker 0 (pid 7), ..." for each that has not yet taken all logs that
 * were sent to it. */
void generation_name_late(const struct generation *, struct error_text *);

/* Forks a process for p.  Returns 0, or -1 with the error text. */
int generation_fork(struct generation *, struct proc *, struct error_text *);

/* Returns true if any worker serves, including one that is being replaced. */
bool generation_is_serving(const struct generation *);

unsigned generation_count(const struct generation *); /* number of processes */

/* Returns the seconds until the rest of a draining generation is killed. */
double generation_time_left(const struct generation *);

/* Iterates over all procs, then the recycled ones: from NULL to NULL. */
struct proc *generation_next(const struct generation *, struct proc *);

#endif
