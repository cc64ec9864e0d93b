/*
 * Maps file name extensions to media types (RFC 9110 8.3.1): those of the
 * system's mime.types, and a built-in table for what that file lacks.
 * SPDX-License-Identifier: MIT
 */
#ifndef MEDIA_TYPES_H
#define MEDIA_TYPES_H

#include "common/arena.h"

struct media_types;

/*
 * Builds the table from the file at path, which has the form of
 * /etc/mime.types, and the built-in types; path may be NULL or unreadable.
 * Text types get "; charset=utf-8".  The arena owns the table.  Returns
 * NULL with errno where memory or descriptors are short.
 */
struct media_types *media_types_new(struct arena *, const char *path);

/*
 * Returns the value of Content-Type for a file of this name, by the extension
 * of its last component; case is ignored.  Returns media_types_unknown if the
 * extension is unknown.
 */
const char *media_types_find(const struct media_types *, const char *name);

/*
 * The result of media_types_find() for an unknown extension, to be compared by
 * address.
 */
extern const char media_types_unknown[];

#endif
