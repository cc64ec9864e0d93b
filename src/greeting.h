/*
 * What is served, where and by how many: for the person who typed `prong DIR`
 * and for the log.
 * SPDX-License-Identifier: MIT
 */
#ifndef GREETING_H
#define GREETING_H

#include <stdio.h>

#include "common/log.h"

struct generation;

/* The same for the log, whenever a generation begins to serve. */
void greeting_log(const struct generation *, struct log *);

/* Root, addresses as URLs, workers and why; flushed. */
void greeting_print(const struct generation *, FILE *);

#endif
