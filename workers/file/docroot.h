/*
 * The directory of a route as a worker sees it.
 * SPDX-License-Identifier: MIT
 */
#ifndef DOCROOT_H
#define DOCROOT_H

#include "file/roots.h"

struct conf_route;
struct header_rules;
struct media_types;

struct docroot {
	struct root root;
	const struct conf_route *route;
	const struct media_types *types;
	const struct header_rules *headers; /* set after opening, or NULL */
	unsigned number;  /* its own among those that share a cache */
	unsigned codings; /* that it makes: a mask of 1u << CODING_x */
	bool is_shared;   /* the descriptor, with others */
};

/* Opens route->root; the route, the types and the roots, where it shares a
 * descriptor, stay the caller's and must outlive it.  Without roots it has one
 * of its own.  0, or -1 with errno. */
int docroot_open(struct docroot *, const struct conf_route *,
	const struct media_types *, unsigned number, struct roots *);

/* Uses the directory of the heritage; without one (-1), every file is 503. */
void docroot_inherit(struct docroot *, const struct directory *,
	const struct conf_route *, const struct media_types *, unsigned number);
void docroot_close(struct docroot *);

/* The Cache-Control of files of a media type; NULL: none.  The route's. */
const char *docroot_cache_control(const struct docroot *, const char *type);

#endif
