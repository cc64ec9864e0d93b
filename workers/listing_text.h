/*
 * A directory as a page and as JSON.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTING_TEXT_H
#define LISTING_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "common/span.h"

enum listing_sort {
	LISTING_NAME,
	LISTING_SIZE,
	LISTING_TIME,
	LISTING_SORTS, /* how many */
};

struct listing_entry {
	const char *name; /* any bytes but '/' and NUL */
	int64_t size;
	time_t modified;
	bool is_directory;
};

struct listing {
	struct span path; /* of the request, decoded; ends in '/' */
	const struct listing_entry *entries;
	size_t count;
	bool is_cut; /* there are more */
	enum listing_sort sort;
	bool is_descending;
};

/* "name", "size", "time", as they stand in a query. */
extern const char *const listing_sorts[LISTING_SORTS];

void listing_print_html(FILE *, const struct listing *);
void listing_print_json(FILE *, const struct listing *);

#endif
