/*
 * The start-up messages: what is served, on which addresses and by how many
 * workers; for the user of `prong DIR` and for the log.
 * SPDX-License-Identifier: MIT
 */
#ifndef BANNER_H
#define BANNER_H

#include <stdio.h>

#include "common/log.h"

struct generation;

/* Logs them when a generation begins to serve: of the addresses those that old,
 * the one before, does not have, and those that it alone has.  old may be NULL.
 */
void banner_log(
	const struct generation *, const struct generation *old, struct log *);

/* Prints root, addresses as URLs and number of workers, and flushes out. */
void banner_print(const struct generation *, FILE *);

#endif
