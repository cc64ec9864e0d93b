/*
 * Formats a directory listing as HTML and as JSON.
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
	LISTING_SORTS, /* number of columns */
};

struct listing_entry {
	const char *name; /* any bytes but '/' and NUL */
	int64_t size;
	time_t modified;
	bool is_directory;
};

struct listing {
	struct span path; /* path of the request, decoded; ends in '/' */
	const struct listing_entry *entries;
	size_t count;
	bool is_cut; /* the directory has more entries */
	enum listing_sort sort;
	bool is_descending;
};

/* "name", "size" and "time", the values of the query parameter sort. */
extern const char *const listing_sorts[LISTING_SORTS];

/* The functions that print one format: the start, each entry, the end. */
struct listing_form {
	void (*start)(FILE *, const struct listing *);
	void (*entry)(FILE *, const struct listing *, size_t i);
	void (*end)(FILE *, const struct listing *);
};

extern const struct listing_form listing_html, listing_json;

#endif
