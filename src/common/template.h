/*
 * A text with "$1", "$name" or "${name}" in it, read piece by piece; "$$" is
 * a dollar sign.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>

#include "common/span.h"

struct pattern_parts;

enum template_kind {
	TEMPLATE_TEXT, /* text is literal */
	TEMPLATE_NAME, /* text is the name, or one digit */
};

struct template_piece {
	enum template_kind kind;
	struct span text;
};

/* Cuts the next piece off; false at the end.  A dollar sign that begins
 * nothing of the above is an empty name. */
bool template_next(struct span *rest, struct template_piece *);

/* The value of "1" to "9" or of a name; NULL: there is no such part. */
const struct span *template_find(const struct pattern_parts *, struct span);

#endif
