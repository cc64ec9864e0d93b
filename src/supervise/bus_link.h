/*
 * During an upgrade the workers of two masters get each other's messages of the
 * bus.  One master, the leader, numbers those of both:
 *
 *   new: ASK, follows ---.                         .--> leads
 *   old: leads            '--> STATE .... READY, LEAD     follows
 *
 * So all workers get one order, and the numbers go on when the old master ends.
 * A follower keeps what it has forwarded until the leader has numbered it; it
 * numbers that itself when it becomes the leader, or when the leader has ended.
 * A master may have an older one and a newer one at a time.
 * SPDX-License-Identifier: MIT
 */
#ifndef BUS_LINK_H
#define BUS_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct bus;
struct bus_head;
struct channel_message;

enum bus_link_state {
	BUS_LINK_OFF,    /* there is no other master, or it knows no link */
	BUS_LINK_ASKED,  /* the other master leads; where it is, is not known */
	BUS_LINK_LEADER, /* the other master leads */
	BUS_LINK_FOLLOWER, /* the other master follows this one */
};

/* What reconfig/upgrade_conns.c has for it. */
struct bus_link_calls {
	/* Sends or queues a message.  Returns 0, or -1: no memory. */
	int (*send)(void *arg, const struct channel_message *);
	/* Returns how many messages are queued. */
	unsigned (*count_queued)(void *arg);
};

struct bus_link {
	struct bus *bus; /* NULL: it has not been opened */
	enum bus_link_state state;
	bool is_due;       /* the other master shall lead */
	uint64_t taken;    /* messages of the follower, as in its head */
	uint64_t returned; /* own ones that the leader has taken */
	uint64_t lost;     /* messages to tell the other master of */
	const struct bus_link_calls *calls;
	void *arg;
};

/* The link is there until it is closed.  The caller passes to bus_link_take()
 * what arrives. */
void bus_link_open(struct bus_link *, struct bus *,
	const struct bus_link_calls *, void *arg);

/* The other master has ended, or the upgrade was refused.  May be called when
 * the link is not open. */
void bus_link_close(struct bus_link *);

/* The new master asks the old one, which has announced that it knows links. */
void bus_link_ask(struct bus_link *);

/* The new master serves: it leads, if it has asked. */
void bus_link_hand_over(struct bus_link *);

/* Takes a message CHANNEL_BUS_LINK. */
void bus_link_take(struct bus_link *, const struct channel_message *);

/* All that was queued is sent. */
void bus_link_on_room(struct bus_link *);

/* ---- for bus.c ---- */

/* Returns the link to the leader; NULL: this master is the leader. */
struct bus_link *bus_link_leader(const struct bus *);

/* Sends a message CHANNEL_BUS to the leader. */
void bus_link_forward(struct bus_link *leader, struct bus_link *origin,
	const struct bus_head *, const struct channel_message *);

/* Sends a numbered one to the followers. */
void bus_link_copy(
	struct bus *, const struct bus_head *, const struct channel_message *);

#endif
