/*
 * Host: unreserved and sub-delims (RFC 3986 2.2, 2.3) without the comma, which
 * appears when a proxy joins two fields. Path and query: what RFC 3986 3.3 and
 * 3.4 allow, and the bytes that browsers do not encode ('|', '^' and brackets
 * in a path; these and '\\' '`' '{' '}' in a query).
 * SPDX-License-Identifier: MIT
 */
#include "http/octet.h"

#include <string.h>

enum {
	T = OCTET_TEXT,
	X = T | OCTET_PLAIN,
	K = X | OCTET_TCHAR,
	U = X | OCTET_URL,
	H = U | OCTET_HOST,
	P = X | OCTET_PATH | OCTET_QUERY,
	Q = T | OCTET_QUERY,
	A = K | H | P, /* letters, and bytes allowed everywhere */
};

// clang-format off
const unsigned char octets[256] = {
	['\t'] = T, [' '] = X, ['!'] = A, ['"'] = T, ['#'] = K | U, ['$'] = A,
	['%'] = K | U | P, ['&'] = A, ['\''] = A, ['('] = H | P, [')'] = H | P,
	['*'] = A, ['+'] = A, [','] = U | P, ['-'] = A, ['.'] = A, ['/'] = U | P,
	['0' ... '9'] = A | OCTET_DIGIT, [':'] = U | P, [';'] = H | P, ['<'] = X,
	['='] = H | P, ['>'] = X, ['?'] = U | Q, ['@'] = U | P, ['A' ... 'Z'] = A,
	['['] = U | P, ['\\'] = Q, [']'] = U | P, ['^'] = K | P, ['_'] = A,
	['`'] = K | Q, ['a' ... 'z'] = A, ['{'] = X | Q, ['|'] = K | P, ['}'] = X | Q,
	['~'] = A, [0x80 ... 0xff] = T,
};
// clang-format on

size_t
octet_encode(char to[3], char c, const char *marks)
{
	static const char digits[] = "0123456789ABCDEF";

	if (octet_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		(c != '\0' && strchr(marks, c) != NULL)) {
		to[0] = c;
		return 1;
	}
	to[0] = '%';
	to[1] = digits[(unsigned char)c >> 4];
	to[2] = digits[c & 15];
	return 3;
}
