/*
 * The fields that a site and a route add to or remove from their responses
 * ("headers" in prong.json(5)), rendered once.
 * SPDX-License-Identifier: MIT
 */
#ifndef HEADERS_H
#define HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct arena;
struct conf_headers;

struct headers {
	struct span lines;    /* fields to add, each line ended by CRLF */
	struct span *removed; /* names of the fields to remove */
	size_t nremoved;
};

/*
 * Builds the rules of a site and, where route is not NULL, of a route, which
 * are applied after the site's. It allocates; release with headers_fini().
 */
void headers_init(struct headers *, const struct conf_headers *site,
	const struct conf_headers *route);
void headers_fini(struct headers *);

/* True when the rules remove the field of this name. */
bool headers_removes(const struct headers *, struct span name);

/*
 * Applies the rules to the field lines of a response. Where anything changes
 * the result is in the arena; its at is NULL when the arena is at its limit.
 */
struct span headers_apply(
	const struct headers *, struct span fields, struct arena *);

#endif
