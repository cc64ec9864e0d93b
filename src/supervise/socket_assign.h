/*
 * Which of the sockets of a configuration are one worker's.
 * SPDX-License-Identifier: MIT
 */
#ifndef SOCKET_ASSIGN_H
#define SOCKET_ASSIGN_H

#include <stddef.h>

#include "common/heritage.h"

struct channel_drain;
struct generation;

/*
 * The share of the worker at this place.  Every socket is somebody's, also
 * those that are left from a time of more workers, so that no queue is
 * forgotten.  The array is the caller's, for free(3); *n: how many.  NULL
 * with errno.
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
