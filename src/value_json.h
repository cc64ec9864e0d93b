/*
 * A value that is no business of ours: the configuration of a module.  Kept
 * as text, with the place of all that is in it for the module's complaints.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALUE_JSON_H
#define VALUE_JSON_H

#include <jansson.h>

#include "directive.h"

struct reader;

/* at: a struct conf_json. */
void value_read_json(
	struct reader *, const struct directive *, json_t *, void *at);
json_t *value_show_json(const struct directive *, const void *at);

#endif
