/*
 * The list of checks.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_TYPE_CHECK_H
#define CONFIG_TYPE_CHECK_H

#include <jansson.h>

#include "config/directive.h"

struct reader;

void type_read_checks(
	struct reader *, const struct directive *, json_t *, void *at);
json_t *type_show_checks(const struct directive *, const void *at);

#endif
