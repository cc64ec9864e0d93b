/*
 * Sites and routes as a worker uses them: built from the configuration at
 * start, searched for each request.
 * SPDX-License-Identifier: MIT
 */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/conf.h"
#include "common/pattern.h"
#include "common/span.h"
#include "file/docroot.h"
#include "http/header_rules.h"
#include "serve/site_host.h"

struct access_log_list;
struct auth;
struct module;
struct module_service;
struct site_counters;
struct worker;

struct route {
	const struct conf_route *conf;
	unsigned number; /* in the configuration, over all sites */
	/* index of the longest route that is a prefix of this one, or -1 */
	int parent;
	struct header_rules headers; /* merged with the site's */
	struct docroot docroot;      /* open for CONF_ROUTE_ROOT */
	/* NULL when the route needs no authentication */
	struct auth *auth;
	struct module *module; /* loaded for CONF_ROUTE_MODULE */
	bool is_unavailable;   /* it could not be opened: 503 */
	bool is_limited;       /* a limit must admit each request */
	bool is_plain; /* nothing is checked before a request is answered */
};

struct site {
	const struct conf_site *conf;
	struct site_counters *counters;     /* on the scoreboard */
	const struct access_log_list *logs; /* its own, or the server's */
	struct header_rules headers;        /* for responses without a route */
	struct route *routes;               /* sorted by path */
	size_t nroutes;
	bool has_guards; /* a route refuses clients: see route_guard.h */
};

struct site_table {
	const struct module_service *modules; /* of those in the routes */
	struct site *sites;
	size_t nsites;
	/* the default site: the one without hosts, or the first */
	const struct site *any;
	size_t nunavailable;     /* routes */
	struct site_host *hosts; /* sorted by name */
	size_t nhosts;
	struct roots roots; /* of all routes, and of modules */
};

/*
 * Opens the document root and reads the users of every route.  Returns 0, or -1
 * with the reason in why; site_table_fini() must be called in either case.
 */
int site_table_open(
	struct site_table *, struct worker *, char *why, size_t size);

/* Loads and starts the module of every route, in the order of the
 * configuration; then routes can be found.  Results as above. */
int site_table_load_modules(
	struct site_table *, struct worker *, char *why, size_t size);

/* Both. */
static inline int
site_table_init(struct site_table *t, struct worker *w, char *why, size_t size)
{
	if (site_table_open(t, w, why, size) == -1)
		return -1;
	return site_table_load_modules(t, w, why, size);
}
void site_table_fini(struct site_table *);

/* Calls f with the module of each route, which may be NULL. */
void site_table_for_modules(struct site_table *, void (*f)(struct module *));

/* Returns true if the route is for the path, though another may be more
 * specific. */
bool route_matches(const struct conf_route *, struct span path);

/*
 * Finds the most specific route for a path; NULL when none matches. The cost is
 * logarithmic in the number of routes.
 */
const struct route *route_find(const struct site *, struct span path);

/*
 * Returns the part of a matching path that is looked up below the route's root,
 * without a leading slash: what the '*' of a prefix matches; the last component
 * of an exact path; for a pattern what follows the last slash before its first
 * wildcard.
 */
struct span route_rest(const struct route *, struct span path);

/* Stores what each wildcard of the route matches in a matching path. */
void route_parts(
	const struct route *, struct span path, struct pattern_parts *);

#endif
