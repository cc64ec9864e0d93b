/*
 * Preconditions of GET and HEAD (RFC 9110 13).
 * SPDX-License-Identifier: MIT
 */
#ifndef CONDITIONAL_H
#define CONDITIONAL_H

#include <stdbool.h>
#include <time.h>

#include "common/span.h"

/*
 * The field values of a request; at is NULL where the field is missing. Several
 * lines of If-Match or If-None-Match are joined with ", ".
 */
struct preconditions {
	struct span if_match;
	struct span if_none_match;
	struct span if_modified_since;
	struct span if_unmodified_since;
	struct span if_range;
};

/* The validators of the selected representation. */
struct validators {
	struct span etag; /* with its quotes, and with W/ before it when weak */
	time_t modified;  /* -1 when unknown: then no date matches */
};

/*
 * Evaluates the preconditions in the order of RFC 9110 13.2.2. Returns 0 when
 * the request is to be performed, 304, or 412. A field whose value is not a
 * valid date is ignored.
 */
int conditional_check(
	const struct preconditions *, const struct validators *, time_t now);

/*
 * Evaluates If-Range (RFC 9110 13.1.5): true when the Range field may be
 * honoured. It is true without If-Range; a tag needs strong comparison, a date
 * an exact match.
 */
bool conditional_range_holds(
	const struct preconditions *, const struct validators *, time_t now);

/*
 * True when etag is in the list, or the list is "*". strong selects the
 * comparison (RFC 9110 8.8.3.2). A malformed list contains nothing.
 */
bool conditional_etag_in(struct span list, struct span etag, bool strong);

#endif
