/*
 * What is right or wrong about sites and routes as a whole.
 * SPDX-License-Identifier: MIT
 */
#ifndef SITES_H
#define SITES_H

#include <jansson.h>

struct reader;

/* The finish() of the tables: one site, the whole file. */
void sites_finish_cors(struct reader *, const json_t *object, void *base);
void sites_finish_site(struct reader *, const json_t *, void *site);
void sites_finish_file(struct reader *, const json_t *, void *conf);

#endif
