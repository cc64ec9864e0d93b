/*
 * The pattern of a module's route, such as "/notes/:id": its syntax and its
 * segments.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_PATTERN_H
#define ROUTER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

enum {
	ROUTER_PATTERN_SEGMENTS = 64,
	ROUTER_PATTERN_PARAMS = 16,
	ROUTER_PATTERN_LEN = 1024, /* bytes */
};

enum router_pattern_kind {
	ROUTER_PATTERN_LITERAL,
	ROUTER_PATTERN_PARAM, /* ":name" matches one segment that is not empty
			       */
	/* "*name" matches the rest of the path, at least one segment */
	ROUTER_PATTERN_REST,
};

struct router_pattern_param {
	struct span name; /* points into the pattern */
	unsigned segment; /* index of the segment, from 0 */
	bool is_rest;
};

/* Returns NULL, or what is wrong with the pattern. */
const char *router_pattern_check(const char *text);

/*
 * Moves the next segment of a path or pattern to *segment: the text between two
 * slashes, empty after a slash at the end. *rest begins with '/'. Returns false
 * when *rest is empty.
 */
static inline bool
router_pattern_next(struct span *rest, struct span *segment)
{
	const char *slash;

	if (rest->len == 0)
		return false;
	rest->at++;
	rest->len--;
	slash = memchr(rest->at, '/', rest->len);
	*segment = *rest;
	if (slash != NULL)
		segment->len = (size_t)(slash - rest->at);
	rest->at += segment->len;
	rest->len -= segment->len;
	return true;
}

/* Returns the kind of a segment of a pattern. */
enum router_pattern_kind router_pattern_kind_of(struct span segment);

/* Stores the parameters of a valid pattern and returns their number. */
unsigned router_pattern_params(const char *text,
	struct router_pattern_param params[ROUTER_PATTERN_PARAMS]);

#endif
