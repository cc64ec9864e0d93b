/*
 * The elements of a comma-separated field value (RFC 9110 5.6.1).
 * SPDX-License-Identifier: MIT
 */
#ifndef FIELD_LIST_H
#define FIELD_LIST_H

#include "common/span.h"

/*
 * Moves the next element of *rest, without the white space around it, to
 * *element; returns false when none is left. Empty elements are skipped, and a
 * comma inside a quoted string (RFC 9110 5.6.4) does not separate; an
 * unterminated quoted string extends to the end of the value. This is not for
 * lists of entity tags, in which a backslash is an ordinary byte.
 */
bool field_list_next(struct span *rest, struct span *element);

/* Returns text without the spaces and tabs at both ends. */
struct span field_list_trim(struct span text);

#endif
