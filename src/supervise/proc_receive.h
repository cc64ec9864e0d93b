/*
 * The messages that a worker sends to the master.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROC_RECEIVE_H
#define PROC_RECEIVE_H

struct proc;

/*
 * Takes messages while the master has room for them, some at a time.  A worker
 * that sends what it may not is logged and killed, and no longer read; its end
 * is told by proc_reap() as with any other.
 */
void proc_receive(struct proc *);

/* The process was reaped: takes the connections that it had passed on, and the
 * reason of a start that failed.  What else it asked for is void. */
void proc_receive_last(struct proc *);

#endif
