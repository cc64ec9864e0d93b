/*
 * The edges of a graph whose nodes are numbers and whose edges have a text
 * each: one hash table for all of them.
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
	size_t used, size; /* size: a power of two, or 0 */
};

/* All zero is an empty table; this gives its memory back. */
void edges_fini(struct edges *);

/* The text stays the caller's, and must outlive the table; there is no such
 * edge yet.  Out of memory aborts. */
void edges_add(struct edges *, uint32_t from, struct span text, uint32_t to);

/* Where the edge leads; -1: there is none.  *looks grows by the places of the
 * table that were looked at. */
int64_t edges_find(
	const struct edges *, uint32_t from, struct span text, unsigned *looks);

#endif
