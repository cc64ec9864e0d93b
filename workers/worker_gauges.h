/*
 * The worker's gauges in the scoreboard: connections, cache, memory, lag.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_GAUGES_H
#define WORKER_GAUGES_H

struct worker;

/* Updates all gauges; called once a second and at the end. */
void worker_gauges_update(struct worker *);

#endif
