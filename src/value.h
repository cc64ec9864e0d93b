/*
 * A value of each directive type: from JSON, to JSON, as JSON Schema.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>

#include "directive.h"

struct reader;

/* Fills what is at `at`, or complains. */
void value_read(struct reader *, const struct directive *, json_t *, void *at);

/* What is at `at`, as it could stand in the file.  The caller's reference. */
json_t *value_show(const struct directive *, const void *at);

/* The keys of a table that apply, from the struct at base. */
json_t *value_show_table(const struct directive_table *, const void *base);

/* A number with the unit of its type: "64k", "10s".  text: 32 bytes do. */
void value_print(enum directive_type, int64_t, char *text, size_t size);

#endif
