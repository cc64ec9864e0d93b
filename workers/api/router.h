/*
 * From a method and a path to a row of a module's table: a tree by segments,
 * so that the cost follows the length of the path and not the number of rows.
 * A literal segment beats ":name", ":name" beats "*rest"; where the better one
 * leads nowhere, the other is tried.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_H
#define ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"
#include "prong.h"

struct router;

enum { ROUTER_PARAMS = 16 };

struct router_match {
	const struct prong_route *route; /* NULL: none for the method */
	prong_handler *const *chain; /* module's, groups', row's middleware, the
					handler, NULL: flattened when added */
	struct span names[ROUTER_PARAMS];  /* of the pattern */
	struct span values[ROUTER_PARAMS]; /* parts of the path */
	unsigned nparams;
	bool is_known;    /* there is a row for the path, of another method */
	bool wants_slash; /* there would be with, or without, the last '/' */
};

/*
 * Takes the module's table.  NULL with the reason in why: a pattern without a
 * leading '/', an empty or repeated name, '*' not at the end, a row without a
 * handler or method, two rows for the same method and path (both named).
 */
struct router *router_new(const struct prong_module *, char *why, size_t size);

/* NULL is fine. */
void router_free(struct router *);

/* path: decoded, below the mount, begins with '/'.  HEAD finds GET's row. */
void router_find(const struct router *, struct span method, struct span path,
	struct router_match *);

/* Has any row PRONG_STREAM_BODY? */
bool router_has_streams(const struct router *);

/* "GET, HEAD, OPTIONS": what Allow says for a path that is known. */
struct span router_allow(const struct router *, struct span path);

#endif
