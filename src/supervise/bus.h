/*
 * Messages of modules, from one worker to all, and roles that one worker of all
 * has.  The master does not look at what modules say.
 * SPDX-License-Identifier: MIT
 */
#ifndef BUS_H
#define BUS_H

#include <stdint.h>
#include <sys/types.h>

struct channel_message;
struct proc;

enum { BUS_ROLES = 64 };

struct bus {
	uint64_t base, number; /* of the first and the last message; 0: none */
	struct {
		uint64_t key;
		pid_t pid; /* of the worker that has it; 0: a free entry */
	} roles[BUS_ROLES];
};

/*
 * Passes a message to every worker that serves or drains, the sender too, and
 * keeps it for one that is started in the place of a worker that has died.  One
 * that does not read its channel loses it; the next message that it gets says
 * how many it has lost.
 */
void bus_pass(struct proc *from, struct channel_message *);

/* A worker is about to get GO: it takes what was kept for a process of an older
 * generation that has its index and will not be started again. */
void bus_inherit(struct proc *);

/* Tells a worker that was sent GO where the numbers are; or one that reads
 * again how many messages it has lost. */
void bus_greet(struct proc *);

/* Answers whether the worker has the role that it asks for: when no other
 * worker that serves has it. */
void bus_give_role(struct bus *, struct proc *, struct channel_message *);

#endif
