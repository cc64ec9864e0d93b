/*
 * Where in a JSON text a value stands, for messages: jansson forgets
 * positions as soon as a text is correct.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOCATE_H
#define LOCATE_H

#include <stddef.h>

/* One step down from a value: to a member, or to an element. */
struct step {
	const char *key; /* UTF-8; NULL: an element */
	size_t index;
};

enum locate_what { LOCATE_VALUE, LOCATE_KEY };

struct position {
	unsigned line, column; /* from 1; columns count characters */
};

/*
 * The offset of the value that n steps lead to, or of its key (an element
 * has none: its value).  Where a step leads nowhere, the last value that is
 * there.  The text must be one that jansson accepts.
 */
size_t locate_offset(const char *text, size_t len, const struct step *steps,
	size_t n, enum locate_what what);

/*
 * The start of the token that ends at or after the offset, in a text that
 * need not be correct; *before becomes the last byte of the token before it,
 * or NUL.
 */
size_t locate_token(const char *text, size_t len, size_t offset, char *before);

struct position locate_position(const char *text, size_t len, size_t offset);

#endif
