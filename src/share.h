/*
 * Which of the sockets of a configuration are one worker's.
 * SPDX-License-Identifier: MIT
 */
#ifndef SHARE_H
#define SHARE_H

#include <stddef.h>

#include "common/heritage.h"

struct generation;

/*
 * The share of the worker at this place.  Every socket is somebody's, also
 * those that are left from a time of more workers, so that no queue is
 * forgotten.  The array is the caller's, for free(3); *n: how many.
 */
struct heritage_listener *share_sockets(
	const struct generation *, unsigned index, size_t *n);

#endif
