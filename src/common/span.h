/*
 * A borrowed run of bytes: no terminator, no copy.
 * SPDX-License-Identifier: MIT
 */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *at;
	size_t len;
};

#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })

/* The text without its terminator. */
static inline struct span
span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static inline bool
span_is(struct span s, struct span other)
{
	return s.len == other.len && memcmp(s.at, other.at, s.len) == 0;
}

/* Copies the bytes of s to to, without a terminator; returns their end. */
static inline char *
span_put(char *to, struct span s)
{
	if (s.len > 0)
		memcpy(to, s.at, s.len);
	return to + s.len;
}

#define SPAN_PUT(to, literal) span_put(to, SPAN(literal))

/* Compares without regard to ASCII case. */
static inline bool
span_is_nocase(struct span s, struct span other)
{
	return s.len == other.len && strncasecmp(s.at, other.at, s.len) == 0;
}

/* Compares bytes, then lengths, for qsort(3) and bsearch(3). */
static inline int
span_compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.at, b.at, n);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
