/*
 * What CHANNEL_BUS and CHANNEL_ONCE hold: struct bus_head, and for BUS the
 * bytes that a module has published. The master fills in number, from and lost,
 * and reads no more than the head. CHANNEL_BUS_LINK holds struct bus_link_head
 * and the bytes.
 * SPDX-License-Identifier: MIT
 */
#ifndef BUS_MESSAGE_H
#define BUS_MESSAGE_H

#include <stdint.h>

struct bus_head {
	uint64_t key;    /* of the instance, or of the instance and a name;
			    BUS_GREETING */
	uint64_t number; /* BUS, down: counted up with every message */
	uint32_t from;   /* BUS, down: index of the worker that has published;
			    ONCE, down: whether the role was given */
	uint32_t lost;   /* BUS, down: messages that this worker did not get
			    since the last one */
};

/*
 * The key of the first message that a worker gets behind GO, and of one that
 * only tells what was lost: its number is that of the last message before, and
 * the bytes are the number from which this master counts.  The numbers of a
 * later master are higher.
 */
enum { BUS_GREETING = 0 };

enum { BUS_MOST = 16 * 1024 }; /* bytes behind the head */

/*
 * Between the two masters of an upgrade: supervise/bus_link.h.  One of them,
 * the leader, numbers the messages of both.
 */
struct bus_link_head {
	uint32_t type;   /* enum bus_link_type */
	uint32_t from;   /* as in struct bus_head */
	uint64_t key;    /* as in struct bus_head; STATE and LEAD: the number
			    from which the leader counts */
	uint64_t number; /* as in struct bus_head; STATE and LEAD: of the last
			    message; ASK: the version of this protocol */
	uint64_t taken;  /* by the leader: how many messages of the receiver it
			    has numbered or lost */
	uint64_t lost;   /* messages that the receiver did not get since the
			    last one */
};

/* Counted up with what a master may send that an earlier one does not know. */
enum { BUS_LINK_VERSION = 1 };

enum bus_link_type {
	BUS_LINK_ASK = 1, /* new: it follows, and gets all messages from here */
	BUS_LINK_STATE,   /* old: the answer */
	BUS_LINK_FORWARD, /* follower: a message, which the leader numbers */
	BUS_LINK_COPY,    /* leader: a message, numbered */
	BUS_LINK_LOST,    /* either: only what was lost */
	BUS_LINK_LEAD,    /* old, the leader: the receiver is the leader now */
};

#endif
