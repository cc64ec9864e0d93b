/*
 * Reads, dumps and prints values of each directive type.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_TYPE_H
#define CONFIG_TYPE_H

#include <jansson.h>

#include "config/directive.h"

struct reader;

/* Reads the value into the field at `at`, or reports an error. */
void type_read(struct reader *, const struct directive *, json_t *, void *at);

/*
 * Returns an object with the keys of the table that apply to the struct at
 * base.  The caller owns the reference.
 */
json_t *type_show_table(const struct directive_table *, const void *base);

/*
 * Formats a number with the unit of its type: "64k", "10s".  32 bytes suffice.
 */
void type_print(enum directive_type, int64_t, char *text, size_t size);

#endif
