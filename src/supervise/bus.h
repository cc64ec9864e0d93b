/*
 * Messages of modules, from one worker to all, and roles that one worker of all
 * has.  The master does not look at what modules say.
 * SPDX-License-Identifier: MIT
 */
#ifndef BUS_H
#define BUS_H

#include <stdint.h>
#include <sys/types.h>

struct bus_forwarded;
struct bus_head;
struct bus_link;
struct channel_message;
struct generation_list;
struct proc;

enum {
	BUS_ROLES = 64,
	BUS_LINKS = 2, /* to an older and to a newer master */
	/* messages of all kinds for a worker or another master */
	BUS_WAITING_MOST = 512,
};

struct bus {
	const struct generation_list *generations;
	uint64_t base, number; /* of the first and the last message; 0: none */
	struct bus_link *links[BUS_LINKS]; /* NULL: none */
	/* messages that another master has not numbered yet; bus_link.c */
	struct bus_forwarded *forwarded, **forwarded_end;
	unsigned nforwarded;
	struct {
		uint64_t key;
		pid_t pid; /* of the worker that has it; 0: a free entry */
	} roles[BUS_ROLES];
};

void bus_init(struct bus *, const struct generation_list *);

/*
 * Passes a message to every worker that serves or drains, of the other master
 * of an upgrade as well, the sender too, and keeps it for one that is started
 * in the place of a worker that has died.  One that does not read its channel
 * loses it; the next message that it gets says how many it has lost.
 */
void bus_pass(struct proc *from, struct channel_message *);

/* A worker is about to get GO: it takes what was kept for a process of an older
 * generation that has its index and will not be started again. */
void bus_inherit(struct proc *);

/* Tells a worker that was sent GO where the numbers are; or one that reads
 * again how many messages it has lost. */
void bus_greet(struct proc *);

/* Answers whether the worker has the role that it asks for: when no other
 * worker that serves has it, and no other master leads. */
void bus_give_role(struct bus *, struct proc *, struct channel_message *);

/* ---- for bus_link.c ---- */

/* Makes sure that the numbers have begun. */
void bus_begin_numbers(struct bus *);

/* Gives a message the next number and passes it on; distribute: one that has a
 * number.  The head is written to the message. */
void bus_number(struct bus *, struct bus_head *, struct channel_message *);
void bus_distribute(struct bus *, struct bus_head *, struct channel_message *);

/* All workers have lost so many messages: the next one tells them. */
void bus_lose(struct bus *, uint32_t count);
void bus_greet_all(struct bus *);

#endif
