/*
 * The Range field (RFC 9110 14.1, 14.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef RANGE_H
#define RANGE_H

#include <stdint.h>

#include "common/span.h"

enum { RANGE_MAX = 16 };

struct range {
	int64_t first, last; /* byte positions, both inclusive */
};

struct range_set {
	/* in the order of the request; overlapping and adjacent ones joined */
	int count;
	struct range ranges[RANGE_MAX];
};

/*
 * Parses value for a representation of size bytes. Returns 206 when *set holds
 * at least one satisfiable range; 416 when no range is satisfiable; 0 when the
 * field is to be ignored and the whole representation sent: another unit, bad
 * syntax, or more than RANGE_MAX ranges after joining. A number too large for
 * int64_t does not wrap: it is clipped.
 */
int range_parse(struct span value, int64_t size, struct range_set *set);

#endif
