/*
 * A worker without a server, for `prong check --run`.
 * SPDX-License-Identifier: MIT
 */
#ifndef TRIAL_H
#define TRIAL_H

#include <stddef.h>
#include <stdio.h>

struct conf;

/*
 * Forks a worker that opens the document roots, starts the modules, answers the
 * canary's request and the checks, and ends.  It listens to no address and
 * reads no keys.  Returns 0, or -1 with the reason.
 */
int trial_run(const struct conf *, char *why, size_t size);

/*
 * Starts each module in a worker of its own, as above but without requests, and
 * writes a line to errors for each that fails, or ends or hangs its worker.
 * Returns the number of these.
 */
unsigned trial_start_modules(const struct conf *, FILE *errors);

#endif
