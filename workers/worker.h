/*
 * A worker: the process that serves.  It is forked by the master and lives
 * until it is told to stop, or until the channel says that the master has
 * exited.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_H
#define WORKER_H

#include "conn/worker_state.h"

struct heritage;

/*
 * The worker's whole life.  Called in the child, with default signal actions
 * and with every descriptor closed that is not in the heritage.  The result is
 * for _exit(2): 0 after a drain or when the master has exited, 1 if the worker
 * could not start, after a FAILED message.
 */
int worker_main(const struct heritage *);

/* Enters the next state; asserts that the table in worker.c has the step. */
void worker_enter(struct worker *, enum worker_state);

#endif
