/*
 * Where a configuration file says that its server can be reached.  Nothing else
 * of the file matters: it may have errors of any kind.
 * SPDX-License-Identifier: MIT
 */
#ifndef PLACES_H
#define PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"

struct config_places {
	struct arena arena;
	const char *control;  /* absolute; NULL: not named */
	const char *pid_file; /* the same */
	bool is_json;         /* the text is; its values may be wrong */
};

/* Returns 0, or -1 with errno if the file cannot be read.  Released by
 * config_places_fini() in either case. */
int config_places_read(struct config_places *, const char *file);

/* As if it had been read from a file in dir. */
void config_places_parse(
	struct config_places *, const char *dir, const char *text, size_t len);

void config_places_fini(struct config_places *);

#endif
