/*
 * The ways in which a worker leaves: SERVING -> DRAIN_DELAY -> DRAINING ->
 * DONE, with or without somebody who goes on with what it had.
 * SPDX-License-Identifier: MIT
 */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include <stdint.h>

struct channel_drain;
struct worker;

void shutdown_init(struct worker *);

/* Obeys a CHANNEL_DRAIN. */
void shutdown_obey(struct worker *, const struct channel_drain *);

/*
 * No process serves these sockets after us: what the kernel has queued is ours.
 * within: milliseconds after which the worker ends, whatever is left then; the
 * shortest of several orders holds.
 */
void shutdown_drain(struct worker *, int64_t within);

/* Like the end of a drain, but nobody waits long. */
void shutdown_stop(struct worker *);

#endif
