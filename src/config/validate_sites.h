/*
 * Checks sites and routes as a whole, beyond the single value.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALIDATE_SITES_H
#define VALIDATE_SITES_H

#include <jansson.h>

struct reader;

/* The finish() functions of the tables of CORS, of a site and of the file. */
void validate_cors(struct reader *, const json_t *object, void *base);
void validate_site(struct reader *, const json_t *, void *site);
void validate_file(struct reader *, const json_t *, void *conf);

#endif
