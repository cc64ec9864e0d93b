/*
 * Reads a template, a text with "$1", "$name" or "${name}" in it, piece by
 * piece; "$$" is a dollar sign.
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

/*
 * Removes the next piece from rest; returns false at the end.  A dollar sign
 * that begins none of the above is a piece with an empty name.
 */
bool template_next(struct span *rest, struct template_piece *);

/*
 * Returns the value of the part with this number, "1" to "9", or name; NULL if
 * there is none.
 */
const struct span *template_find(const struct pattern_parts *, struct span);

#endif
