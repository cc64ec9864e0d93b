/*
 * Prints the answer to `prong explain --last`.
 * SPDX-License-Identifier: MIT
 */
#ifndef LAST_REPORT_H
#define LAST_REPORT_H

#include <jansson.h>
#include <stdio.h>

struct options;

/* Prints each request of the answer, and how to explain it again. */
void last_report_print(const json_t *answer, const struct options *, FILE *);

#endif
