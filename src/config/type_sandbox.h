/*
 * What a module declares that it needs.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_TYPE_SANDBOX_H
#define CONFIG_TYPE_SANDBOX_H

#include <jansson.h>

#include "config/directive.h"

struct reader;

void type_read_sandbox(
	struct reader *, const struct directive *, json_t *, void *at);
json_t *type_show_sandbox(const struct directive *, const void *at);

#endif
