/*
 * application/x-www-form-urlencoded, as the URL standard (5.1) reads it: of
 * queries and of forms.  Pairs are parted by '&', empty ones passed over; '+'
 * is a space, %XX is decoded once.  An escape that is broken stays as it is
 * written, and so does %00, since the text ends at a NUL.
 * SPDX-License-Identifier: MIT
 */
#ifndef URLENCODED_H
#define URLENCODED_H

#include "common/span.h"

/*
 * Moves the next pair of *rest to *name and *value, not decoded.  False when
 * none is left.  Without '=' the value is empty.
 */
bool urlencoded_next(struct span *rest, struct span *name, struct span *value);

/* Is raw, decoded, this text? */
bool urlencoded_is(struct span raw, struct span text);

/* Decodes raw; to: raw.len bytes at least, may be raw's own.  The length. */
size_t urlencoded_decode(struct span raw, char *to);

/* The n-th value of this name, from 0, not decoded; at is NULL: none. */
struct span urlencoded_find(struct span pairs, struct span name, unsigned n);

#endif
