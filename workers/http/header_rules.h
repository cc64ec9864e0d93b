/*
 * The fields that a site and a route add to or remove from their responses
 * ("headers" in prong.json(5)), rendered once.
 * SPDX-License-Identifier: MIT
 */
#ifndef HEADER_RULES_H
#define HEADER_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct arena;
struct conf_headers;

struct header_rules {
	struct span lines;    /* fields to add, each line ended by CRLF */
	struct span *removed; /* names of the fields to remove */
	size_t nremoved;
};

/*
 * Builds the rules of a site and, where route is not NULL, of a route, which
 * are applied after the site's. It allocates; release with header_rules_fini().
 */
void header_rules_init(struct header_rules *, const struct conf_headers *site,
	const struct conf_headers *route);
void header_rules_fini(struct header_rules *);

/* True when the rules remove the field of this name. */
bool header_rules_removes(const struct header_rules *, struct span name);

/*
 * Applies the rules to the field lines of a response. Where anything changes
 * the result is in the arena.
 */
struct span header_rules_apply(
	const struct header_rules *, struct span fields, struct arena *);

#endif
