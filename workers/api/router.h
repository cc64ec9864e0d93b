/*
 * From a method and a path to a row of a module's table, at a cost that follows
 * the length of the path and not the number of rows.  A literal segment beats
 * ":name", ":name" beats "*rest"; where the better one leads nowhere, or to
 * other methods only, the other is taken.
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
	const char *pattern; /* with the groups' prefixes; the router's */
	unsigned steps;      /* looks into tables that it took */
	bool is_known;    /* there is a row for the path, of another method */
	bool wants_slash; /* there would be with, or without, the last '/' */
};

/*
 * Takes the module's table.  NULL with the reason in why: a pattern without a
 * leading '/', an empty or repeated name, '*' not at the end, a row without a
 * handler or method, two rows for the same method and path (both named).  In a
 * group, "" stands for the prefix itself.  The module's table must outlive it.
 */
struct router *router_new(const struct prong_module *, char *why, size_t size);

/* NULL is fine. */
void router_free(struct router *);

/*
 * path: decoded, below the mount, begins with '/'.  HEAD finds GET's row.  No
 * parameter is empty.  The spans are parts of the path and of the pattern.
 */
void router_find(const struct router *, struct span method, struct span path,
	struct router_match *);

/* Has any row PRONG_STREAM_BODY, or a body_most? */
bool router_minds_content(const struct router *);

/* "GET, HEAD, OPTIONS": what Allow says for a path that is known. */
struct span router_allow(const struct router *, struct span path);

#endif
