/*
 * Tokens of HTTP (RFC 9110 5.6.2).  The workers' table of octet classes marks
 * the same bytes; a test compares the two.
 * SPDX-License-Identifier: MIT
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define TOKEN_CHARS                                                            \
	"!#$%&'*+-.^_`|~0123456789"                                            \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Returns the number of token characters that the text begins with. */
static inline size_t
token_length(const char *text)
{
	return strspn(text, TOKEN_CHARS);
}

/* True if the whole text is a token. */
static inline bool
token_is_valid(const char *text)
{
	return *text != '\0' && text[token_length(text)] == '\0';
}

#endif
