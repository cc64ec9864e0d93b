/*
 * What `prong COMMAND` does.  The result is for exit(2): 0 done, 1 refused or
 * failed, 3 no server there.
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "options.h"
#include "signals.h"

/* Everything but OPTIONS_RUN. */
int commands_run(const struct options *);

#endif
