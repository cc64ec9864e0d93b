/*
 * Memory of a worker's exchanges and connections that is used again.  The free
 * lists are last in, first out: the memory that is used next is still in the
 * processor's cache.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_POOL_H
#define EXCHANGE_POOL_H

#include "common/arena.h"
#include "common/small_pool.h"
#include "conn/body_memory.h"
#include "file/output.h"

struct exchange;

struct exchange_pool {
	struct exchange *free;
	unsigned nfree;
	unsigned nmade,
		most;      /* exchanges; the most since memory was returned */
	uint64_t requests; /* answered, a second ago */
	struct arena_pool blocks;   /* of requests that need more than one */
	struct output_pool outputs; /* of connections */
	struct small_pool small;    /* of HTTP/2 and its streams */
	struct body_memory bodies;
};

/* body_memory is the limit of all bodies, in bytes. */
void exchange_pool_init(struct exchange_pool *, size_t body_memory);

/* Frees what is unused: all of it, when the worker ends. */
void exchange_pool_fini(struct exchange_pool *);

#endif
