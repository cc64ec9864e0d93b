/*
 * Formats numbers without printf(3), which would be half the cost of a response
 * head.
 * SPDX-License-Identifier: MIT
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stdint.h>

enum { DECIMAL_MAX = 20 }; /* digits of UINT64_MAX */

/* Returns the number of decimal digits of n. */
static inline unsigned
decimal_len(uint64_t n)
{
	unsigned len = 1;

	for (; n >= 10; n /= 10)
		len++;
	return len;
}

/* Writes the decimal digits of n without a terminator; returns their end. */
static inline char *
decimal_put(char *to, uint64_t n)
{
	unsigned len = decimal_len(n);

	for (unsigned i = len; i > 0; n /= 10)
		to[--i] = (char)('0' + n % 10);
	return to + len;
}

#endif
