/*
 * capabilities(7): a worker needs none.
 * SPDX-License-Identifier: MIT
 */
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include <stdbool.h>

/* Empties the bounding set, as far as the process may.  Only root can, and only
 * before it gives its capabilities up. */
void capabilities_drop_bounding(void);

/* Empties the effective, permitted, inheritable and ambient sets. */
void capabilities_drop(void);

/* True if these four sets are empty. */
bool capabilities_are_dropped(void);

#endif
