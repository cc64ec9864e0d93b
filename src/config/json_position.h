/*
 * Finds the position of a value in a JSON text, for error messages: jansson
 * keeps no positions of a text that it accepts.
 * SPDX-License-Identifier: MIT
 */
#ifndef JSON_POSITION_H
#define JSON_POSITION_H

#include <stddef.h>

/* One step from a value to a member or an element. */
struct json_step {
	const char *key; /* UTF-8; NULL for an element */
	size_t index;
};

enum json_position_of { JSON_POSITION_VALUE, JSON_POSITION_KEY };

struct json_position {
	unsigned line, column; /* from 1; columns count characters */
	const char *file;      /* NULL: the main file, or the only one */
};

/*
 * Returns the offset of the value that n steps lead to, or of its key; an
 * element has no key, so that of its value.  If a step leads nowhere, the
 * offset of the last value that exists.  jansson must accept the text.
 */
size_t json_position_offset(const char *text, size_t len,
	const struct json_step *steps, size_t n, enum json_position_of what);

/*
 * Returns the start of the token that ends at or after the offset, in a text
 * that may be invalid.  *before becomes the last byte of the preceding token,
 * or NUL.
 */
size_t json_position_token(
	const char *text, size_t len, size_t offset, char *before);

/* Converts an offset to a line and a column. */
struct json_position json_position_find(
	const char *text, size_t len, size_t offset);

#endif
