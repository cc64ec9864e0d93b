/*
 * The memory that the requests of a worker take together for their bodies:
 * limits.body_memory.  Code that keeps a body accounts for its buffers here.
 * SPDX-License-Identifier: MIT
 */
#ifndef BODY_MEMORY_H
#define BODY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct body_memory {
	size_t limit; /* bytes */
	size_t used;
};

/* A buffer has changed its size, whatever the limit says. */
static inline void
body_memory_change(struct body_memory *m, size_t from, size_t to)
{
	m->used += to - from;
}

/*
 * A buffer is to change its size, from 0 if it is new.  Accounts for it and
 * returns 0; or returns the status for the client, and nothing is accounted
 * for: 413 if the buffer by itself would exceed the limit, 503 if it does so
 * with those of other requests.
 */
static inline int
body_memory_resize(struct body_memory *m, size_t from, size_t to)
{
	if (to > m->limit)
		return 413;
	if (to > from && to - from > m->limit - (m->used < m->limit ? m->used
								    : m->limit))
		return 503;
	body_memory_change(m, from, to);
	return 0;
}

#endif
