/*
 * A route's path with wildcards in it, and the parts of a path that they stand
 * for.  Matching takes time that grows with the product of the two lengths at
 * worst, whatever a client sends.
 *
 *   *       any characters of a segment; a last segment "*" is all the rest
 *   **      any characters, slashes too; once in a pattern
 *   :name   a whole segment, with a name
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

enum { PATTERN_PARTS = 9 };

struct pattern_part {
	struct span name;  /* without the colon; empty: none */
	struct span value; /* of the path that was matched */
};

struct pattern_parts {
	int count;
	struct pattern_part all[PATTERN_PARTS]; /* in the pattern's order */
};

/* What is wrong with a pattern that begins with '/', or NULL. */
const char *pattern_wrong(const char *pattern);

/* Bytes of it before the first wildcard. */
size_t pattern_literal(struct span pattern);

/* Bytes of it that are no wildcards: more make it more specific. */
size_t pattern_weight(struct span pattern);

/* Does it fit a path, both beginning with '/'?  Fills parts if it does; values
 * point into the path.  The pattern is one that is not wrong. */
bool pattern_fits(
	struct span pattern, struct span path, struct pattern_parts *);

/* The parts it has, without values. */
void pattern_names(struct span pattern, struct pattern_parts *);

#endif
