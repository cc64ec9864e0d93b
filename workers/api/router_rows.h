/*
 * A module's table, flattened: one row per route, with its complete pattern and
 * its complete chain of handlers.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_ROWS_H
#define ROUTER_ROWS_H

#include <stddef.h>

#include "api/prong.h"
#include "http/request.h"

struct router_pattern_param;

enum { ROUTER_METHODS = METHOD_PATCH + 1 };

struct router_row {
	struct prong_route route; /* a copy: modules may know fewer members */
	/* pattern with the prefixes of the groups, "/users/:id/notes" */
	char *pattern;
	prong_handler **chain;
	struct router_pattern_param *params;
	unsigned nparams;
	enum method method; /* METHOD_UNKNOWN for "*", any method */
};

/* The middleware of a group, or of the module, whose prefix is "". */
struct router_group {
	char *prefix;
	prong_handler **chain; /* without a handler; ended by NULL */
};

struct router_rows {
	struct router_row *all;
	size_t count;
	struct router_group *groups;
	size_t ngroups;
};

/*
 * Reads the module's table. Returns 0, or -1 with the reason in why.
 * router_rows_fini() must be called in either case.
 */
int router_rows_init(struct router_rows *, const struct prong_module *,
	char *why, size_t size);
void router_rows_fini(struct router_rows *);

#endif
