/*
 * The edges of the router's tree: from a node, by a text, to a node. One hash
 * table holds those of all nodes.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_EDGES_H
#define ROUTER_EDGES_H

#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

struct router_edge;

struct router_edges {
	struct router_edge *all;
	size_t used, size; /* size is a power of two, or 0 */
};

/* A zeroed struct is an empty table; router_edges_fini() frees its memory. */
void router_edges_fini(struct router_edges *);

/*
 * Adds an edge that does not exist yet. The text is borrowed and must outlive
 * the table. Running out of memory aborts.
 */
void router_edges_add(
	struct router_edges *, uint32_t from, struct span text, uint32_t to);

/*
 * Returns the node that the edge leads to, or -1. *looks is increased by the
 * number of table entries examined.
 */
int64_t router_edges_find(const struct router_edges *, uint32_t from,
	struct span text, unsigned *looks);

#endif
