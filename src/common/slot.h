/*
 * A worker's slot on the scoreboard, in memory that master and worker share.
 * The worker alone writes it, with plain stores; the master reads it, also
 * after the worker died.
 * SPDX-License-Identifier: MIT
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdatomic.h>
#include <stdint.h>

enum slot_state {
	SLOT_EMPTY, /* only the master writes this, after it reaped the worker
		     */
	SLOT_STARTING,
	SLOT_READY,
	SLOT_SERVING,
	SLOT_DRAINING,
	SLOT_ENDING, /* the worker's last state: its process exits */
	SLOT_STATES, /* how many */
};

enum { SLOT_HEAD = 192, SLOT_ID = 64, SLOT_INFLIGHT = 8 };
#define SLOT_NO_ROUTE UINT32_MAX

/* A request, for the log should the worker die of it.  Escaped by the reader:
 * these are a client's bytes. */
struct slot_request {
	uint32_t site, route; /* in the configuration; or SLOT_NO_ROUTE */
	char id[SLOT_ID];     /* of its X-Request-Id, or "" */
	char head[SLOT_HEAD]; /* the start of it; "": no request */
};

/* Those that wait: for their body, a handler, or a client who reads. */
struct slot_inflight {
	uint32_t others; /* for which there was no place */
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

	uint64_t accepted;    /* connections since the worker's birth */
	uint64_t connections; /* open now */
	uint64_t requests;    /* answered */
	uint64_t bytes_sent;
	uint64_t by_class[6]; /* answers by status / 100 */

	struct slot_request current; /* worked on in this turn of the loop */
} __attribute__((aligned(64)));

/* The state in words: "serving".  Any other number is "unknown"; a worker that
 * ends is "draining" to the operator. */
const char *slot_state_name(uint32_t state);

/*
 * Copies a slot, reading each word of the shared memory once, so that what the
 * reader checks is what it uses.  The texts of the copy are terminated.
 */
void slot_read(struct slot *to, const struct slot *from);
void slot_read_flights(
	struct slot_inflight *to, const struct slot_inflight *from);

#endif
