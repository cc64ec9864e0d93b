/*
 * RFC 3629 4: what may follow a first byte depends on it for the second byte
 * only: no overlong forms, no surrogates, nothing above U+10FFFF.
 * SPDX-License-Identifier: MIT
 */
#include "utf8.h"

#include <string.h>

void
utf8_init(struct utf8 *u)
{
	u->left = 0;
}

/* How many bytes at the start are ASCII; eight are looked at together. */
static size_t
ascii_run(const char *bytes, size_t len)
{
	const uint64_t high_bits = 0x8080808080808080u;
	size_t n = 0;
	uint64_t word;

	for (; len - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, bytes + n, sizeof(word));
		if (word & high_bits)
			break;
	}
	while (n < len && (unsigned char)bytes[n] < 0x80)
		n++;
	return n;
}

static bool
start(struct utf8 *u, unsigned char first)
{
	u->low = 0x80;
	u->high = 0xbf;
	if (first < 0xc2 || first > 0xf4)
		return false;
	u->left = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	if (first == 0xe0)
		u->low = 0xa0;
	else if (first == 0xed)
		u->high = 0x9f;
	else if (first == 0xf0)
		u->low = 0x90;
	else if (first == 0xf4)
		u->high = 0x8f;
	return true;
}

static bool
go_on(struct utf8 *u, unsigned char c)
{
	if (c < u->low || c > u->high)
		return false;
	u->left--;
	u->low = 0x80;
	u->high = 0xbf;
	return true;
}

bool
utf8_take(struct utf8 *u, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (u->left == 0 && (i += ascii_run(bytes + i, len - i)) == len)
			break;
		if (u->left > 0 ? !go_on(u, (unsigned char)bytes[i])
				: !start(u, (unsigned char)bytes[i]))
			return false;
	}
	return true;
}

bool
utf8_is_whole(const struct utf8 *u)
{
	return u->left == 0;
}

bool
utf8_is_valid(const char *bytes, size_t len)
{
	struct utf8 u;

	utf8_init(&u);
	return utf8_take(&u, bytes, len) && utf8_is_whole(&u);
}
