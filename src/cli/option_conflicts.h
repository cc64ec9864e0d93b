/*
 * Options that cannot be combined.
 * SPDX-License-Identifier: MIT
 */
#ifndef OPTION_CONFLICTS_H
#define OPTION_CONFLICTS_H

#include "cli/options.h"

/* Returns what is wrong with the options together, or NULL.  o->file is NULL
 * where the command line does not name one. */
const char *option_conflicts_find(const struct options *);

#endif
