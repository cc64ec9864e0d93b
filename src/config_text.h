/*
 * The configuration file as text: read, freed of its comments, parsed.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <jansson.h>
#include <stddef.h>

#include "complaint.h"

enum { CONFIG_TEXT_MAX = 1024 * 1024 };

struct config_text {
	char *bytes; /* as in the file; heap */
	char *plain; /* the same length, comments are blanks; heap */
	size_t len;
};

/* Reads the file.  0, or -1 with one complaint. */
int config_text_open(
	struct config_text *, const char *file, struct complaints *);

/* A copy of len bytes.  0, or -1 with one complaint. */
int config_text_init(struct config_text *, const char *bytes, size_t len,
	struct complaints *);

void config_text_fini(struct config_text *);

/* The value; the caller's reference.  NULL with one complaint. */
json_t *config_text_parse(struct config_text *, struct complaints *);

#endif
