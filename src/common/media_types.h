/*
 * File name extension -> media type (RFC 9110 8.3.1), from the system's
 * mime.types with a built-in table for what it lacks or where there is none.
 * SPDX-License-Identifier: MIT
 */
#ifndef MEDIA_TYPES_H
#define MEDIA_TYPES_H

#include "common/arena.h"

struct media_types;

/*
 * Reads path (in the form of /etc/mime.types); NULL or unreadable: built-in
 * types alone.  Text types get "; charset=utf-8".  The arena owns it.
 */
struct media_types *media_types_new(struct arena *, const char *path);

/*
 * The value of Content-Type for a file of this name (its last component);
 * media_types_unknown when nothing is known.  Case does not count.
 */
const char *media_types_find(const struct media_types *, const char *name);

/* What it gives for a name that nothing is known of: this very pointer. */
extern const char media_types_unknown[];

#endif
