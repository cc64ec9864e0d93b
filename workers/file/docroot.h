/*
 * The document root of a route in a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef DOCROOT_H
#define DOCROOT_H

#include <stdint.h>

#include "common/change_counts.h"
#include "common/span.h"
#include "file/roots.h"

struct conf_route;
struct header_rules;
struct media_types;

struct docroot {
	struct root root;
	const struct conf_route *route;
	const struct media_types *types;
	const struct header_rules *headers; /* set after opening, or NULL */
	uint64_t device;                    /* of the root; 0: not known */
	uint64_t root_key; /* change_counts_root(); 0: not known */
	unsigned number;   /* unique among the docroots of a file cache */
	unsigned codings;  /* made on demand: a mask of 1u << CODING_x */
	bool is_shared;    /* the descriptor is not closed with the docroot */
};

/* Opens route->root.  The route, the types and the roots, with which the
 * docroot shares a descriptor, must outlive it; with NULL for the roots it
 * opens a descriptor of its own.  Returns 0, or -1 with errno. */
int docroot_open(struct docroot *, const struct conf_route *,
	const struct media_types *, unsigned number, struct roots *);

/* Uses a directory that the worker inherited; if its fd is -1, every request is
 * answered with 503. */
void docroot_inherit(struct docroot *, const struct directory *,
	const struct conf_route *, const struct media_types *, unsigned number);
void docroot_close(struct docroot *);

/*
 * Returns the word of the path's directory or, while that is not watched
 * (*is_exact is false), of the nearest one above it, where a missing directory
 * would appear. NULL counts: a word that does not change.
 */
const change_word *docroot_find_change(const struct docroot *,
	const struct change_counts *, struct span path, bool *is_exact);

/* Returns the codings that the route and this build have, a mask of
 * 1u << CODING_x. */
unsigned docroot_codings(const struct conf_route *);

/* Returns the Cache-Control value for files of a media type, or NULL.  The
 * route owns it. */
const char *docroot_cache_control(const struct docroot *, const char *type);

#endif
