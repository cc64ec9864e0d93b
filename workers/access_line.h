/*
 * The words of an access log's line: what the request says.  What is known
 * only when the answer has left goes into a gap.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCESS_LINE_H
#define ACCESS_LINE_H

#include <stdint.h>

#include "common/span.h"

struct exchange;

/* The time as a line tells it, written once a second. */
struct access_clock {
	uint32_t second;
	struct span time;
	char text[64];
};

struct access_line {
	struct span before, after; /* of the gap */
};

/*
 * The line for the answer that is being made, in the exchange's arena.  Both
 * parts are empty, at NULL, when the arena is at its limit.
 */
struct access_line access_line_make(struct exchange *);

#endif
