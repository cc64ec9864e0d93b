/*
 * The worker's end of the channel to the master.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_CHANNEL_H
#define WORKER_CHANNEL_H

#include "common/channel.h"

struct worker;

/* Prepares the watcher w->channel, which obeys the messages of the master. */
void worker_channel_init(struct worker *);

/* The title of the process says how many connections it still has, once the
 * master has gone: no other process knows it.  To be called each
 * second. */
void worker_channel_show_loss(struct worker *);

/* Sends a message without descriptors to the master. */
void worker_tell(struct worker *, enum channel_kind, const char *text);

#endif
