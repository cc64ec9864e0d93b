/*
 * Lines of the text format of Prometheus.
 * SPDX-License-Identifier: MIT
 */
#ifndef METRIC_LINES_H
#define METRIC_LINES_H

#include <stdint.h>
#include <stdio.h>

struct metric_row {
	const char *name, *type, *help;
};

void metric_put_head(FILE *, const struct metric_row *);

/* Head and value of a metric without labels. */
void metric_put_value(FILE *, const struct metric_row *, uint64_t value);

/* One value of a metric; its label needs no escapes. */
void metric_put_labelled(FILE *, const struct metric_row *, const char *label,
	const char *is, uint64_t value);

/* The value of a label, with its quotes and escapes. */
void metric_put_quoted(FILE *, const char *text);

#endif
