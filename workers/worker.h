/*
 * A worker: the process that serves.  Born by a fork, it lives until it is
 * told to drain, or the channel says that the master is gone.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_H
#define WORKER_H

struct heritage;

/*
 * The worker's whole life.  Called in the child, with all signals blocked and
 * every descriptor that is not in the heritage closed; does not return to the
 * master's code: the result is for _exit(2).  Not ready: 1, after a FAILED
 * message; drained or master gone: 0.
 */
int worker_main(const struct heritage *);

#endif
