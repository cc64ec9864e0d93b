/*
 * The Content-Type field (RFC 9110 8.3.1).
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTENT_TYPE_H
#define CONTENT_TYPE_H

#include "common/span.h"

struct content_type {
	struct span type;    /* "text/html", as sent */
	struct span charset; /* empty when missing */
	/* boundary of a multipart type (RFC 2046 5.1.1); empty when missing */
	struct span boundary;
};

/*
 * Parses a field value. Returns false for a malformed media type or parameter,
 * a repeated charset or boundary, or an invalid boundary.
 */
bool content_type_parse(struct span value, struct content_type *);

/* Compares the type, ignoring case. */
bool content_type_is(const struct content_type *, struct span type);

/* True for "application/json" and for types with the suffix "+json". */
bool content_type_is_json(const struct content_type *);

#endif
