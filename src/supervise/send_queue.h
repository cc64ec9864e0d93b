/*
 * What waits for room in a worker's channel, oldest first.  The master never
 * blocks on a worker: it keeps the message here and goes on.
 * SPDX-License-Identifier: MIT
 */
#ifndef SEND_QUEUE_H
#define SEND_QUEUE_H

#include <stdbool.h>

#include "common/channel.h"

struct send_queue_message;

struct send_queue {
	struct send_queue_message *first;
	unsigned count;
};

/* Keeps a copy, with descriptors of its own.  0, or -1 with errno. */
int send_queue_put(struct send_queue *, const struct channel_message *);

/* Keeps a copy that takes the descriptors over: nfds is 0 then.  0, or -1 with
 * errno. */
int send_queue_move(struct send_queue *, struct channel_message *);

/* Sends while there is room.  0: all is out; -1 with errno, EAGAIN when the
 * channel is full. */
int send_queue_flush(struct send_queue *, int channel);

/* The oldest one, and its descriptors, are the caller's; false: none. */
bool send_queue_take(struct send_queue *, struct channel_message *);

/* The process is gone: drops the orders that were for it alone.  Connections
 * stay, for its successor. */
void send_queue_forget_orders(struct send_queue *);

/* Drops all, closing descriptors. */
void send_queue_fini(struct send_queue *);

#endif
