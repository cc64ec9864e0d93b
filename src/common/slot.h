/*
 * A worker's slot on the scoreboard, in memory that master and worker share.
 * Only the worker writes it, with plain stores; the master reads it, also after
 * the worker has died.
 * SPDX-License-Identifier: MIT
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdatomic.h>
#include <stdint.h>

enum slot_state {
	SLOT_EMPTY, /* written by the master, after the worker has exited */
	SLOT_STARTING,
	SLOT_READY,
	SLOT_SERVING,
	SLOT_DRAINING,
	SLOT_ENDING, /* the worker's last state: its process exits */
	SLOT_STATES, /* how many */
};

enum { SLOT_HEAD = 192, SLOT_ID = 64, SLOT_INFLIGHT = 8 };
#define SLOT_NO_ROUTE UINT32_MAX

/* A request, for the log if the worker dies while it serves it.  The reader
 * escapes the text, which is the client's. */
struct slot_request {
	uint32_t site, route; /* in the configuration; or SLOT_NO_ROUTE */
	char id[SLOT_ID];     /* of its X-Request-Id, or "" */
	char head[SLOT_HEAD]; /* the start of it; "": no request */
};

/* Requests that wait for their body, for a handler, or for the client to
 * read. */
struct slot_inflight {
	uint32_t others; /* that found no free entry */
	struct slot_request all[SLOT_INFLIGHT];
} __attribute__((aligned(8)));

struct slot {
	_Atomic uint32_t state;     /* enum slot_state */
	_Atomic uint64_t heartbeat; /* CLOCK_MONOTONIC, milliseconds */

	int32_t pid;
	uint32_t index;      /* worker number, from 0 */
	uint32_t generation; /* from 1 */
	uint32_t loading;    /* the route whose module is loaded, counted
				from 1 over all sites; or 0 */

	uint64_t accepted;    /* connections since the worker's start */
	uint64_t connections; /* open now */
	uint64_t requests;    /* answered */
	uint64_t bytes_sent;
	uint64_t by_class[6]; /* answers by status / 100 */

	struct slot_request current; /* worked on in this turn of the loop */
} __attribute__((aligned(64)));

/* Returns the state in words: "serving"; "draining" for a worker that ends;
 * "unknown" for any other number. */
const char *slot_state_name(uint32_t state);

/*
 * Copies a slot, reading each word of the shared memory once, so that what the
 * reader checks is what it uses.  The texts of the copy are terminated.
 */
void slot_read(struct slot *to, const struct slot *from);
void slot_read_flights(
	struct slot_inflight *to, const struct slot_inflight *from);

#endif
