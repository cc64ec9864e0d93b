/*
 * What a Content-Type field says (RFC 9110 8.3.1).
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTENT_TYPE_H
#define CONTENT_TYPE_H

#include "common/span.h"

struct content_type {
	struct span type;     /* "text/html", as sent */
	struct span charset;  /* empty: none */
	struct span boundary; /* of multipart (RFC 2046 5.1.1); empty: none */
};

/*
 * Takes a field value apart.  False: it is no media type, a parameter is
 * broken or comes twice, or a boundary is none.
 */
bool content_type_parse(struct span value, struct content_type *);

/* Is it this one, whatever the case? */
bool content_type_is(const struct content_type *, struct span type);

/* JSON, or a format built on it: "application/json", "application/x+json". */
bool content_type_is_json(const struct content_type *);

#endif
