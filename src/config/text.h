/*
 * The text of a file of the configuration: reads it, blanks its comments,
 * parses it.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <jansson.h>
#include <stddef.h>

#include "config/errors.h"

enum { CONFIG_TEXT_MAX = 1024 * 1024 };

struct config_text {
	char *bytes; /* as in the file, on the heap */
	char *plain; /* the same length, with comments blanked */
	size_t len;
	const char *name; /* of the file in messages; NULL: the main file */
};

/* Reads the file; "-" is standard input, of which standard_input_keep() has
 * made a copy.  Returns 0, or -1 after adding one error.  The caller owns
 * name. */
int config_text_open(struct config_text *, const char *file, const char *name,
	struct config_errors *);

/* Like config_text_open() for a file that another one includes: an error that
 * is not one of its text is at the position of "include". */
int config_text_include(struct config_text *, const char *file,
	struct json_position, struct config_errors *);

/* Copies len bytes.  Returns 0, or -1 after adding one error. */
int config_text_init(struct config_text *, const char *bytes, size_t len,
	const char *name, struct config_errors *);

/* Frees both texts. */
void config_text_fini(struct config_text *);

/*
 * Returns the parsed value, whose reference the caller owns, or NULL after
 * adding one error.
 */
json_t *config_text_parse(const struct config_text *, struct config_errors *);

#endif
