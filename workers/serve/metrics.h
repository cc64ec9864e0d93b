/*
 * The scoreboard in the text format of Prometheus.
 * SPDX-License-Identifier: MIT
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdio.h>

struct heritage;

/* Writes all metrics: prong-operations(7) lists them.  0, or -1: no memory. */
int metrics_write(FILE *, const struct heritage *);

#endif
