/*
 * What CHANNEL_BUS and CHANNEL_ONCE hold: this head, and for BUS the bytes that
 * a module has published.  The master fills in number, from and lost, and reads
 * no more than the head.
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

#endif
