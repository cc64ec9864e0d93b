/*
 * What waits for room in a worker's channel, oldest first.  The master never
 * blocks on a worker: it keeps the message here and goes on.
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>

#include "common/channel.h"

struct outbox_message;

struct outbox {
	struct outbox_message *first;
	unsigned count;
};

/* Keeps a copy, with descriptors of its own.  0, or -1 with errno. */
int outbox_put(struct outbox *, const struct channel_message *);

/* Keeps a copy that takes the descriptors over: nfds is 0 then.  0, or -1 with
 * errno. */
int outbox_move(struct outbox *, struct channel_message *);

/* Sends while there is room.  0: all is out; -1 with errno, EAGAIN when the
 * channel is full. */
int outbox_flush(struct outbox *, int channel);

/* The oldest one, and its descriptors, are the caller's; false: none. */
bool outbox_take(struct outbox *, struct channel_message *);

/* The process is gone: drops the orders that were for it alone.  Connections
 * stay, for its successor. */
void outbox_forget_orders(struct outbox *);

/* Drops all, closing descriptors. */
void outbox_fini(struct outbox *);

#endif
