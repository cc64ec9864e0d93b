/*
 * The Cookie field (RFC 6265 4.2, 5.4).
 * SPDX-License-Identifier: MIT
 */
#ifndef COOKIE_H
#define COOKIE_H

#include "common/span.h"

/*
 * Returns the value of the first cookie with this name, as sent: quotes are
 * part of it. Names are case-sensitive. at is NULL when there is none.
 */
struct span cookie_find(struct span field, struct span name);

#endif
