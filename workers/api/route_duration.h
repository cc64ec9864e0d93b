/*
 * How long the requests of a route with a module took: a histogram in the
 * worker's part of the scoreboard (common/module_metrics.h), by the path of the
 * route.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTE_DURATION_H
#define ROUTE_DURATION_H

struct conf_route;
struct exchange;
struct module_series;
struct worker;

/* Returns the histogram of a route, which routes with the same path share.
 * NULL: the worker shows none, or has no room for it, which is logged. */
struct module_series *route_duration_define(
	struct worker *, const struct conf_route *);

/* The answer of the module has ended: counts the time since the worker took up
 * the head of the request.  The histogram may be NULL. */
void route_duration_observe(struct module_series *, const struct exchange *);

#endif
