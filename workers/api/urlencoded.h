/*
 * application/x-www-form-urlencoded as in the URL Standard 5.1, for queries and
 * forms. Pairs are separated by '&' and empty ones skipped; '+' is a space and
 * %XX is decoded once. A malformed escape is kept as written, and so is %00,
 * since texts are NUL-terminated.
 * SPDX-License-Identifier: MIT
 */
#ifndef URLENCODED_H
#define URLENCODED_H

#include "common/span.h"

/*
 * Moves the next pair of *rest to *name and *value, not decoded; returns false
 * when none is left. The value is empty without '='.
 */
bool urlencoded_next(struct span *rest, struct span *name, struct span *value);

/* True when raw decodes to text. */
bool urlencoded_is(struct span raw, struct span text);

/*
 * Decodes raw and returns the length. to must have raw.len bytes; it may be
 * raw's own memory.
 */
size_t urlencoded_decode(struct span raw, char *to);

/*
 * Returns the n-th value of this name, counted from 0, not decoded; at is NULL
 * when there is none.
 */
struct span urlencoded_find(struct span pairs, struct span name, unsigned n);

#endif
