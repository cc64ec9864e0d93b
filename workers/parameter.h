/*
 * The parameters behind a field value: ";name=value" (RFC 9110 5.6.6).
 * SPDX-License-Identifier: MIT
 */
#ifndef PARAMETER_H
#define PARAMETER_H

#include "common/span.h"

struct parameter {
	struct span name;
	struct span value; /* without the quotes, escapes as sent */
	bool is_quoted;
};

/*
 * The next one of *rest, which begins with a ';' or white space.  1: there is
 * one, 0: none is left, -1: no parameter is spelled like this.  Empty ones are
 * passed over.
 */
int parameter_next(struct span *rest, struct parameter *);

/* The same where *rest begins with a name, as in RFC 7239 4. */
int parameter_first(struct span *rest, struct parameter *);

#endif
