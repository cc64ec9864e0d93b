/*
 * Runs `prong COMMAND`.  The result is for exit(2): 0 done, 1 refused or
 * failed, 3 no server running.
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli/options.h"

enum {
	COMMANDS_DONE = 0,
	COMMANDS_FAILED = 1,
	COMMANDS_NO_SERVER = 3,
};

/* Flushes standard output: a full disk must not look like success.  Returns
 * COMMANDS_DONE or COMMANDS_FAILED. */
int commands_flush(void);

/* Runs any command except OPTIONS_RUN. */
int commands_run(const struct options *);

#endif
