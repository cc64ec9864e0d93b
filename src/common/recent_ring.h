/*
 * Log lines in memory that a worker and the master share: the worker adds
 * lines, and the master reads them, also after the worker has exited.  Neither
 * waits for the other.
 * SPDX-License-Identifier: MIT
 */
#ifndef RECENT_RING_H
#define RECENT_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct recent_ring {
	_Atomic uint64_t begun; /* bytes, ever, that the worker began to add */
	_Atomic uint64_t ended; /* the same, added */
	char bytes[];
};

struct recent {
	struct recent_ring *ring; /* NULL: none */
	size_t size;              /* of its bytes */
};

/* Adds whole lines in place of the oldest.  Drops more than have room. */
void recent_put(const struct recent *, const char *lines, size_t len);

/*
 * Copies the lines, the oldest first, to a buffer as large as the ring, and
 * returns their length.  A worker may have written anything, so what is copied
 * may be any bytes; the last one is a newline.
 */
size_t recent_copy(const struct recent *, char *to);

#endif
