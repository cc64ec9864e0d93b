/*
 * Numbers as text, without printf(3): that is half of what a head costs.
 * SPDX-License-Identifier: MIT
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stdint.h>

enum { DECIMAL_MAX = 20 }; /* digits */

/* Writes the digits, no terminator; their end. */
static inline char *
decimal_put(char *to, uint64_t n)
{
	unsigned len = 1;

	for (uint64_t rest = n; rest >= 10; rest /= 10)
		len++;
	for (unsigned i = len; i > 0; n /= 10)
		to[--i] = (char)('0' + n % 10);
	return to + len;
}

#endif
