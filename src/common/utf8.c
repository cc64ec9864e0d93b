/*
 * The bounds of a byte within a character depend on the first byte for the
 * second byte only.
 * SPDX-License-Identifier: MIT
 */
#include "common/utf8.h"

#include <string.h>

void
utf8_init(struct utf8 *u)
{
	u->left = 0;
}

/* Returns the number of ASCII bytes at the start; compares eight at a time. */
static size_t
ascii_length(const char *bytes, size_t len)
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
begin_character(struct utf8 *u, unsigned char first)
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
continue_character(struct utf8 *u, unsigned char c)
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
		if (u->left == 0 &&
			(i += ascii_length(bytes + i, len - i)) == len)
			break;
		if (u->left > 0 ? !continue_character(
					  u, (unsigned char)bytes[i])
				: !begin_character(u, (unsigned char)bytes[i]))
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

size_t
utf8_length(const char *bytes, size_t len)
{
	struct utf8 u;

	utf8_init(&u);
	for (size_t n = 0; n < len && utf8_take(&u, bytes + n, 1); n++)
		if (utf8_is_whole(&u))
			return n + 1;
	return 0;
}

bool
utf8_is_control(const char *bytes, size_t len)
{
	const unsigned char *b = (const unsigned char *)bytes;
	unsigned c;

	if (len == 1)
		return b[0] < 0x20 || b[0] == 0x7f;
	if (len == 2)
		c = (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
	else if (len == 3)
		c = (b[0] & 0xfu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
	else
		return false;
	return (c >= 0x80 && c < 0xa0) || c == 0x61c || c == 0xfeff ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f);
}

size_t
utf8_shown_length(const char *bytes, size_t len)
{
	size_t n = utf8_length(bytes, len);

	return utf8_is_control(bytes, n) ? 0 : n;
}
