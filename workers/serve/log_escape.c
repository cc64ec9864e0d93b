/*
 * printf(3) formats only escaped bytes: a line costs a tenth of the response.
 * SPDX-License-Identifier: MIT
 */
#include "serve/log_escape.h"

#include <stdint.h>
#include <stdio.h>

#include "common/utf8.h"
#include "http/octet.h"

typedef unsigned char block __attribute__((vector_size(16)));

static bool
is_plain_block(const unsigned char *p)
{
	uint64_t halves[2];
	block bytes, is_other;

	memcpy(&bytes, p, sizeof(bytes));
	is_other = (block)((bytes < ' ') | (bytes > '~') | (bytes == '"') |
			   (bytes == '\\'));
	memcpy(halves, &is_other, sizeof(halves));
	return (halves[0] | halves[1]) == 0;
}

static bool
is_plain_half(const unsigned char *p)
{
	unsigned char both[sizeof(block)];

	memcpy(both, p, sizeof(both) / 2);
	memcpy(both + sizeof(both) / 2, p, sizeof(both) / 2);
	return is_plain_block(both);
}

/* Counts the bytes from p on that need no escape.  Blocks may overlap, so that
 * few bytes are looked at one by one. */
static size_t
count_plain_bytes(const unsigned char *p, size_t len)
{
	enum { WHOLE = sizeof(block), HALF = WHOLE / 2 };
	size_t n = 0;

	while (len - n >= WHOLE && is_plain_block(p + n))
		n += WHOLE;
	if (len - n < WHOLE && len >= WHOLE && is_plain_block(p + len - WHOLE))
		return len;
	if (len < WHOLE && len >= HALF && is_plain_half(p) &&
		is_plain_half(p + len - HALF))
		return len;
	while (n < len && octet_is((char)p[n], OCTET_PLAIN))
		n++;
	return n;
}

/*
 * Writes a character of several bytes in JSON: controls and marks of direction,
 * which are below U+10000, as \u and four hexadecimal digits. Returns its
 * bytes; 0: it is not UTF-8.
 */
static size_t
put_character(char **to, const char *p, size_t left)
{
	size_t n = utf8_length(p, left);
	const unsigned char *b = (const unsigned char *)p;

	if (n > 1 && utf8_is_control(p, n))
		*to += sprintf(*to, "\\u%04x",
			n == 2 ? (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu)
			       : (b[0] & 0xfu) << 12 | (b[1] & 0x3fu) << 6 |
					 (b[2] & 0x3fu));
	else
		*to = mempcpy(*to, p, n);
	return n;
}

char *
log_escape_put(char *to, struct span s, bool is_json)
{
	const unsigned char *p = (const unsigned char *)s.at;
	size_t left = s.len, n;

	for (; left > 0; p += n, left -= n) {
		n = count_plain_bytes(p, left);
		if (n > 0) {
			to = mempcpy(to, p, n);
			continue;
		}
		if (*p >= 0x80 && is_json)
			n = put_character(&to, (const char *)p, left);
		if (n > 0)
			continue;
		n = 1;
		to += sprintf(to, is_json ? "\\u%04x" : "\\x%02X", *p);
	}
	return to;
}
