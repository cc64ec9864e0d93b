/*
 * Collects the errors of a configuration and prints them in the order of the
 * file.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_ERRORS_H
#define CONFIG_ERRORS_H

#include <stddef.h>
#include <stdio.h>

#include "common/arena.h"
#include "config/json_position.h"

/*
 * Further errors are only counted: a file with that many is probably the wrong
 * file.
 */
enum { CONFIG_ERRORS_MAX = 100 };

struct config_error {
	struct json_position at; /* line 0: the whole file */
	unsigned order;
	const char *text;
};

struct config_errors {
	struct arena arena;
	const char *severity; /* "error", or "warning" */
	unsigned count;       /* may exceed the number of rows */
	struct config_error rows[CONFIG_ERRORS_MAX];
};

/* The texts live until config_errors_fini(). */
void config_errors_init(struct config_errors *);
void config_errors_fini(struct config_errors *);

/* Adds an error, formatted like printf(3) as one line without a newline. */
void config_errors_add(struct config_errors *, struct json_position,
	const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Sorts and prints the errors, "NAME:LINE:COLUMN: SEVERITY: TEXT" each, or
 * "NAME: TEXT" for the whole file.  name is that of the main file.
 */
void config_errors_print(struct config_errors *, const char *name, FILE *);

#endif
