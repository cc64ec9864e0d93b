/*
 * Messages that wait for room in a worker's channel, oldest first.  The master
 * never blocks on a worker.
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

/* Queues a copy, with duplicated descriptors.  Returns 0, or -1 with errno. */
int send_queue_put(struct send_queue *, const struct channel_message *);

/* Queues a copy that takes the descriptors over: nfds is 0 then.  Returns 0,
 * or -1 with errno. */
int send_queue_move(struct send_queue *, struct channel_message *);

/* Sends while there is room.  Returns 0 if the queue is empty; -1 with
 * errno, EAGAIN if the channel is full. */
int send_queue_flush(struct send_queue *, int channel);

/* Removes the oldest message, whose descriptors the caller owns then.
 * Returns false if there is none. */
bool send_queue_take(struct send_queue *, struct channel_message *);

/* Closes the descriptors of a message that is not delivered, without waiting
 * for the connections of a worker that has set SO_LINGER. */
void send_queue_close_fds(struct channel_message *);

/* Like send_queue_take() for the oldest message of this kind; others stay. */
bool send_queue_take_kind(
	struct send_queue *, enum channel_kind, struct channel_message *);

/* The process has exited: drops all messages except connections and those of
 * the bus, which the next process gets. */
void send_queue_forget_orders(struct send_queue *);

/* Moves all messages of the second queue behind those of the first. */
void send_queue_append(struct send_queue *, struct send_queue *);

/* Drops all messages and closes their descriptors. */
void send_queue_fini(struct send_queue *);

#endif
