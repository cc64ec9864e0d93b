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

/* Numbers with a unit: "64k", "10s".  size: of text, 32 is enough. */
void value_print_size(int64_t bytes, char *text, size_t size);
void value_print_duration(int64_t ms, char *text, size_t size);

#endif
