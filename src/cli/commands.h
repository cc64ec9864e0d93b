/*
 * Runs `prong COMMAND`.  The result is for exit(2): 0 done, 1 refused or
 * failed, 3 no server running.
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli/options.h"
#include "signals.h"

/* Runs any command except OPTIONS_RUN. */
int commands_run(const struct options *);

#endif
