/*
 * "include" in an object merges the objects of other files into it, and as the
 * only key of an element of a list of objects it stands for the elements of
 * other files.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_INCLUDE_H
#define CONFIG_INCLUDE_H

#include <jansson.h>

#include "config/directive.h"
#include "config/errors.h"
#include "config/source.h"

/* Resolves all of them in the tree of the main file, which the table describes.
 */
void include_resolve(struct config_source *, const struct directive_table *,
	json_t *tree, struct config_errors *);

#endif
