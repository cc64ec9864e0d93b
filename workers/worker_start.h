/*
 * What a worker decides once, at its start: after how many requests it asks for
 * a successor, how many connections it may have, which user it runs as.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_START_H
#define WORKER_START_H

#include <stddef.h>

#include "common/conf.h"
#include "common/log.h"

struct heritage;
struct worker;

/* Sets worker->retire_at; not all workers of a generation get the same. */
void worker_recycle_init(struct worker *);

/*
 * Has large blocks, such as the content of requests, given back to the system
 * when they are freed.
 */
void worker_return_memory(void);

/* Asks the master, once; its order to drain comes when the successor serves. */
void worker_recycle_ask(struct worker *);

struct capacity {
	size_t connections; /* 0: too few to be worth it */
	size_t files;       /* that the file cache may hold open */
	size_t limit;       /* of open files, RLIMIT_NOFILE */
	size_t lacking;     /* by so much it is too low for any connection */
};

/*
 * Divides what the limit of open files leaves: `used` are open for good
 * (listening sockets, document roots), the cache would hold `files`.  As many
 * connections as the configuration asks for, or as there is room for, with a
 * warning when the second is less.
 */
struct capacity capacity_divide(
	const struct conf *, size_t used, size_t files, struct log *);

/* Divides them, bounds the worker's file cache and makes its table of
 * connections, when all else is open.  0, or -1 with the reason in why. */
int capacity_open_table(struct worker *, char *why, size_t size);

/*
 * Becomes conf->user for good (user_become()), and executes nothing that is
 * more than it.  0, or -1 with errno.
 */
int worker_drop_privileges(const struct conf *);

/* Lets nobody but root look into the process, and forbids core dumps, unless
 * the configuration allows them. */
void worker_set_dumpable(const struct conf *);

/*
 * Gives up the standard output and error that a daemon's worker has inherited:
 * a shell that reads the output of `prong -d` waits until no process has it
 * open.
 */
void worker_discard_output(const struct heritage *);

#endif
