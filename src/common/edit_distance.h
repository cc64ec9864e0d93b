/*
 * The Levenshtein distance of two names, to guess what a mistyped one means.
 * SPDX-License-Identifier: MIT
 */
#ifndef EDIT_DISTANCE_H
#define EDIT_DISTANCE_H

#include <limits.h>

enum { EDIT_DISTANCE_MAX = 32 }; /* bytes of a name */

#define EDIT_DISTANCE_FAR UINT_MAX

/* Returns the least number of insertions, deletions and replacements of a
 * byte that turn one name into the other; ASCII case is ignored.  Returns
 * EDIT_DISTANCE_FAR if a name is longer than EDIT_DISTANCE_MAX. */
unsigned edit_distance(const char *a, const char *b);

#endif
