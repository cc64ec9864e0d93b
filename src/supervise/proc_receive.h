/*
 * Receives the messages of a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROC_RECEIVE_H
#define PROC_RECEIVE_H

struct proc;

/*
 * Receives a limited number of messages while the master has room.  A worker
 * that sends an invalid message is logged and killed, and no longer read;
 * proc_reap() follows as with any other.
 */
void proc_receive(struct proc *);

/* The process has exited: receives the connections that it passed on, and
 * the error text of a failed start.  All other requests are void. */
void proc_receive_last(struct proc *);

#endif
