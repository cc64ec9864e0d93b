/*
 * Classes of single bytes in the grammar of HTTP.
 * SPDX-License-Identifier: MIT
 */
#ifndef OCTET_H
#define OCTET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

enum octet_class {
	OCTET_TCHAR = 1, /* allowed in a token (RFC 9110 5.6.2) */
	OCTET_TEXT = 2,  /* allowed in a field value (RFC 9110 5.5) */
	OCTET_DIGIT = 4,
	OCTET_HOST = 8,   /* allowed in the name of a Host field */
	OCTET_PATH = 16,  /* allowed in a path, as sent */
	OCTET_QUERY = 32, /* allowed in a query */
	OCTET_PLAIN = 64, /* not escaped in an access log */
	OCTET_URL = 128,  /* unreserved, reserved or '%' (RFC 3986 2) */
};

/* The classes of each byte. */
extern const unsigned char octets[256];

static inline bool
octet_is(char c, enum octet_class class)
{
	return (octets[(unsigned char)c] & class) != 0;
}

static inline bool
octet_is_digit(char c)
{
	return octet_is(c, OCTET_DIGIT);
}

static inline bool
octet_is_tchar(char c)
{
	return octet_is(c, OCTET_TCHAR);
}

static inline bool
octet_is_text(char c)
{
	return octet_is(c, OCTET_TEXT);
}

/* True for the white space inside a line (RFC 9110 5.6.3). */
static inline bool
octet_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Returns the length of the token (RFC 9110 5.6.2) that the len bytes at p
 * begin with; 0 when there is none. */
static inline size_t
octet_token_length(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && octet_is_tchar(p[n]))
		n++;
	return n;
}

static inline bool
octet_is_token(struct span text)
{
	return text.len > 0 &&
	       octet_token_length(text.at, text.len) == text.len;
}

/*
 * Writes c to to, percent-encoded (RFC 3986 2.1) unless it is a letter, a digit
 * or one of marks. Returns the number of bytes written, 1 or 3.
 */
size_t octet_encode(char to[3], char c, const char *marks);

/* Returns the value of a hexadecimal digit, or -1. */
static inline int
octet_hex(char c)
{
	if (octet_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
