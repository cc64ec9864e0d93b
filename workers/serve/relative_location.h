/*
 * Location as a relative reference (RFC 3986 4.2, 5.2.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef RELATIVE_LOCATION_H
#define RELATIVE_LOCATION_H

#include "common/span.h"

struct exchange;

/*
 * Returns the path, percent-encoded, as a reference that is relative to the URL
 * of the request where the route has "relative_redirects": it still leads there
 * if a proxy has removed a prefix from the path. Other targets, and all of
 * other routes, are returned as they are.
 */
struct span relative_location(struct exchange *, struct span path);

#endif
