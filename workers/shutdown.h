/*
 * How a worker shuts down: SERVING -> DRAIN_DELAY -> DRAINING -> DONE, with or
 * without another worker that takes its connections over.
 * SPDX-License-Identifier: MIT
 */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include <stdint.h>

struct channel_drain;
struct conn;
struct worker;

void shutdown_init(struct worker *);

/* Obeys a CHANNEL_DRAIN. */
void shutdown_obey(struct worker *, const struct channel_drain *);

/*
 * Drains when no other process serves the sockets: accepts what the kernel has
 * queued, and finishes the requests in flight.  The worker ends after within
 * milliseconds at the latest; the shortest of several orders applies.
 */
void shutdown_drain(struct worker *, int64_t within);

/* Closes a connection whose time is up; why is for the log. */
void shutdown_close(struct conn *, const char *why);

/* Drains within a second. */
void shutdown_stop(struct worker *);

#endif
