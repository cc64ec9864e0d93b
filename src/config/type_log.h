/*
 * The directive types of logs.  type.c calls these functions.
 * SPDX-License-Identifier: MIT
 */
#ifndef TYPE_LOG_H
#define TYPE_LOG_H

#include <jansson.h>

#include "config/directive.h"

struct reader;

/* One object, or a list of them. */
void type_read_access_logs(
	struct reader *, const struct directive *, json_t *, void *);
json_t *type_show_access_logs(const struct directive *, const void *);

/* A number from 0 to 1. */
void type_read_share(
	struct reader *, const struct directive *, json_t *, void *);
json_t *type_show_share(const struct directive *, const void *);

#endif
