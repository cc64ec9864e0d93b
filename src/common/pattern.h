/*
 * Matches a request path against a route's path with wildcards, and finds the
 * parts of the path that the wildcards match.  The time grows at worst with the
 * product of the two lengths, whatever a client sends.
 *
 *   *       any characters of one segment; as the last segment, the whole rest
 *   **      any characters including slashes; once in a pattern
 *   :name   one whole segment, with a name
 * SPDX-License-Identifier: MIT
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

enum { PATTERN_PARTS = 9 };

struct pattern_part {
	struct span name;  /* without the colon; empty for '*' and "**" */
	struct span value; /* points into the path that was matched */
};

struct pattern_parts {
	int count;
	/* in the order of the pattern */
	struct pattern_part all[PATTERN_PARTS];
};

/*
 * Returns an error message for a pattern that begins with '/', or NULL if it is
 * valid.
 */
const char *pattern_wrong(const char *pattern);

/* Returns the number of bytes before the first wildcard. */
size_t pattern_literal(struct span pattern);

/* Returns the number of literal bytes; a pattern with more is more specific. */
size_t pattern_weight(struct span pattern);

/*
 * Returns whether the pattern matches the path, and fills parts if it does;
 * their values point into the path.  Both texts begin with '/', and the pattern
 * is valid.
 */
bool pattern_fits(
	struct span pattern, struct span path, struct pattern_parts *);

/* Fills parts with the names of the pattern's wildcards, without values. */
void pattern_names(struct span pattern, struct pattern_parts *);

#endif
