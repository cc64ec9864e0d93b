/*
 * Sites and routes as a worker uses them: made from the configuration at
 * start, read for each request.
 * SPDX-License-Identifier: MIT
 */
#ifndef SITE_H
#define SITE_H

#include <stddef.h>

#include "common/conf.h"
#include "common/pattern.h"
#include "common/span.h"
#include "docroot.h"
#include "headers.h"

struct auth;
struct module;
struct worker;

struct route {
	const struct conf_route *conf;
	int parent; /* index of the longest prefix of this one, or -1 */
	struct headers headers; /* with the site's */
	struct docroot docroot; /* of CONF_ROUTE_ROOT */
	struct auth *auth;      /* NULL: nobody is asked */
	struct module *module;  /* of CONF_ROUTE_MODULE */
};

struct site {
	const struct conf_site *conf;
	struct headers headers; /* where no route fits */
	struct route *routes;   /* by path */
	size_t nroutes;
};

struct site_host {
	struct span name; /* "example.com"; without the '*' of a wildcard */
	const struct site *site;
};

struct site_table {
	struct site *sites;
	size_t nsites;
	const struct site *any;  /* that without hosts, or the first */
	struct site_host *hosts; /* by name */
	size_t nhosts;
};

/*
 * Opens every document root and loads every module.  0, or -1 with the reason
 * in why, to be freed by site_table_fini() all the same.
 */
int site_table_init(
	struct site_table *, struct worker *, char *why, size_t size);
void site_table_fini(struct site_table *);

/* Calls f for the module, or NULL, of each route. */
void site_table_for_modules(struct site_table *, void (*f)(struct module *));

/* The site with this host name: exact, then "*.example.com", then "example.*",
 * the longest of each; else that without hosts, or the first. */
const struct site *site_find(const struct site_table *, struct span host);

/* The most specific route for a path; NULL when none fits.  The cost grows
 * with the logarithm of the number of routes. */
const struct route *route_find(const struct site *, struct span path);

/*
 * What is looked for below the root, without a leading slash, of a path that
 * the route fits: what the '*' of a prefix stands for; of an exact path its
 * last component; of a pattern what follows the last slash before its first
 * wildcard.
 */
struct span route_rest(const struct route *, struct span path);

/* What the wildcards of the route stand for in a path that it fits. */
void route_parts(
	const struct route *, struct span path, struct pattern_parts *);

#endif
