/*
 * Requests that no row of a module's table takes.
 * SPDX-License-Identifier: MIT
 */
#ifndef UNROUTED_H
#define UNROUTED_H

struct exchange;
struct router;
struct router_match;
struct span;

/*
 * Answers: 404; for another method 405, or 204 to OPTIONS, with Allow (RFC 9110
 * 9.3.7, 15.5.6); for another last '/' 308.  path: the one that was looked for.
 */
void unrouted_answer(struct exchange *, const struct router *, struct span path,
	const struct router_match *);

#endif
