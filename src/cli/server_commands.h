/*
 * Sends a command to the server.
 * SPDX-License-Identifier: MIT
 */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include "cli/options.h"

/* Runs a command from OPTIONS_RELOAD to OPTIONS_PS.  Returns the status for
 * exit(2). */
int server_commands_run(const struct options *);

#endif
