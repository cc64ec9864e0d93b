/*
 * The options of nginx, for people and scripts that are used to them: -t is
 * check, -T dump, -s COMMAND a command, -q leaves out what is not an error, -v
 * is the version.  The help does not list them.
 * SPDX-License-Identifier: MIT
 */
#ifndef NGINX_OPTIONS_H
#define NGINX_OPTIONS_H

#include <stdbool.h>

#include "cli/options.h"

/* The letters for getopt(3). */
#define NGINX_OPTIONS "tTqvs:"

/* Returns false if the letter is none of them, or its argument is wrong. */
bool nginx_options_take(struct options *, int letter, const char *argument);

#endif
