/*
 * Connections that another worker goes on with: those that wait for a request
 * when this one leaves, and those that come from one that leaves.
 * SPDX-License-Identifier: MIT
 */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "file/retry_io.h"

struct channel_message;
struct worker;

struct migrate {
	bool is_on;           /* there is a successor */
	struct retry_io room; /* in the channel; active: it is full */
};

void migrate_init(struct worker *);

/* From now on, whoever waits for a request leaves at the end of the turn. */
void migrate_start(struct worker *);

/* There is no successor any more. */
void migrate_stop(struct worker *);

/* True when some connection is to leave. */
bool migrate_is_due(struct worker *);

/* The end of a turn: sends what waits, as much as the channel takes. */
void migrate_out(struct worker *);

/* Passes so many connections on now, but for what the channel does not take;
 * we go on with the others. */
void migrate_out_some(struct worker *, size_t most);

/* Goes on with the connections of a message, whose descriptors are ours. */
void migrate_in(struct worker *, struct channel_message *);

#endif
