/*
 * Checks sites and routes as a whole, beyond the single value.
 * SPDX-License-Identifier: MIT
 */
#ifndef SITES_H
#define SITES_H

#include <jansson.h>

struct reader;

/* The finish() functions of the tables of CORS, of a site and of the file. */
void sites_finish_cors(struct reader *, const json_t *object, void *base);
void sites_finish_site(struct reader *, const json_t *, void *site);
void sites_finish_file(struct reader *, const json_t *, void *conf);

#endif
