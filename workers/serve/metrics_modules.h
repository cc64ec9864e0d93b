/*
 * The metrics of modules, for Prometheus.
 * SPDX-License-Identifier: MIT
 */
#ifndef METRICS_MODULES_H
#define METRICS_MODULES_H

#include <stdio.h>

struct scoreboard_view;

void metrics_write_modules(FILE *, const struct scoreboard_view *);

#endif
