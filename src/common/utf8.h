/*
 * Checks UTF-8 (RFC 3629 4): no overlong forms, no surrogates, nothing above
 * U+10FFFF.  Text may come in pieces.
 * SPDX-License-Identifier: MIT
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_LENGTH_MAX = 4 }; /* bytes of a character */

/* The state of a check between two pieces of a text. */
struct utf8 {
	uint8_t left;      /* bytes that the current character still needs */
	uint8_t low, high; /* bounds of the next one */
};

void utf8_init(struct utf8 *);

/* Checks one more piece.  Returns false at the first byte that cannot occur
 * there; the state is undefined afterwards. */
bool utf8_take(struct utf8 *, const char *bytes, size_t len);

/* Returns whether the text may end here, that is, between two characters. */
bool utf8_is_whole(const struct utf8 *);

/* Returns whether a whole text is valid. */
bool utf8_is_valid(const char *bytes, size_t len);

/*
 * Returns true when a character, of so many bytes, changes how a terminal or an
 * editor shows what is around it: U+0080 to U+009F are controls that terminals
 * obey, and marks of direction, line and paragraph separators move text.
 */
bool utf8_is_control(const char *bytes, size_t len);

/* Returns the length in bytes of the first character, or 0 if there is none:
 * the bytes are not UTF-8, or end within it. */
size_t utf8_length(const char *bytes, size_t len);

/* Like utf8_length(), but 0 also for a control character: the first byte has to
 * be escaped where the text is shown. */
size_t utf8_shown_length(const char *bytes, size_t len);

#endif
