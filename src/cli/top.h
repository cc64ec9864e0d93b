/*
 * The command top: what the server does, by the second.
 * SPDX-License-Identifier: MIT
 */
#ifndef TOP_H
#define TOP_H

#include "cli/options.h"

/* Returns the status for exit(2). */
int top_run(const struct options *);

#endif
