/*
 * Files that a route forbids are not reached by another route under another
 * name: by "try", "index" or "fallback".
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTE_GUARD_H
#define ROUTE_GUARD_H

#include <stdbool.h>

#include "common/span.h"

struct conf_route;
struct exchange;

/*
 * True for a route that refuses clients: one that returns an error, asks for a
 * password, or has "allow" or "deny".
 */
bool route_guard_is(const struct conf_route *);

/*
 * True when the client could not get a file by its own URL, because another
 * route of the site refuses it. path is below the root of the exchange's route,
 * without a leading slash.
 */
bool route_guard_forbids(struct exchange *, struct span path);

#endif
