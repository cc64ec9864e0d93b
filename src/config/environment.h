/*
 * Variables of the environment in strings: "${NAME}" is the value of NAME,
 * "${NAME:-TEXT}" is TEXT where NAME is unset or empty, "$${" is "${".
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_ENVIRONMENT_H
#define CONFIG_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"

/* True if the text has a variable, or an escaped one. */
bool environment_is_used(const char *text);

/*
 * Returns the text with variables replaced, owned by the arena, or NULL with
 * the reason in why.  *is_whole becomes true if it is one variable and nothing
 * else.
 */
const char *environment_expand(struct arena *, const char *text, bool *is_whole,
	char *why, size_t size);

#endif
