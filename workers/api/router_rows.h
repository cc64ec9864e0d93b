/*
 * A module's table, flattened: a row a route, with the whole pattern and the
 * whole chain.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_ROWS_H
#define ROUTER_ROWS_H

#include <stddef.h>

#include "prong.h"
#include "request.h"

struct pattern_param;

enum { ROUTER_METHODS = METHOD_PATCH + 1 };

struct router_row {
	const struct prong_route *route;
	char *pattern; /* "/users/:id/notes": of the groups and its own */
	prong_handler **chain;
	struct pattern_param *params;
	unsigned nparams;
	enum method method; /* METHOD_UNKNOWN: "*", any */
};

struct router_rows {
	struct router_row *all;
	size_t count;
};

/* 0, or -1 with the reason; to be freed by fini in both cases. */
int router_rows_init(struct router_rows *, const struct prong_module *,
	char *why, size_t size);
void router_rows_fini(struct router_rows *);

#endif
