/*
 * Which of the sockets of a configuration are one worker's.
 * SPDX-License-Identifier: MIT
 */
#ifndef SOCKET_ASSIGN_H
#define SOCKET_ASSIGN_H

#include <stddef.h>

#include "common/heritage.h"

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
 * The generation leaves: writes "reload" and, behind it, the numbers of those
 * of its addresses that no other generation serves, for its workers to empty
 * and close.  The master's own sockets there are closed.
 */
void socket_assign_release(const struct generation *, char *text, size_t size);

#endif
