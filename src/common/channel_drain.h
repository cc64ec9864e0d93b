/*
 * The content of a CHANNEL_DRAIN message: how the workers of a generation stop.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHANNEL_DRAIN_H
#define CHANNEL_DRAIN_H

#include <stddef.h>

#include "common/channel.h"

enum channel_drain_mode {
	/* The server shuts down: serve for timeouts.drain_delay, then finish
	 * the requests in flight.  No process takes connections over. */
	CHANNEL_DRAIN_SHUTDOWN = 1,
	/* Another master serves the sockets; connections end after their next
	 * response. */
	CHANNEL_DRAIN_UPGRADE,
	/* Another master serves the sockets and takes connections over. */
	CHANNEL_DRAIN_HANDOVER,
	/* The next generation takes connections over, and serves the sockets
	 * except those of the addresses listed. */
	CHANNEL_DRAIN_RELOAD,
	/* Another worker of the generation takes sockets and connections over;
	 * requests in flight have CHANNEL_RECYCLE_LIMIT. */
	CHANNEL_DRAIN_RECYCLE,
};

enum { CHANNEL_DRAIN_ADDRESSES = 128 }; /* more than "listen" may have */

struct channel_drain {
	enum channel_drain_mode mode;
	/* Numbers of addresses in "listen", from 0, that no process serves
	 * after this generation: the workers serve what is queued there. */
	size_t naddresses;
	unsigned addresses[CHANNEL_DRAIN_ADDRESSES];
};

/* Makes *message a CHANNEL_DRAIN. */
void channel_drain_write(
	struct channel_message *message, const struct channel_drain *);

/* Asserts that the message was written by channel_drain_write(). */
void channel_drain_read(
	const struct channel_message *message, struct channel_drain *);

#endif
