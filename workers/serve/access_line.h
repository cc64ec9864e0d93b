/*
 * The text of a line of the access log. It is made while the response is
 * prepared; what is known only when the response was sent is filled in later,
 * in a gap.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCESS_LINE_H
#define ACCESS_LINE_H

#include <stdint.h>

#include "common/span.h"

struct exchange;

/* The time of day as a line begins with it, formatted once a second. */
struct access_clock {
	uint32_t second;
	struct span time;
	char text[64];
};

struct access_line {
	struct span before, after; /* the text before and after the gap */
};

/*
 * Formats the line for the current response in the exchange's arena. Both parts
 * are empty, with at NULL, when the arena is at its limit.
 */
struct access_line access_line_make(struct exchange *);

#endif
