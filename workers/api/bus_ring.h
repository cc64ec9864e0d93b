/*
 * The last messages of the bus, for WebSockets that come from another worker.
 * It is bounded by BUS_RING bytes: the oldest ones are dropped.
 * SPDX-License-Identifier: MIT
 */
#ifndef BUS_RING_H
#define BUS_RING_H

#include <stddef.h>
#include <stdint.h>

#include "common/bus_message.h"

enum { BUS_RING = 1024 * 1024 };

struct bus_ring_entry {
	struct bus_ring_entry *next;
	struct bus_head head;
	size_t len;
	char bytes[];
};

/* A zeroed one is empty. */
struct bus_ring {
	struct bus_ring_entry *first, *last;
	size_t bytes; /* of the entries */
};

void bus_ring_fini(struct bus_ring *);

/* Adds a message, whose number is higher than all before. */
void bus_ring_add(struct bus_ring *, const struct bus_head *, const char *bytes,
	size_t len);

/* Returns the first message with a number above this one, or NULL. */
const struct bus_ring_entry *bus_ring_after(
	const struct bus_ring *, uint64_t number);

/* Returns how many have a number above this one. */
unsigned bus_ring_count_after(const struct bus_ring *, uint64_t number);

#endif
