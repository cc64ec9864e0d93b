/*
 * What is decided at the start of a worker: after how many requests it is
 * recycled, how many connections it may have, which user it runs as.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_START_H
#define WORKER_START_H

#include <stddef.h>

#include "common/conf.h"
#include "common/log.h"

struct heritage;
struct worker;

/* Sets worker->recycle_at; the workers of a generation get different values. */
void worker_recycle_init(struct worker *);

/*
 * Makes free(3) return large blocks, such as the content of requests, to the
 * system.
 */
void worker_return_memory(void);

/* Returns memory to the system after a burst of requests; once a second. */
void worker_trim_memory(struct worker *);

/* Asks the master, once, to be replaced; CHANNEL_DRAIN follows when the
 * replacement serves. */
void worker_recycle_ask(struct worker *);

struct capacity {
	size_t connections; /* 0: too few to start */
	size_t files;       /* maximum of descriptors in the file cache */
	size_t limit;       /* RLIMIT_NOFILE */
	size_t lacking;     /* descriptors missing for FEWEST_CONNECTIONS */
};

/*
 * Divides the descriptors that RLIMIT_NOFILE permits.  used is the number of
 * those that stay open (listening sockets, document roots), files the maximum
 * that the cache would hold.  Grants the connections that the configuration
 * asks for, or, with a warning, as many as there is room for.
 */
struct capacity capacity_divide(
	const struct conf *, size_t used, size_t files, struct log *);

/* Divides the descriptors, limits the file cache and makes the connection
 * table; to be called when everything else is open.  Returns 0, or -1 with the
 * reason in why. */
int capacity_open_table(struct worker *, char *why, size_t size);

/*
 * Changes to conf->user for good (user_become()), sets no_new_privs and, unless
 * the sandbox is off, gives up all capabilities.  Returns 0, or -1 with errno.
 */
int worker_drop_privileges(const struct conf *);

/* Forbids core dumps, and ptrace(2) by any user but root, unless the
 * configuration allows them. */
void worker_set_dumpable(const struct conf *);

/*
 * Closes the inherited standard output and error of a daemon's worker, since a
 * shell that reads the output of `prong -d` waits until no process has it open.
 */
void worker_discard_output(const struct heritage *);

#endif
