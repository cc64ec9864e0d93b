/*
 * What the worker shows of itself on the scoreboard, besides its requests.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_GAUGES_H
#define WORKER_GAUGES_H

struct worker;

/* Writes all of it: once a second, and at the end. */
void worker_gauges_update(struct worker *);

#endif
