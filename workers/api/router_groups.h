/*
 * The middleware for a path that no row matches: that of the module and of the
 * innermost group whose prefix the path has.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_GROUPS_H
#define ROUTER_GROUPS_H

#include "common/span.h"

struct router_match;
struct router_rows;

/* Sets the chain, which ends without a handler, and the parameters of the
 * prefix. */
void router_groups_find(
	const struct router_rows *, struct span path, struct router_match *);

#endif
