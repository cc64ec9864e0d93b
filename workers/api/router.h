/*
 * Finds the row of a module's table for a method and a path. The cost depends
 * on the length of the path and not on the number of rows. A literal segment
 * takes precedence over ":name", and ":name" over "*rest"; where the preferred
 * one leads to no match, or only to other methods, the next one is tried.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_H
#define ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/prong.h"
#include "common/span.h"

struct router;

enum { ROUTER_PARAMS = 16 };

struct router_match {
	/* NULL when no row matches path and method */
	const struct prong_route *route;
	/* handlers to call: middleware of the module, the groups and the row,
	 * then the handler; ended by NULL */
	prong_handler *const *chain;
	struct span names[ROUTER_PARAMS];  /* point into the pattern */
	struct span values[ROUTER_PARAMS]; /* point into the path */
	unsigned nparams;
	/* with the prefixes of the groups; owned by the router */
	const char *pattern;
	unsigned steps; /* number of table probes */
	bool is_known;  /* a row matches the path, with another method */
	/* a row would match with, or without, a '/' at the end */
	bool wants_slash;
};

/*
 * Builds a router from the module's table, which must outlive it. Returns NULL
 * with the reason in why: an invalid pattern, a row without a handler or
 * method, or two rows for the same method and path, both of which are named.
 * Within a group the pattern "" is the prefix itself.
 */
struct router *router_new(const struct prong_module *, char *why, size_t size);

/* NULL is fine. */
void router_free(struct router *);

/*
 * Searches for a decoded path below the mount, which begins with '/'. HEAD
 * finds the row of GET. No parameter is empty. The spans in *match point into
 * the path and the pattern.
 */
void router_find(const struct router *, struct span method, struct span path,
	struct router_match *);

/* For a path that no row matches: sets the chain to the middleware of its
 * groups. */
void router_find_middleware(
	const struct router *, struct span path, struct router_match *);

/* True when any row has PRONG_STREAM_BODY or body_most. */
bool router_minds_content(const struct router *);

/*
 * Returns the value of Allow for a path that matches, such as "GET, HEAD,
 * OPTIONS".
 */
struct span router_allow(const struct router *, struct span path);

#endif
