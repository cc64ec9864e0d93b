/*
 * The cookies that a client sends (RFC 6265 4.2, 5.4).
 * SPDX-License-Identifier: MIT
 */
#ifndef COOKIE_H
#define COOKIE_H

#include "common/span.h"

/*
 * The value of the first cookie with this name in a Cookie field, as sent:
 * quotes around it are a part of it.  Names are the same in the same case only.
 * at is NULL: none.
 */
struct span cookie_find(struct span field, struct span name);

#endif
