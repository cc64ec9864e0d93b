/*
 * The parts of proc_channel.c that proc.c calls.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROC_CHANNEL_H
#define PROC_CHANNEL_H

#include "supervise/proc.h"

void proc_channel_init(struct proc *);

/* A process was forked: takes both ends of its channel over. */
void proc_channel_start(struct proc *, const int ends[2]);

/* Stops all watchers. */
void proc_channel_stop(struct proc *);

/* The struct has moved, with its watchers stopped: starts them again. */
void proc_channel_moved(struct proc *);

/* Sends a message, or queues it. */
void proc_channel_send(struct proc *, const struct channel_message *);

/* The process has exited: keeps the connections that it has not read for the
 * next one, drops all other messages and closes both ends. */
void proc_channel_close(struct proc *);

#endif
