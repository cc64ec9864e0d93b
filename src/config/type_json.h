/*
 * A value that prong does not interpret: the configuration of a module.  It is
 * kept as text, with the position of each value in it for the errors that the
 * module reports.
 * SPDX-License-Identifier: MIT
 */
#ifndef TYPE_JSON_H
#define TYPE_JSON_H

#include <jansson.h>

#include "config/directive.h"

struct reader;

/* Read and dump a struct conf_json at `at`. */
void type_read_json(
	struct reader *, const struct directive *, json_t *, void *at);
json_t *type_show_json(const struct directive *, const void *at);

#endif
