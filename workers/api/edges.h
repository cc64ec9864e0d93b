/*
 * The edges of the router's tree: from a node, by a text, to a node. One hash
 * table holds those of all nodes.
 * SPDX-License-Identifier: MIT
 */
#ifndef EDGES_H
#define EDGES_H

#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

struct edge;

struct edges {
	struct edge *all;
	size_t used, size; /* size is a power of two, or 0 */
};

/* A zeroed struct is an empty table; edges_fini() frees its memory. */
void edges_fini(struct edges *);

/*
 * Adds an edge that does not exist yet. The text is borrowed and must outlive
 * the table. Running out of memory aborts.
 */
void edges_add(struct edges *, uint32_t from, struct span text, uint32_t to);

/*
 * Returns the node that the edge leads to, or -1. *looks is increased by the
 * number of table entries examined.
 */
int64_t edges_find(
	const struct edges *, uint32_t from, struct span text, unsigned *looks);

#endif
