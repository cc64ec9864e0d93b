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
	int64_t first, last; /* bytes, both included */
};

struct range_set {
	int count; /* in the order asked, overlapping and adjacent ones joined
		    */
	struct range ranges[RANGE_MAX];
};

/*
 * Reads value for a representation of size bytes.  0: ignore the field and
 * send the whole (another unit, bad syntax, more than RANGE_MAX ranges after
 * joining, or ranges that together are not less than the whole unless there
 * is only one); 206: set holds at least one satisfiable range; 416: none of
 * them can be satisfied.  Numbers too large for int64_t do not wrap: a last
 * position is clipped, a first position is past the end.
 */
int range_parse(struct span value, int64_t size, struct range_set *set);

#endif
