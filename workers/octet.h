/*
 * Classes of single bytes in HTTP's grammar.
 * SPDX-License-Identifier: MIT
 */
#ifndef OCTET_H
#define OCTET_H

#include <stdbool.h>
#include <string.h>

static inline bool
octet_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110 5.6.2 */
static inline bool
octet_is_tchar(char c)
{
	return octet_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		(c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* What a field value may hold (RFC 9110 5.5): no control byte but HTAB. */
static inline bool
octet_is_text(char c)
{
	return c == '\t' || (unsigned char)c >= 0x80 || (c >= 0x20 && c != 0x7f);
}

/* 0 to 15, or -1. */
static inline int
octet_hex(char c)
{
	if (octet_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
