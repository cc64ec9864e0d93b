/*
 * Names are compared while they are decoded, so a search needs no memory.
 * SPDX-License-Identifier: MIT
 */
#include "api/urlencoded.h"

#include "http/octet.h"

bool
urlencoded_next(struct span *rest, struct span *name, struct span *value)
{
	const char *p = rest->at, *end = p + rest->len, *stop, *equals;

	while (p < end && *p == '&')
		p++;
	if (p == end) {
		*rest = (struct span){ end, 0 };
		return false;
	}
	stop = memchr(p, '&', (size_t)(end - p));
	if (stop == NULL)
		stop = end;
	equals = memchr(p, '=', (size_t)(stop - p));
	*name = (struct span){ p,
		(size_t)((equals == NULL ? stop : equals) - p) };
	*value = equals == NULL ? (struct span){ stop, 0 }
				: (struct span){ equals + 1,
					  (size_t)(stop - equals - 1) };
	stop += stop < end; /* the '&' */
	*rest = (struct span){ stop, (size_t)(end - stop) };
	return true;
}

/* Decodes the byte at *p and advances *p. */
static char
decode_next_byte(const char **p, const char *end)
{
	char c = *(*p)++;
	int high, low;

	if (c == '+')
		return ' ';
	if (c != '%' || end - *p < 2)
		return c;
	high = octet_hex((*p)[0]);
	low = octet_hex((*p)[1]);
	if (high < 0 || low < 0 || (high | low) == 0)
		return c;
	*p += 2;
	return (char)(high << 4 | low);
}

bool
urlencoded_is(struct span raw, struct span text)
{
	const char *p = raw.at, *end = p + raw.len;

	for (size_t i = 0; i < text.len; i++)
		if (p == end || decode_next_byte(&p, end) != text.at[i])
			return false;
	return p == end;
}

size_t
urlencoded_decode(struct span raw, char *to)
{
	const char *p = raw.at, *end = p + raw.len;
	char *from = to;

	while (p < end)
		*to++ = decode_next_byte(&p, end);
	return (size_t)(to - from);
}

struct span
urlencoded_find(struct span pairs, struct span name, unsigned n)
{
	struct span key, value;

	while (urlencoded_next(&pairs, &key, &value))
		if (urlencoded_is(key, name) && n-- == 0)
			return value;
	return (struct span){ NULL, 0 };
}
