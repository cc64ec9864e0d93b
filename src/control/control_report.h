/*
 * The report of `prong ps`: the master, its workers, the totals.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_REPORT_H
#define CONTROL_REPORT_H

#include <jansson.h>
#include <stdio.h>

struct control_env;

/* In the master: returns the answer, a JSON object whose members prong(8)
 * names; NULL if there is no memory. */
json_t *control_report(const struct control_env *);

/* In the command: prints the answer as a table. */
void control_report_print(const json_t *, FILE *);

#endif
