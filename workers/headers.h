/*
 * What a site and a route change in the heads of their answers, rendered once.
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
	struct span lines;    /* to add, each ended by CRLF */
	struct span *removed; /* names */
	size_t nremoved;
};

/* The route's changes come after the site's; route: NULL for the site's alone.
 * All of it is allocated. */
void headers_init(struct headers *, const struct conf_headers *site,
	const struct conf_headers *route);
void headers_fini(struct headers *);

bool headers_removes(const struct headers *, struct span name);

/* Field lines as they are sent: without those removed, with those added.  In
 * the arena, where anything changes; at is NULL when that is full. */
struct span headers_apply(
	const struct headers *, struct span fields, struct arena *);

#endif
