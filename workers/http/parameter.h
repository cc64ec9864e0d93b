/*
 * Parameters of a field value: ";name=value" (RFC 9110 5.6.6).
 * SPDX-License-Identifier: MIT
 */
#ifndef PARAMETER_H
#define PARAMETER_H

#include "common/span.h"

struct parameter {
	struct span name;
	struct span value; /* without the quotes; escapes are kept */
	bool is_quoted;
};

/*
 * Takes the next parameter of *rest, which begins with ';' or white space.
 * Returns 1, 0 when none is left, or -1 when the text is malformed. Empty
 * parameters are skipped.
 */
int parameter_next(struct span *rest, struct parameter *);

/*
 * Takes the first parameter where *rest begins with a name, as in a
 * forwarded-pair (RFC 7239 4). Returns like parameter_next().
 */
int parameter_first(struct span *rest, struct parameter *);

/* ---- for other kinds of parameters ---- */

/* Returns the end of the token that begins at p; p if none does. */
const char *parameter_skip_token(const char *p, const char *end);

/* Returns the start of the next name, or end; NULL when anything but ';' and
 * white space comes first. */
const char *parameter_skip_semicolons(const char *p, const char *end);

#endif
