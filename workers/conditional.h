/*
 * Preconditions of GET and HEAD (RFC 9110 13).
 * SPDX-License-Identifier: MIT
 */
#ifndef CONDITIONAL_H
#define CONDITIONAL_H

#include <stdbool.h>
#include <time.h>

#include "common/span.h"

/* The field values of a request; at == NULL where the field is missing.
 * Several lines of If-Match or If-None-Match were joined with ", ". */
struct preconditions {
	struct span if_match;
	struct span if_none_match;
	struct span if_modified_since;
	struct span if_unmodified_since;
	struct span if_range;
};

/* What the selected representation has. */
struct validators {
	struct span etag; /* with its quotes, W/ before it when weak */
	time_t modified;  /* -1: not told, then no date matches */
};

/*
 * The order of RFC 9110 13.2.2: 0 when the request goes on, 304, or 412.
 * A date that is no date makes its field as if it were missing.
 */
int conditional_check(
	const struct preconditions *, const struct validators *, time_t now);

/* RFC 9110 13.1.5: may Range be honoured?  True where If-Range is missing;
 * strong comparison for a tag, an exact match for a date. */
bool conditional_range_holds(
	const struct preconditions *, const struct validators *, time_t now);

/* Is etag in this list ("*" is), by weak or strong comparison?  False for a
 * list that is not one. */
bool conditional_etag_in(struct span list, struct span etag, bool strong);

#endif
