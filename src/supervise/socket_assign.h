/*
 * Assigns the sockets of a configuration to its workers.
 * SPDX-License-Identifier: MIT
 */
#ifndef SOCKET_ASSIGN_H
#define SOCKET_ASSIGN_H

#include <stddef.h>

#include "common/heritage.h"

struct channel_drain;
struct generation;

/*
 * Returns the sockets of the worker with this index, an array for free(3), and
 * their number in *n.  Every socket has a worker, also those from a time of
 * more workers, so that no queue is forgotten.  Returns NULL with errno.
 */
struct heritage_listener *socket_assign(
	const struct generation *, unsigned index, size_t *n);

/*
 * Lists the addresses that no other generation serves when this one drains: its
 * workers accept what is queued there.  Closes the master's own sockets of
 * them.
 */
void socket_assign_release(const struct generation *, struct channel_drain *);

#endif
