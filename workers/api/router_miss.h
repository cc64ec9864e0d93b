/*
 * Responses for requests that match no row of a module's table.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTER_MISS_H
#define ROUTER_MISS_H

struct exchange;
struct router;
struct router_match;
struct span;

/*
 * Responds with 404; for another method with 405, or 204 to OPTIONS, with Allow
 * (RFC 9110 9.3.7, 15.5.6); and with 308 where only the '/' at the end differs.
 * path is the one that was searched.
 */
void router_miss_respond(struct exchange *, const struct router *,
	struct span path, const struct router_match *);

/* Returns the status that it will respond with. */
int router_miss_status(const struct exchange *, const struct router_match *);

#endif
