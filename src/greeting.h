/*
 * What `prong DIR` tells the person who typed it.
 * SPDX-License-Identifier: MIT
 */
#ifndef GREETING_H
#define GREETING_H

#include <stdio.h>

struct generation;

/* Root, addresses as URLs, workers and why; flushed. */
void greeting_print(const struct generation *, FILE *);

#endif
