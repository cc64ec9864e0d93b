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
	SLOT_EMPTY,
	SLOT_STARTING,
	SLOT_READY,
	SLOT_SERVING,
	SLOT_DRAINING,
};

enum { SLOT_DOING = 192 };

struct slot {
	_Atomic enum slot_state state;
	_Atomic uint64_t heartbeat; /* CLOCK_MONOTONIC, milliseconds */

	int32_t pid;
	uint32_t index;      /* worker number, from 0 */
	uint32_t generation; /* from 1 */

	uint64_t accepted;    /* connections since the worker's birth */
	uint64_t connections; /* open now */
	uint64_t requests;    /* answered */
	uint64_t bytes_sent;
	uint64_t by_class[6]; /* answers by status / 100 */

	/*
	 * The start of the request head that a handler works on now, or "".
	 * Escaped by the reader: these are a client's bytes.
	 */
	char doing[SLOT_DOING];
} __attribute__((aligned(64)));

#endif
