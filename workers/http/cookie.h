/*
 * The Cookie field (RFC 6265 4.2, 5.4).
 * SPDX-License-Identifier: MIT
 */
#ifndef COOKIE_H
#define COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

/*
 * Returns the value of the first cookie with this name, as sent: quotes are
 * part of it. Names are case-sensitive. at is NULL when there is none.
 */
struct span cookie_find(struct span field, struct span name);

/*
 * Finds the next cookie from *offset on, which moves behind it; false when
 * there is none.
 */
bool cookie_next(struct span field, size_t *offset, struct span *name,
	struct span *value);

#endif
