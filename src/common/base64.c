/*
 * Base64 takes no part in any comparison of secrets: its time may depend on
 * the bytes.
 * SPDX-License-Identifier: MIT
 */
#include "common/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Returns the value of a character of the alphabet, or -1. */
static int
decode_digit(char c)
{
	const char *at = c == '\0' ? NULL : strchr(alphabet, c);

	return at == NULL ? -1 : (int)(at - alphabet);
}

bool
base64_is_digit(char c)
{
	return decode_digit(c) != -1;
}

void
base64_encode(char *to, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	for (; len > 0; to += 4) {
		size_t n = len < 3 ? len : 3;
		uint32_t bits = (uint32_t)from[0] << 16 |
				(n > 1 ? (uint32_t)from[1] << 8 : 0) |
				(n > 2 ? from[2] : 0);

		for (size_t i = 0; i < 4; i++)
			to[i] = i > n ? '='
				      : alphabet[bits >> (18 - i * 6) & 63];
		from += n;
		len -= n;
	}
	*to = '\0';
}

ptrdiff_t
base64_decode(struct span text, char *to)
{
	unsigned bits = 0, nbits = 0;
	ptrdiff_t len = 0;

	while (text.len > 0 && text.at[text.len - 1] == '=')
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		int digit = decode_digit(text.at[i]);

		if (digit == -1)
			return -1;
		bits = (bits << 6 | (unsigned)digit) & 0xffffff;
		nbits += 6;
		if (nbits < 8)
			continue;
		nbits -= 8;
		to[len++] = (char)(bits >> nbits);
	}
	return len;
}
