/*
 * Is it UTF-8 (RFC 3629)?  Asked of text that comes in pieces.
 * SPDX-License-Identifier: MIT
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct utf8 {
	uint8_t left;      /* bytes that the character still needs */
	uint8_t low, high; /* bounds of the next of them */
};

void utf8_init(struct utf8 *);

/* One more piece; false at the first byte that no text can go on with. */
bool utf8_take(struct utf8 *, const char *bytes, size_t len);

/* May the text end here? */
bool utf8_is_whole(const struct utf8 *);

/* A text in one piece. */
bool utf8_is_valid(const char *bytes, size_t len);

#endif
