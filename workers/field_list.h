/*
 * The elements of a comma-separated field value (RFC 9110 5.6.1).
 * SPDX-License-Identifier: MIT
 */
#ifndef FIELD_LIST_H
#define FIELD_LIST_H

#include "common/span.h"

/*
 * Moves the next element of *rest into *element, without the white space
 * around it.  False when none is left.  Empty elements are passed over, and a
 * comma inside a quoted string (RFC 9110 5.6.4) does not divide; a quoted
 * string without an end goes on to the end of the value.  Not for entity
 * tags: a backslash is an ordinary byte there.
 */
bool field_list_next(struct span *rest, struct span *element);

/* text without the spaces and tabs at both ends. */
struct span field_list_trim(struct span text);

#endif
