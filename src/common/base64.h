/*
 * Base64 with the standard alphabet (RFC 4648 4).
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

/* The characters, padding included, that encode len bytes. */
#define BASE64_LEN(len) (((len) + 2) / 3 * 4)

/* Encodes len bytes as BASE64_LEN(len) characters and a NUL. */
void base64_encode(char *to, const void *bytes, size_t len);

/*
 * Decodes text, with or without padding, to at most text.len * 3 / 4 bytes.
 * Returns their number, or -1 when text has any other character.  Bits that do
 * not complete a byte are ignored.
 */
ptrdiff_t base64_decode(struct span text, char *to);

/* True for a character of the alphabet; '=' is not one. */
bool base64_is_digit(char c);

#endif
