/*
 * Metrics that a module defines.
 * SPDX-License-Identifier: MIT
 */
#ifndef METRIC_H
#define METRIC_H

struct prong_instance;

/* Frees what prong_metric() has returned to the instance. */
void metric_free_all(struct prong_instance *);

#endif
