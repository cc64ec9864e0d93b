/*
 * What the routes of a configuration need of disks: opened once, when the
 * configuration is loaded, and inherited by every worker that is ever started
 * for it.  So a directory that was moved or deleted since, or whose disk
 * hangs, stops no worker.  opener.c opens them.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESOURCES_H
#define RESOURCES_H

#include <stddef.h>
#include <stdio.h>

#include "common/directory.h"
#include "common/heritage.h"

struct config_errors;
struct conf;
struct conf_route;
struct config_text;

struct resource {
	const char *path;
	const struct conf_route *route; /* the first that names it */
	struct directory root;
	struct directory_id id;
	bool is_shared; /* the descriptor is another's of the table */
	int error; /* errno: why it is not open; EINPROGRESS: not yet tried */
};

struct resources {
	unsigned refs;
	struct conf *conf;
	struct resource *all; /* by path, each once */
	size_t count;
	size_t nopened;                /* descriptors */
	struct heritage_route *routes; /* by number, over all sites */
	size_t nroutes;
	unsigned *resource_of; /* of a route; UINT_MAX: none */
};

/* Names all that conf needs and opens nothing.  Owns conf once more.  NULL: no
 * memory. */
struct resources *resources_new(struct conf *);

struct resources *resources_ref(struct resources *);
void resources_unref(struct resources *); /* NULL is fine */

/* What a worker inherits of them; NULL: nothing. */
void resources_fill(const struct resources *, struct heritage *);

/* Opens one of them, by a process that may wait: the result is in *r. */
void resource_open(struct resource *r);

/* One that was opened is the table's from now on. */
void resources_set(struct resources *, size_t i, struct resource *);

/* All were tried: the routes get what there is. */
void resources_settle(struct resources *);

/* Why the configuration cannot be used as it is: a complaint for each that is
 * not open.  text: of its file, or len is 0. */
void resources_complain(const struct resources *, const struct config_text *,
	struct config_errors *);

/* Writes the same, a line each, after reading the file once more for the
 * positions.  How many there are. */
unsigned resources_print_complaints(const struct resources *, FILE *);

#endif
