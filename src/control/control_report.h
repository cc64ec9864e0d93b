/*
 * What `prong ps` shows: the master, its workers, the totals.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_REPORT_H
#define CONTROL_REPORT_H

#include <jansson.h>
#include <stdio.h>

struct master;

/* In the master: the answer, a JSON object; prong(8) names its members. */
json_t *control_report(const struct master *);

/* In the command: the same as a table for a person. */
void control_report_print(const json_t *, FILE *);

#endif
