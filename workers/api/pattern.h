/*
 * The text of a route's pattern, "/notes/:id": what it may be, and its
 * segments.
 * SPDX-License-Identifier: MIT
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

enum {
	PATTERN_SEGMENTS = 64,
	PATTERN_PARAMS = 16,
	PATTERN_LEN = 1024, /* bytes */
};

enum pattern_kind {
	PATTERN_LITERAL,
	PATTERN_PARAM, /* ":name": one segment that is not empty */
	PATTERN_REST,  /* "*name": at least one, the last of the pattern */
};

struct pattern_param {
	struct span name; /* part of the pattern */
	unsigned segment; /* from 0 */
	bool is_rest;
};

/* NULL, or what is wrong with it. */
const char *pattern_check(const char *text);

/*
 * Moves the next segment of a path or a pattern to *segment: what stands
 * between two slashes, empty after one at the end.  *rest begins with '/', or
 * is empty: false.
 */
static inline bool
pattern_next(struct span *rest, struct span *segment)
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

/* What a segment of a pattern is. */
enum pattern_kind pattern_kind_of(struct span segment);

/* The parameters of a pattern that is right: their number. */
unsigned pattern_params(
	const char *text, struct pattern_param params[PATTERN_PARAMS]);

#endif
