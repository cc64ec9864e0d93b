/*
 * The text of the configuration file: reads it, blanks its comments, parses it.
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
};

/* Reads the file.  Returns 0, or -1 after adding one error. */
int config_text_open(
	struct config_text *, const char *file, struct config_errors *);

/*
 * Reads once more, for positions alone, a file that was read without an error.
 * len is 0 where there is none (file NULL) or it has errors now.
 */
void config_text_reopen(struct config_text *, const char *file);

/* Copies len bytes.  Returns 0, or -1 after adding one error. */
int config_text_init(struct config_text *, const char *bytes, size_t len,
	struct config_errors *);

/* Frees both texts. */
void config_text_fini(struct config_text *);

/*
 * Returns the parsed value, whose reference the caller owns, or NULL after
 * adding one error.
 */
json_t *config_text_parse(struct config_text *, struct config_errors *);

#endif
