/*
 * Values of a module's configuration.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Returns the value at a path such as "db.hosts[0].name"; NULL for none. */
const json_t *config_value_find(const json_t *, const char *path);

/* Read "10s" in milliseconds, and "64k" in bytes; false for any other text and
 * for NULL. */
bool config_value_duration(const char *text, int64_t *milliseconds);
bool config_value_size(const char *text, int64_t *bytes);

#endif
